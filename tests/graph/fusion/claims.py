"""Features of claims for tests: an airstrike on a village, and places around it."""

from dataclasses import replace
from typing import Any

from graph.fusion.features import Extent, Features, Spot
from ontology.model import Modality

_AREA = (("north", Extent.GOVERNORATE), ("land", Extent.COUNTRY))
SPOTS = (
    Spot("village", Extent.POINT, _AREA),
    Spot("town", Extent.TOWN, _AREA, 3600000, 3700000),
    Spot("quarter", Extent.POINT, (("town", Extent.TOWN), *_AREA)),
    Spot("city", Extent.CITY, (("south", Extent.GOVERNORATE), ("land", Extent.COUNTRY)), 3300000, 3600000),
    Spot("local", Extent.POINT, name="تل الورد"),
    Spot("other-local", Extent.POINT, name="تل الورد"),
)


def claim(name: str, article: str = "a1", **given: Any) -> Features:
    """Return an airstrike on the village on day 100, except for what is given."""
    plain = Features(
        claim=name,
        article=article,
        type="Airstrike",
        modality=Modality.ASSERTED,
        published=100,
        spots=(SPOTS[0],),
        days=(100, 100),
    )
    return replace(plain, **given)

"""How many died in an event of several claims: nobody is counted twice, and no two claims are added up."""

import pytest

from graph.fusion.features import Count, Features, Teller
from graph.projection.figures import deaths
from ontology.model import Modality

MONITOR, RESCUE = Teller("monitor", "monitor"), Teller("rescue", "rescue")


def claim(name: str, *counts: Count, source: Teller = MONITOR, type_: str = "Airstrike") -> Features:
    return Features(name, f"a-{name}", type_, Modality.ASSERTED, counts=counts, chain=(source,), publisher=name)


def killed(value: int, of: str | None = None) -> Count:
    return Count("killed", of, value, value, value)


SIXTEEN = claim("a", killed(16))


@pytest.mark.parametrize(
    ("claims", "low", "best", "high"),
    [
        ([SIXTEEN], 16, 16, 16),
        ([SIXTEEN, claim("b", killed(16), source=RESCUE)], 16, 16, 16),
        ([SIXTEEN, claim("b", killed(11), source=RESCUE)], 11, None, 16),
        ([SIXTEEN, claim("b", killed(3, "child"), source=RESCUE)], 16, 16, 16),
        ([SIXTEEN, claim("b", killed(343), source=RESCUE, type_="CasualtyReport")], 16, 16, 16),
        ([claim("a", killed(6, "civilian")), claim("b", killed(25, "fighter"), source=RESCUE)], 6, None, None),
        ([claim("a", killed(2)), claim("b", killed(3, "civilian"), source=RESCUE)], 2, None, 3),
        ([claim("a", killed(2), killed(5))], None, None, None),
        ([claim("a", Count("injured", None, 3, 3, 3))], None, None, None),
    ],
)
def test_the_dead_of_an_event(claims: list[Features], low: int | None, best: int | None, high: int | None) -> None:
    given = {"fatalitiesLow": low, "fatalitiesBest": best, "fatalitiesHigh": high}
    assert deaths(claims) == {name: value for name, value in given.items() if value is not None}

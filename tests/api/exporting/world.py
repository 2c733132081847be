"""Strikes in an invented valley, as the graph has them."""

from dataclasses import dataclass, replace

from graph.store import Answer, GraphStore
from ontology.model import Area, Link, Modality, Place, Precision
from ontology.vocabulary import PREFIXES
from tests.graph.articles import CITY, World, article, strike

VALLEY = Area(
    id="f1" * 10,
    names={"ar": "محافظة الوادي", "en": "The Valley"},
    links=(Link("closeMatch", "https://sws.geonames.org/169387/"),),
    kind="governorate",
    codes={"pcode": "XX01"},
)
LAND = Area(id="f2" * 10, names={"en": "The Land"}, kind="country")


@dataclass
class Asked:
    """The graph of a log, made when it is asked."""

    world: World

    def query(self, sparql: str) -> Answer:
        return GraphStore.in_memory(self.world.log, self.world.projector).query(sparql, prefixes=PREFIXES)


def place(number: int, **more: object) -> Place:
    """A village of the valley with a point, unless told otherwise."""
    (written,) = strike(article()).places
    fields: dict[str, object] = {
        "id": f"{number:020x}",
        "kind": "village",
        "names": {"ar": f"القرية {number}", "en": f"Village {number}"},
        "lat": f"36.{number}",
        "lon": f"37.{number}",
        "precision": Precision.LOCALITY,
        "within": (VALLEY, LAND),
        "links": (Link("closeMatch", f"https://sws.geonames.org/{number}/"),),
        "codes": {"pcode": f"XX01{number:04}"},
    }
    return replace(written, **{**fields, **more})  # type: ignore[arg-type]


def unknown_place(number: int) -> Place:
    """A local place of which only the valley is known."""
    return place(number, names={}, lat=None, lon=None, precision=Precision.ADMIN1, links=(), codes={})


def strike_on(
    world: World,
    number: int,
    *places: Place,
    modality: Modality = Modality.ASSERTED,
    day: str = "2024-11-30",
    killed: int = 16,
) -> None:
    """Ingest an article with one strike on these places, published on its day."""
    one = article(number, published=day, publisher=f"Paper {number}")
    told = strike(one, modality, places=places)
    (figure,) = told.figures
    assert told.date is not None
    when = replace(told.date, edtf=day, start=day, end=day)
    counted = replace(figure, low=killed, best=killed, high=killed)
    world.ingest(one, strike(one, modality, places=places, date=when, figures=(counted,)))


__all__ = ["CITY", "LAND", "VALLEY", "Asked", "place", "strike_on", "unknown_place"]

"""Incidents in columns like those of ACLED's event data.

Invariant: a column is filled only by what claims say and by the codes of `alignments.ttl`; all else is empty. The rows
are not ACLED's data, and no number here was approved by ACLED.

Columns and codes: the ACLED codebook (event types in use since 2019; time_precision and geo_precision 1 to 3). A row is
an incident. `event_id_cnty` is the country and our id. `event_date` is the first day that it can have been on;
`time_precision` is 1 for a day, 2 for up to a week, 3 for up to a month. `fatalities` is the best value of the killed,
else their lower bound, and empty where nobody tells of any: ACLED would write 0. What follows `tags` is ours.
"""

from collections.abc import Iterable, Iterator
from datetime import date
from typing import Final

from api.exporting import disputes
from api.exporting.happened import CIVILIANS, Actor, Happened
from api.exporting.places import acled_code
from api.exporting.writing import Decimal, table
from ontology.alignments import ACLED, chains
from ontology.vocabulary import Vocabulary

COLUMNS: Final = (
    "event_id_cnty", "event_date", "year", "time_precision", "disorder_type", "event_type", "sub_event_type", "actor1",
    "assoc_actor_1", "inter1", "actor2", "assoc_actor_2", "inter2", "interaction", "civilian_targeting", "iso",
    "region", "country", "admin1", "admin2", "admin3", "location", "latitude", "longitude", "geo_precision", "source",
    "source_scale", "notes", "fatalities", "tags", "timestamp", "waqai_event", "waqai_type", "waqai_fatalities_low",
    "waqai_fatalities_high", "waqai_fatalities_rule", "waqai_fatalities_disputed", "waqai_origins", "waqai_claims",
    "waqai_denials", "waqai_contested_in",
)  # fmt: skip
_WEEK, _MONTH = 7, 31
_CIVILIANS: Final = "Civilians"
_TARGETING: Final = "Civilian targeting"
_UNIDENTIFIED: Final = "Unidentified Armed Group"


def csv(found: Iterable[Happened], *, bom: bool = False) -> Iterator[bytes]:
    """Yield a table with the columns COLUMNS."""
    return table(COLUMNS, map(row, found), bom=bom)


def row(one: Happened) -> list[object]:
    """Return the cells of COLUMNS."""
    days, place, killed = one.account.days, one.place, one.killed
    precision = time_precision(days)
    first = None if days is None or precision is None else date.fromordinal(days[0])
    sub_event, event_type, disorder = code(one)
    country = one.country
    iso3, numeric = _country(country)
    precise = None if place is None else place.precision.value
    own_id = one.event.rpartition("/")[2]
    civilians = any(actor.kind == CIVILIANS for actor in one.targets)
    return [
        own_id if iso3 is None else f"{iso3}-{own_id}",
        None if first is None else first.isoformat(),
        None if first is None else first.year,
        precision,
        disorder,
        event_type,
        sub_event,
        *_side(one.doers, one.area("country")),
        *_side(one.targets, None),
        None,
        _TARGETING if civilians else None,
        numeric,
        None,
        one.area("country"),
        one.area("governorate"),
        one.area("district"),
        one.area("subdistrict"),
        one.placename,
        None if place is None or place.lat is None else Decimal(place.lat),
        None if place is None or place.lon is None else Decimal(place.lon),
        acled_code(precise),
        list(dict.fromkeys(voice.outlet for voice in one.voices if voice.outlet)),
        None,
        notes(one),
        None if killed is None else killed.low if killed.best is None else killed.best,
        None,
        None,
        one.event,
        one.type,
        None if killed is None else killed.low,
        None if killed is None else killed.high,
        None if killed is None else killed.rule.value,
        None if killed is None else int(killed.disputed),
        list(dict.fromkeys(voice.origin for voice in one.voices if voice.origin)),
        [voice.claim for voice in one.voices],
        [voice.claim for voice in one.denials],
        list(one.contested_in),
    ]


def time_precision(days: tuple[int, int] | None) -> int | None:
    """Return ACLED's time_precision of an inclusive interval of days, None where it has none.

    >>> [time_precision(days) for days in (None, (5, 5), (5, 6), (1, 31), (1, 90))]
    [None, 1, 2, 3, None]
    """
    if days is None:
        return None
    length = days[1] - days[0] + 1
    return 1 if length == 1 else 2 if length <= _WEEK else 3 if length <= _MONTH else None


def code(one: Happened) -> tuple[str | None, str | None, str | None]:
    """Return sub_event_type, event_type and disorder_type, None where the alignments give none or several."""
    known = chains(ACLED)
    above = Vocabulary.load().superclasses
    coded = [cls for cls in one.classes if cls in known]
    wider = {upper for cls in coded for upper in above.get(cls, ())}
    found = {known[cls] for cls in coded if cls not in wider}
    if len(found) != 1:
        return None, None, None
    (chain,) = found
    return (chain[0], chain[1], chain[2]) if len(chain) == 3 else (None, None, None)


def _side(actors: tuple[Actor, ...], country: str | None) -> list[object]:
    """Return the first actor of a side, those with it, and ACLED's kind of actor where ours settles it."""
    if not actors:
        return [None, None, None]
    if all(actor.unidentified for actor in actors):
        return [_UNIDENTIFIED if country is None else f"{_UNIDENTIFIED} ({country})", None, None]
    first, *others = actors
    return [_name(first), [_name(actor) for actor in others], _CIVILIANS if first.kind == CIVILIANS else None]


def _name(actor: Actor) -> str | None:
    return _CIVILIANS if actor.kind == CIVILIANS and not actor.names else actor.name


def _country(alpha2: str | None) -> tuple[str | None, int | None]:
    """Return the ISO 3166-1 alpha-3 and numeric codes of a country."""
    from ingest.gazetteer.defaults import country_codes

    return (None, None) if alpha2 is None else country_codes().get(alpha2, (None, None))


def notes(one: Happened) -> str:
    """Return the passage of the last claim of each outlet, those of denials, and what is disputed."""
    parts: list[str] = []
    seen: set[str | None] = set()
    for voice in reversed(one.voices):
        if voice.quote is None or (voice.outlet is not None and voice.outlet in seen):
            continue
        seen.add(voice.outlet)
        citing = f", citing {' < '.join(voice.sources)}" if voice.sources else ""
        parts.insert(0, f"“{voice.quote}” ({disputes.appeared(voice)}{citing})")
    return " ".join((*parts, *(sentence for _, sentence in disputes.denials(one)), *disputes.contradictions(one)))

"""Lethal incidents in columns like those of the UCDP Georeferenced Event Dataset (GED).

Invariant: a column is filled only by what claims say and by the codes of `alignments.ttl`; all else is empty. The rows
are not UCDP's data. A row is an incident of which at least one death is told; deaths_civilians and deaths_unknown add
up to best wherever all are given.

Columns and codes: the UCDP GED codebook. `where_prec` 1 to 7 by `alignments.ttl`; `date_prec` 1 for a day, 2 for 2 to 6
days, 3 for a week, 4 for up to a month, 5 for up to a year. `type_of_violence` is 1 where a state's forces and an armed
group face each other, 2 for two armed groups, and never 3: whether civilians were the aim is not in the words. Whose
fighters died is not known, so `deaths_a` and `deaths_b` are empty and fighters are of `deaths_unknown`. What follows
`gwnob` is ours.
"""

from collections.abc import Iterable, Iterator
from datetime import date
from typing import Final

from api.exporting.acled import notes
from api.exporting.happened import Actor, Happened
from api.exporting.places import ucdp_code
from api.exporting.writing import Decimal, table
from ontology.wire import display_name

COLUMNS: Final = (
    "id", "relid", "year", "active_year", "code_status", "type_of_violence", "conflict_dset_id", "conflict_new_id",
    "conflict_name", "dyad_dset_id", "dyad_new_id", "dyad_name", "side_a_dset_id", "side_a_new_id", "side_a",
    "side_b_dset_id", "side_b_new_id", "side_b", "number_of_sources", "source_article", "source_office", "source_date",
    "source_headline", "source_original", "where_prec", "where_coordinates", "where_description", "adm_1", "adm_2",
    "latitude", "longitude", "geom_wkt", "priogrid_gid", "country", "country_id", "region", "event_clarity",
    "date_prec", "date_start", "date_end", "deaths_a", "deaths_b", "deaths_civilians", "deaths_unknown", "best",
    "high", "low", "gwnoa", "gwnob", "waqai_event", "waqai_type", "waqai_rule", "waqai_disputed", "waqai_notes",
    "waqai_denials", "waqai_contested_in",
)  # fmt: skip
_STATE: Final = frozenset({"stateForce", "government", "state"})
_GROUP: Final = "armedGroup"
_WEEK, _MONTH, _YEAR = 7, 31, 366


def csv(found: Iterable[Happened], *, bom: bool = False) -> Iterator[bytes]:
    """Yield a table with the columns COLUMNS, a row for each incident of which a death is told."""
    return table(COLUMNS, (row(one) for one in found if lethal(one)), bom=bom)


def lethal(one: Happened) -> bool:
    """Tell whether somebody tells of at least one death."""
    return one.killed is not None and max(one.killed.low or 0, one.killed.best or 0) > 0


def row(one: Happened) -> list[object]:
    """Return the cells of COLUMNS."""
    days, place, killed, civilians = one.account.days, one.place, one.killed, one.civilians
    first, last = (None, None) if days is None else (date.fromordinal(days[0]), date.fromordinal(days[1]))
    side_a, side_b = _name(one.doers), _name(one.targets)
    outlets = list(dict.fromkeys(voice.outlet for voice in one.voices if voice.outlet))
    lat, lon = (None, None) if place is None else (place.lat, place.lon)
    best = None if killed is None else killed.best
    of_civilians = None if civilians is None else civilians.best
    unknown = best - of_civilians if best is not None and of_civilians is not None and of_civilians <= best else None
    if civilians is None:
        unknown = best
    around = [one.placename, *(display_name(area.names, None) for area in one.within)]
    lead = one.voices[0]
    return [
        one.event.rpartition("/")[2],
        None,
        None if first is None or last is None or first.year != last.year else first.year,
        None,
        None,
        violence(one),
        *[None] * 5,
        f"{side_a} - {side_b}" if side_a and side_b else None,
        *[None] * 2,
        side_a,
        *[None] * 2,
        side_b,
        len(outlets) or None,
        [_citation(voice.outlet, voice.published, voice.headline) for voice in one.voices],
        lead.outlet,
        None if lead.published is None else lead.published[:10],
        lead.headline,
        list(dict.fromkeys(voice.origin for voice in one.voices if voice.origin)),
        ucdp_code(None if place is None else place.precision.value),
        one.placename,
        ", ".join(name for name in around if name) or None,
        one.area("governorate"),
        one.area("district"),
        None if lat is None else Decimal(lat),
        None if lon is None else Decimal(lon),
        None if lat is None or lon is None else f"POINT ({lon} {lat})",
        None,
        one.area("country"),
        None,
        None,
        1,
        date_prec(days),
        None if first is None else first.isoformat(),
        None if last is None else last.isoformat(),
        None,
        None,
        of_civilians,
        unknown,
        best,
        None if killed is None else killed.high,
        None if killed is None else killed.low,
        None,
        None,
        one.event,
        one.type,
        None if killed is None else killed.rule.value,
        None if killed is None else int(killed.disputed),
        notes(one),
        [voice.claim for voice in one.denials],
        list(one.contested_in),
    ]


def date_prec(days: tuple[int, int] | None) -> int | None:
    """Return UCDP's date_prec of an inclusive interval of days, None where it has none.

    >>> [date_prec(days) for days in (None, (5, 5), (5, 6), (1, 7), (1, 31), (1, 365), (1, 400))]
    [None, 1, 2, 3, 4, 5, None]
    """
    if days is None:
        return None
    length = days[1] - days[0] + 1
    bounds = ((1, 1), (_WEEK - 1, 2), (_WEEK, 3), (_MONTH, 4), (_YEAR, 5))
    return next((code for most, code in bounds if length <= most), None)


def violence(one: Happened) -> int | None:
    """Return type_of_violence where the kinds of both sides settle it."""
    sides = [{None if actor.unidentified else actor.kind for actor in actors} for actors in (one.doers, one.targets)]
    if any(not side or None in side for side in sides):
        return None
    armed = [side == {_GROUP} for side in sides]
    states = [side <= _STATE for side in sides]
    if all(armed):
        return 2
    return 1 if any(armed) and any(states) else None


def _name(actors: tuple[Actor, ...]) -> str | None:
    return "; ".join(name for actor in actors if (name := actor.name) and not actor.unidentified) or None


def _citation(outlet: str | None, published: str | None, headline: str | None) -> str:
    day = None if published is None else published[:10]
    return ", ".join(part for part in (outlet or "unknown outlet", day, headline) if part)

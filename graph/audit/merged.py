"""What the records say of merged actors and places, as the default graph has to say it.

Invariant: names, links and codes of what was merged are said of both, its classes of neither; every other mention of it
is one of what stays.
"""

from collections.abc import Iterator, Mapping
from typing import Final

from graph.curations import Survivors
from graph.iris import Iris
from graph.terms import LINKS, Term

Triple = str

_TYPE: Final = str(Term.TYPE)
_NAMES: Final = (str(Term.LABEL), str(Term.PREF_LABEL), str(Term.ALT_LABEL))
_SHARED: Final[Mapping[str, str]] = {
    **dict.fromkeys(_NAMES, str(Term.ALT_LABEL)),
    str(Term.NOTATION): str(Term.NOTATION),
    **{link: link for link in LINKS.values()},
}


def renames(survivors: Survivors, iris: Iris) -> dict[str, str]:
    """Return of each merged actor or place the node of what stays."""
    stem = f"<{iris.base}id/"
    return {f"{stem}{kind.value}/{old}>": f"{stem}{kind.value}/{new}>" for (kind, old), new in survivors}


def renamed(triple: Triple, names: Mapping[str, str]) -> Iterator[Triple]:
    """Yield what is said in the default graph for one triple of a record."""
    if not names:
        yield triple
        return
    subject, predicate, value = triple.split(" ", 2)
    value = names.get(value, value)
    stays = names.get(subject)
    if stays is None or predicate != _TYPE:
        yield f"{subject} {predicate} {value}"
    if stays is not None and predicate in _SHARED:
        yield f"{stays} {_SHARED[predicate]} {value}"

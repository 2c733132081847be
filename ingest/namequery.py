"""What a name would be linked to, outside of any article, and what speaks for each place that bears it.

Invariant: the answer is that of `ingest.linking`, with a parent in place of what an article says; places that only
sound alike are suggestions and never the answer.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from ingest.gazetteer import Entry, Gazetteer, split_type_word
from ingest.linking import Appraised, Linked, Nil, appraised, link
from ingest.placecontext import Context
from ontology.normal import name_key

_CONTAINING = ("governorate", "country", "region", "district", "subdistrict")
_SIMILAR = 10


class UnknownParent(ValueError):
    """A parent that no gazetteer has, or that means several places."""


@dataclass(frozen=True, slots=True)
class NameAnswer:
    """The places that bear a name: all of them appraised, the one that is linked or why none is, and similar ones."""

    name: str
    type_word: str | None
    within: Entry | None
    outcome: Linked | Nil
    candidates: tuple[Appraised, ...]
    similar: tuple[tuple[float, Entry], ...]


def ask(gazetteer: Gazetteer, name: str, parent: str | None = None) -> NameAnswer:
    """Return what `name` may mean, in `parent` if there is one.

    Raises:
        UnknownParent: where the parent is no place, or may be several.
    """
    within = container(gazetteer, parent) if parent is not None else None
    return ask_within(gazetteer, name, within, Context(countries=_country_of(within)))


def ask_within(
    gazetteer: Gazetteer,
    name: str,
    within: Entry | None,
    context: Context,
    *,
    type_word: str | None = None,
    beside: Sequence[Entry] = (),
) -> NameAnswer:
    """Return what `name` may mean in a place already found, with what else is known.

    `type_word` is one that stands apart from the name (a column "kind"); one in the name goes before it. `beside` are
    places of the name that no gazetteer lists.
    """
    key = name_key(name)
    kind, bare = split_type_word(key)
    exact = gazetteer.find([key], folded=kind is None).get(key, ())
    if kind is not None and not exact:
        written = next((w for w in name.split() if split_type_word(f"{name_key(w)} x")[0] == kind), None)
        exact = gazetteer.find([bare]).get(bare, ()) if written else gazetteer.find([key]).get(key, ())
        type_word = written or type_word
    listed = {entry.id for entry in exact}
    exact = (*exact, *(entry for entry in beside if entry.id not in listed))
    return NameAnswer(
        name=name,
        type_word=type_word,
        within=within,
        outcome=link(exact, type_word=type_word, within=within, context=context, name=bare),
        candidates=tuple(appraised(exact, type_word=type_word, within=within, context=context, name=bare)),
        similar=() if exact else tuple(gazetteer.similar(bare, _SIMILAR)),
    )


def _country_of(within: Entry | None) -> dict[str, int]:
    return {within.country: 3} if within is not None and within.country else {}


def container(gazetteer: Gazetteer, parent: str) -> Entry:
    """Return the place that contains others: the widest division of the name, else the town that it means.

    Raises:
        UnknownParent: where the parent is no place, or may be several.
    """
    key = name_key(parent)
    candidates = gazetteer.find([key]).get(key, ())
    for kind in _CONTAINING:
        divisions = [e for e in candidates if e.kind == kind]
        if len(divisions) == 1:
            return divisions[0]
        if divisions:
            where = ", ".join(sorted(f"{e.names.get('en') or e.key} ({e.country})" for e in divisions))
            raise UnknownParent(f"{parent} may be {where}: name the place with its type, or search without --in.")
    outcome = link(candidates, type_word=None, within=None, context=Context())
    if isinstance(outcome, Linked):
        return outcome.entry
    raise UnknownParent(f"{parent} is no place in which others could be looked for: {'; '.join(outcome.reasons)}.")

"""A mention of a place: what the text says of it, and what it was linked to.

Invariant: the words stay apart from the entry; a mention that only says where another one lies is marked `inner`.
"""

from dataclasses import dataclass

from ingest.gazetteer import Entry
from ingest.linking import Linked, Nil
from ontology.model import Span
from ontology.normal import name_key

_NOT_LOOKED_UP = Nil(("not looked up",))


@dataclass(slots=True, eq=False)
class PlaceMention:
    """One place as the text names it. Tokens [first, last) include the type word; [name_first, last) is the name.

    `relation` is "at", "from", … in so far as words around say so; `direction` marks "north of", which only locates.
    """

    first: int
    last: int
    name_first: int
    span: Span
    text: str
    rule: str
    pro: str = ""
    type_word: str | None = None
    kind: str | None = None
    extent: str | None = None
    directional: bool = False
    near: bool = False  # the text says that something was near it
    candidates: tuple[Entry, ...] = ()
    within: "PlaceMention | None" = None
    outcome: Linked | Nil = _NOT_LOOKED_UP
    same_as: "PlaceMention | None" = None
    inner: bool = False  # this mention only says where another one lies
    list_of: "PlaceMention | None" = None
    count_word: bool = False
    of_city: bool = False  # the countryside of what the text calls a city
    beside: Nil | None = None  # what lies in the direction from it, of one that only gives a direction

    def put_within(self, outer: "PlaceMention") -> None:
        """Say that it lies in `outer`, unless that lies in it already."""
        chain: PlaceMention | None = outer
        while chain is not None:
            if chain is self:
                return
            chain = chain.within
        self.within = outer

    @property
    def key(self) -> str:
        """The name under which the same place is recognised again in the article."""
        return name_key(self.text)

    @property
    def entry(self) -> Entry | None:
        """The gazetteer entry it is linked to, if any."""
        return self.outcome.entry if isinstance(self.outcome, Linked) else None

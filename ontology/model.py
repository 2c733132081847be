"""The domain in frozen dataclasses: what an article, a claim and its slots are.

Invariant: a claim never copies words of the article. Every slot holds the characters it stands on (a `Span`,
in Unicode code points of the stored text) and the rule that filled it; the words are sliced from the text when
they are needed. So evidence is exact by construction, and an erased article takes its words along.

A slot that the text does not give is `None` or empty, never guessed. Coordinates are decimal strings, because
records of the log hold no floats.
"""

from dataclasses import asdict, dataclass, field, replace
from enum import StrEnum
from typing import Any

from pydantic import TypeAdapter

from ontology.identity import derived_id, sha256_hex


class Modality(StrEnum):
    """How a claim stands to the world. Only `ASSERTED` and `CLAIMED` ones count as having happened."""

    ASSERTED = "asserted"
    CLAIMED = "claimed"  # only a party to the fighting says so
    DENIED = "denied"
    PLANNED = "planned"
    FEARED = "feared"
    BACKGROUND = "background"

    @property
    def happened(self) -> bool:
        """True where an honest reader takes the claim as a report that the thing has happened."""
        return self in (Modality.ASSERTED, Modality.CLAIMED)


class Precision(StrEnum):
    """How exactly a place is known, from a point to a country."""

    EXACT = "exact"
    NEAR = "near"
    LOCALITY = "locality"
    ADMIN3 = "admin3"
    ADMIN2 = "admin2"
    ADMIN1 = "admin1"
    COUNTRY = "country"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True, order=True)
class Span:
    """A half-open stretch `[start, end)` of the stored text, in Unicode code points."""

    start: int
    end: int

    def __post_init__(self) -> None:
        if not 0 <= self.start <= self.end:
            raise ValueError(f"not a span: [{self.start}, {self.end})")

    def of(self, text: str) -> str:
        """Return the characters of `text` that this span covers."""
        return text[self.start : self.end]


@dataclass(frozen=True, slots=True)
class Article:
    """One text as retrieved. `text` is the decoded original, untouched; dates are ISO 8601 strings as given."""

    text: str
    language: str
    title: str | None = None
    published: str | None = None
    publisher: str | None = None
    url: str | None = None
    external_id: str | None = None  # the id that the input gave, kept to match outputs to inputs
    media_type: str = "text/plain"
    original: bytes | None = field(
        default=None, repr=False, compare=False
    )  # as retrieved, where `text` is a part of it

    @property
    def text_sha256(self) -> str:
        """SHA-256 of the UTF-8 bytes of the stored text, in hex."""
        return sha256_hex(self.text.encode("utf-8"))

    @property
    def id(self) -> str:
        """Id derived from the text and who published it when; the same text elsewhere is another article."""
        return derived_id("article", self.text_sha256, self.publisher, self.url, self.published)


@dataclass(frozen=True, slots=True)
class Link:
    """A link to an outside gazetteer or registry: `relation` is a SKOS mapping property's local name."""

    relation: str
    identifier: str


@dataclass(frozen=True, slots=True)
class Trigger:
    """The word that names the happening, its lemma and the lexicon entry that matched."""

    span: Span
    lemma: str
    rule: str


@dataclass(frozen=True, slots=True)
class Cue:
    """A word that changed the modality of a claim, and the lexicon entry that knows it."""

    span: Span
    effect: Modality
    rule: str


@dataclass(frozen=True, slots=True)
class Participant:
    """Who takes part. `role` is `agent`, `target` or a more precise one that implies one of them.

    `names` maps language tags to the registry's names; it is empty for an actor known only by the text's words.
    `linking` is None where nobody kept whether the registry has the actor.
    """

    role: str
    span: Span
    rule: str
    id: str
    kind: str | None = None
    names: dict[str, str] = field(default_factory=dict)
    links: tuple[Link, ...] = ()
    linking: "Linking | None" = None


@dataclass(frozen=True, slots=True)
class Area:
    """A place that contains another one; coordinates are decimal strings in WGS 84, or None.

    `codes` are other identifiers by kind (`pcode`, `iso3166-2`).
    """

    id: str
    names: dict[str, str]
    lat: str | None = None
    lon: str | None = None
    links: tuple[Link, ...] = ()
    kind: str | None = None
    codes: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Linking:
    """How a name was linked to a gazetteer or the registry, or why it was not: then only `reasons` are there.

    `entry` is the key of what it was linked to (`geonames:170063`, `actors:syrian-army`). Of a place also: `listed`
    the ids of all sources that list it, the one that speaks first before the others; `score` the sum of `parts`, by
    name, in thousandths; `margin` how far the place is ahead of the next one, 1000 where there is no other.
    `record` is the position of the review that decided it, where a reviewer had decided on the name before.
    """

    entry: str | None = None
    listed: tuple[str, ...] = ()
    score: int | None = None
    parts: dict[str, int] = field(default_factory=dict)
    margin: int | None = None
    reasons: tuple[str, ...] = ()
    record: int | None = None


@dataclass(frozen=True, slots=True)
class Place:
    """Where. A place no gazetteer has is a local place: own id, no coordinates, within what the text says.

    `role` is `place`, or a more precise one (`movedFrom`, `movedTo`, `route`); `extent` is the lexicon's name for a
    qualifier such as "most of" or "outskirts of"; `codes` are other identifiers by kind (`pcode`, `iso3166-2`);
    `linking` is None where nobody kept how the place was linked.
    """

    span: Span
    rule: str
    id: str
    role: str = "place"
    kind: str | None = None
    names: dict[str, str] = field(default_factory=dict)
    lat: str | None = None
    lon: str | None = None
    precision: Precision = Precision.UNKNOWN
    extent: str | None = None
    within: tuple[Area, ...] = ()
    links: tuple[Link, ...] = ()
    codes: dict[str, str] = field(default_factory=dict)
    linking: Linking | None = None


@dataclass(frozen=True, slots=True)
class EventDate:
    """When. `start` and `end` are inclusive ISO days; all are None where the expression stays unresolved.

    `anchor` says what a relative expression was resolved against (`published`), None for an absolute date. A day that
    only the title beside the text gives has the anchor `title` and an empty span.
    """

    span: Span
    rule: str
    precision: str
    edtf: str | None = None
    start: str | None = None
    end: str | None = None
    anchor: str | None = None


@dataclass(frozen=True, slots=True)
class Figure:
    """A count with its category (killed, injured, displaced, captured, vehicles, ...). `best` is None for vague words.

    `low` and `high` are None where the side is open; `of` is the population as a lexicon id (civilian, child, ...).
    """

    category: str
    span: Span
    rule: str
    low: int | None = None
    best: int | None = None
    high: int | None = None
    of: str | None = None


@dataclass(frozen=True, slots=True)
class Source:
    """Who says it: one link of the reporting chain. `party` is true where the source is a party to the fighting.

    `links` and `linking` say of the registry what those of a participant do.
    """

    id: str
    kind: str
    span: Span
    rule: str
    verb: Span | None = None
    names: dict[str, str] = field(default_factory=dict)
    party: bool = False
    count: int | None = None
    links: tuple[Link, ...] = ()
    linking: Linking | None = None


@dataclass(frozen=True, slots=True)
class Claim:
    """What one reporting source says, in one passage of one article, about one event.

    `evidence` holds the passage first and then the passages that repeat it; `sources` is the reporting chain,
    outermost first, empty where no source is named. `id` follows from everything else (see `with_id`).
    """

    id: str
    type: str
    modality: Modality
    trigger: Trigger
    evidence: tuple[Span, ...]
    subtype: str | None = None
    participants: tuple[Participant, ...] = ()
    places: tuple[Place, ...] = ()
    date: EventDate | None = None
    figures: tuple[Figure, ...] = ()
    sources: tuple[Source, ...] = ()
    cues: tuple[Cue, ...] = ()

    def with_id(self, article_id: str) -> "Claim":
        """Return this claim with the id that its content and its article give it.

        Empty slots do not count, so a slot that a later version adds leaves the ids of older claims alone. Nor does how
        a name was linked: a score is about the linking, and one that weighs otherwise makes no other claim. Nor do the
        codes of a place and the kinds of what contains it, which follow from their ids.
        """
        body = encode_claim(self)
        body.pop("id", None)
        for slot in ("participants", "places", "sources"):
            for part in body.get(slot, ()):
                part.pop("linking", None)
                part.pop("codes", None)
                for area in part.get("within", ()):
                    area.pop("codes", None)
                    area.pop("kind", None)
        return replace(self, id=f"c-{derived_id('claim', article_id, body)}")


@dataclass(frozen=True, slots=True, order=True)
class GazetteerSource:
    """A gazetteer. `version` names the data: the digest of a file, or a version that the publisher gives.

    The lowest `rank` speaks first of a place that several list. Nothing is listed without a licence.
    """

    rank: int
    id: str
    title: str
    licence: str
    attribution: str = ""
    url: str = ""
    version: str = ""

    def json(self) -> dict[str, Any]:
        """Return the description as plain data."""
        return asdict(self)


@dataclass(frozen=True, slots=True)
class Extractor:
    """The pipeline version that made claims: code version, digest of lexicon and gazetteer data.

    `gazetteer` is the version of the gazetteer that places were linked to, empty in records that do not say it.
    """

    version: str
    lexicon: str
    name: str = "waqai"
    gazetteer: str = ""


@dataclass(frozen=True, slots=True)
class PossiblySame:
    """Two claims of one article that may tell of one happening: nothing in them disagrees, too little agrees to say so.

    `first` stands before `second` in the article (both claim ids); `agree` names the slots that both fill alike: agent,
    target, place, date, figures.
    """

    first: str
    second: str
    agree: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Extraction:
    """All claims of one article and one run of one extractor, and which of them may tell of one happening.

    `gazetteers` are the sources that places were linked to, in the order in which they speak.
    """

    article: Article
    extractor: Extractor
    claims: tuple[Claim, ...]
    possibly_same: tuple[PossiblySame, ...] = ()
    gazetteers: tuple[GazetteerSource, ...] = ()

    @property
    def run(self) -> str:
        """Id of the run: the same article and the same extractor are the same run."""
        return derived_id("run", self.article.id, self.extractor.name, self.extractor.version, self.extractor.lexicon)


_CLAIM: TypeAdapter[Claim] = TypeAdapter(Claim)


def encode_claim(claim: Claim) -> dict[str, Any]:
    """Return `claim` as plain JSON data (what a ClaimsExtracted record holds); empty slots are left out."""
    data: dict[str, Any] = _CLAIM.serializer.to_python(claim, mode="json", exclude_defaults=True)
    return data


def decode_claim(data: object) -> Claim:
    """Return the claim that `encode_claim` wrote.

    Raises:
        pydantic.ValidationError: where `data` is not such a claim.
    """
    return _CLAIM.validate_python(data)

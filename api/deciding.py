"""Decisions on links: from what a person says to a record of the log.

Invariant: a decision is one record, written only if the links still are as the person saw them: of two writers one is
refused with what it is now. The same decision again, as after a crash, gives the record that is there already. Nothing
is written without a reason.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from api.doubts import Question, Seen, questions, unlinked
from api.offers import OutsideOffer, UnknownOffer, listed, offer_at
from graph.audit.text import isolate
from graph.log import VersionConflict
from ontology.identity import derived_id
from ontology.model import Area, Link, Place, Precision
from ontology.reasons import refusal
from ontology.reviews import Decision, LinkReview, Meant, Mention, Relinked, Remembered, name_digest
from ontology.wire import display_name

if TYPE_CHECKING:
    from api.workspace import Workspace
    from ingest.gazetteer import Entry, Gazetteer

SCOPES = ("country", "within", "mentions")
REASON_CHARS = 1000
_TRIES = 8


class Refused(Exception):
    """A decision that cannot be taken; the message says why and what to do."""


class NoReason(Refused):
    """There is no reason, one too long, or one with control characters."""


class UnknownQuestion(Refused):
    """No name of the stored articles has this question id."""

    def __init__(self, given: str) -> None:
        super().__init__(f"there is no link {given!r} to review: waqai gazetteer review lists them with their ids")
        self.given = given


class Stale(Refused):
    """The link was reviewed since it was shown."""

    def __init__(self, question: Question, last: str) -> None:
        super().__init__(
            f"the link of {isolate(question.name)} has changed since it was shown: {last}; "
            f"it is {question.shown_id} now"
        )
        self.question = question


class UnknownPlace(Refused):
    """A key that no gazetteer has."""

    def __init__(self, key: str) -> None:
        super().__init__(
            f"no gazetteer has the key {key!r}: waqai gazetteer lookup NAME shows keys such as geonames:170063"
        )
        self.key = key


class NotUndoable(Refused):
    """A position that holds no review in force."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What a person decides on a question.

    Args:
        question: its id, with the state behind a full stop where it had one.
        decision: accept, choose, reject or local.
        key: the gazetteer's key of the place that is meant, for choose.
        offer: in place of a key, what an outside service offered: record and rank (`12:1`).
        within: the gazetteer's key of what an unlisted place lies in, for reject and local.
        scope: `country`: remembered for articles on the country; `within`: where the text puts the name into the same
            area; `mentions`: for nothing beyond the mentions that are there.
    """

    question: str
    decision: Decision
    reason: str
    reviewer: str
    key: str | None = None
    within: str | None = None
    scope: str = "country"
    reason_chars: int = REASON_CHARS
    offer: str | None = None


@dataclass(frozen=True, slots=True)
class Taken:
    """A decision in the log: its position, how many mentions it is about, and what they mean now.

    `remembered` tells whether it holds for later articles, `again` whether it was there already.
    """

    position: int
    mentions: int
    now: Meant | None
    remembered: bool
    again: bool = False


def decide(workspace: "Workspace", gazetteer: "Gazetteer", answer: Answer, shown: Question | None = None) -> Taken:
    """Write what a person decided; `shown` is the question as it was listed, which saves reading the log again.

    Raises:
        Refused: nothing was written.
        LogError, StoreError
    """
    reason = reasoned(answer.reason, answer.reason_chars)
    said = (answer.question, answer.decision.value, answer.key, answer.within, answer.scope, reason)
    key = derived_id("review", *said, *([] if answer.offer is None else [answer.offer]))
    earlier = workspace.log.find_key(f"review:{key}")
    if earlier is not None:
        question = look(workspace, gazetteer, answer.question)
        if question.state != earlier.first:
            raise Stale(question, _last(workspace, question))
        return _taken(earlier.first, workspace.reviews.review(earlier.first), again=True)
    for _ in range(_TRIES):
        expected = workspace.reviews.version()
        question = shown if shown and _unchanged(workspace, shown) else find(workspace, gazetteer, answer.question)
        review = _review(workspace, gazetteer, question, answer, reason)
        try:
            appended = workspace.review(review, actor=answer.reviewer, expected=expected, key=f"review:{key}")
        except VersionConflict:
            continue  # somebody decided on something meanwhile: look whether it was this
        return _taken(appended.first, review, again=appended.replayed)
    raise Refused("other reviewers write all the time: try again")


def undo(workspace: "Workspace", position: int, reason: str, reviewer: str, reason_chars: int = REASON_CHARS) -> Taken:
    """Take a review back; an undo is a review and can be taken back too.

    Raises:
        NotUndoable, NoReason: nothing was written.
        LogError, StoreError
    """
    said = reasoned(reason, reason_chars)
    for _ in range(_TRIES):
        expected = workspace.reviews.version()
        head = workspace.log.head()
        if position not in workspace.reviews.positions(head):
            raise NotUndoable(f"record {position} is no review of links: waqai log list --type LinkReviewed lists them")
        undone = workspace.reviews.undone_by(position, head)
        if undone:
            raise NotUndoable(f"record {position} was taken back already, by record {undone[0]}")
        review = LinkReview(Decision.UNDO, said, undoes=position)
        try:
            appended = workspace.review(review, actor=reviewer, expected=expected)
        except VersionConflict:
            continue
        root = workspace.reviews.review(workspace.reviews.roots(appended.first)[-1])
        return replace(_taken(appended.first, root, again=False), now=None, remembered=False)
    raise Refused("other reviewers write all the time: try again")


def find(workspace: "Workspace", gazetteer: "Gazetteer", given: str) -> Question:
    """Return the question with this id (and state, behind a full stop).

    Raises:
        UnknownQuestion, Stale
    """
    question = look(workspace, gazetteer, given)
    if question.shown_id != given:
        raise Stale(question, _last(workspace, question))
    return question


def _unchanged(workspace: "Workspace", shown: Question) -> bool:
    """Tell whether nothing was decided on the mentions of a question since it was listed."""
    head, reviews = workspace.log.head(), workspace.reviews
    mentions = (seen.mention for seen in shown.mentions)
    return max(reviews.last_touch(m.article, m.claim, m.number, head) for m in mentions) == shown.state


def look(workspace: "Workspace", gazetteer: "Gazetteer", given: str) -> Question:
    """Return the question with this id, in whatever state it is.

    Raises:
        UnknownQuestion
    """
    identifier, dot, state = given.partition(".")
    with questions(workspace, gazetteer) as asked:
        question = asked.find(identifier)
    if question is None or (dot and not (state.isascii() and state.isdigit())):
        raise UnknownQuestion(given)
    return question


def _last(workspace: "Workspace", question: Question) -> str:
    """Return who did what last, and what it means now."""
    if not question.state:
        return "no review of it is there"
    record = next(workspace.log.read(after=question.state - 1, upto=question.state))
    meant = ", ".join(_named(place) for place in question.now)
    decision = workspace.reviews.review(question.state).decision.value
    return f"{record.actor} decided {decision} in record {question.state}, so that it means {meant}"


def _named(place: Place | Meant) -> str:
    return display_name(place.names, None) or "a place that no gazetteer has"


def _review(
    workspace: "Workspace", gazetteer: "Gazetteer", question: Question, answer: Answer, reason: str
) -> LinkReview:
    decision, linked = answer.decision, question.linked
    key = linked.linking.entry if linked.linking is not None else None
    entry: Entry | None = None
    about: Meant | None = None
    offer = _offered(workspace, answer)
    if offer is not None:
        entry = listed(gazetteer, offer.iri)
        outside = about = _of_offer(question, offer, entry)
        links = _changed(question, lambda seen: outside)
    elif decision is Decision.CHOOSE:
        entry = _entry(gazetteer, answer.key)
        chosen = about = _of_entry(entry)
        links = _changed(question, lambda seen: chosen)
    elif decision is Decision.ACCEPT:
        if not linked.names:
            raise Refused(f"{isolate(question.name)} is linked to nothing that could be accepted: choose a place")
        accepted = about = replace(Meant.of(linked, key), links=_exact(linked.links))
        links = _changed(question, lambda seen: accepted)
    elif decision in (Decision.REJECT, Decision.LOCAL):
        if decision is Decision.REJECT:
            if not linked.names:
                raise Refused(f"{isolate(question.name)} is linked to nothing that could be rejected: keep it local")
            about = Meant.of(linked, key)
        areas = _areas(gazetteer, answer.within)
        links = _changed(question, lambda seen: _local(question, seen, areas))
    else:
        raise Refused(f"{decision.value} is no decision on a link: accept, choose, reject or local")
    country = question.country or (entry.country if entry is not None else "")
    remembered = _remember(question, answer.scope, about, country)
    taken_over = offer.at if offer is not None else None
    return LinkReview(decision, reason, links, remembered, gazetteer=gazetteer.version, offer=taken_over)


def _offered(workspace: "Workspace", answer: Answer) -> OutsideOffer | None:
    if answer.offer is None:
        return None
    if answer.decision is not Decision.CHOOSE or answer.key is not None:
        raise Refused("a candidate of an outside service is chosen, in place of the key of a gazetteer")
    try:
        offer = offer_at(workspace, answer.offer)
        _ = offer.iri
    except UnknownOffer as error:
        raise Refused(str(error)) from None
    return offer


def _of_offer(question: Question, offer: OutsideOffer, entry: "Entry | None") -> Meant:
    """Return the place that a service offered: that of a gazetteer where one has it, else one that lies where the text
    puts the name.
    """
    link = Link("exactMatch", offer.iri)
    if entry is not None:
        meant = _of_entry(entry)
        return replace(meant, links=tuple(dict.fromkeys((*meant.links, link))))
    local = _local(question, question.mentions[0], None)
    name = offer.offer.name
    return replace(
        local,
        id=derived_id("place", offer.iri),
        key=offer.iri,
        names={_script(name): name} if name else {},
        links=(link,),
    )


def _changed(question: Question, meant: Callable[[Seen], Meant]) -> tuple[Relinked, ...]:
    """Return the mentions grouped by what they were and what they mean now."""
    groups: dict[tuple[str, str], list[Mention]] = {}
    places: dict[str, Meant] = {}
    for seen in question.mentions:
        now = meant(seen)
        places.setdefault(now.id, now)
        groups.setdefault((seen.now, now.id), []).append(seen.mention)
    return tuple(Relinked(tuple(mentions), was, places[now]) for (was, now), mentions in groups.items())


def _local(question: Question, seen: Seen, areas: tuple[Area, ...] | None) -> Meant:
    """Return the local place of a mention: what the machine said of one stays. Of a link stays what the text says.

    That is where the text puts the name: the innermost area around the linked place that a passage names, where it was
    linked for lying in one, else the country; nothing, where neither article nor text speaks of that country.
    """
    linked = question.places[seen.linked]
    if areas is None and not linked.names:
        return Meant.of(linked)
    around = areas if areas is not None else _told_around(question, linked)
    where = around[0].id if around else seen.mention.article
    precision = (Precision.UNKNOWN, Precision.COUNTRY, Precision.ADMIN1)[min(len(around), 2)]
    identifier = derived_id("place", "local", question.key, where)
    return Meant.of(replace(unlinked(linked), id=identifier, within=around, precision=precision))


def _script(name: str) -> str:
    from ingest.gazetteer.formats.fields import language_of

    return language_of(name)


def _told_around(question: Question, linked: Place) -> tuple[Area, ...]:
    from ontology.normal import name_key

    parts = linked.linking.parts if linked.linking is not None else {}
    areas = linked.within
    if parts.get("within", 0) > 0:
        passages = [f" {name_key(example.passage)} " for example in question.examples]
        for at, area in enumerate(areas):
            names = [f" {key} " for name in area.names.values() if (key := name_key(name)) not in ("", question.key)]
            if any(name in passage for name in names for passage in passages):
                return areas[at:]
    elif parts.get("country", 0) <= 0:
        return ()
    return areas[-1:] if areas and areas[-1].kind == "country" else ()


def _remember(question: Question, scope: str, about: Meant | None, country: str) -> Remembered | None:
    """Return for which names of later articles the decision holds; None where it is about these mentions alone."""
    place, key = (about.id, about.key) if about is not None else (None, None)
    name = name_digest(question.key)
    if scope == "within":
        areas = question.linked.within
        if not areas:
            raise Refused(f"nothing is known of what {isolate(question.name)} lies in: remember it for the country")
        return Remembered(name, within=areas[0].id, place=place, key=key)
    if scope == "mentions" or not country:
        return None
    return Remembered(name, country=country, place=place, key=key)


def _of_entry(entry: "Entry") -> Meant:
    return Meant(
        id=entry.id,
        key=entry.key,
        kind=entry.kind,
        names=dict(entry.names),
        lat=entry.lat,
        lon=entry.lon,
        precision=entry.precision,
        within=entry.within,
        links=_exact(entry.links),
        codes=dict(entry.codes),
    )


def _exact(links: Sequence[Link]) -> tuple[Link, ...]:
    """Return the links as a person vouches for them."""
    return tuple(
        Link("exactMatch" if link.relation == "closeMatch" else link.relation, link.identifier) for link in links
    )


def _entry(gazetteer: "Gazetteer", key: str | None) -> "Entry":
    if not key:
        raise Refused("to choose a place, give its key, such as geonames:170063")
    entry = gazetteer.entry(key)
    if entry is None:
        raise UnknownPlace(key)
    return entry


def _areas(gazetteer: "Gazetteer", key: str | None) -> tuple[Area, ...] | None:
    if key is None:
        return None
    entry = _entry(gazetteer, key)
    return (entry.area, *entry.within)


def reasoned(given: str, most: int) -> str:
    """Return a reason with single spaces, of at most so many characters.

    Raises:
        NoReason
    """
    if (refused := refusal(given)) is not None:
        raise NoReason(refused)
    reason = " ".join(given.split())
    if not reason:
        raise NoReason("a decision needs a reason: say in a few words how you know")
    if len(reason) > most:
        raise NoReason(
            f"the reason has {len(reason):,} characters, more than the {most:,} of WAQAI_REVIEW_REASON_CHARS"
        )
    return reason


def _taken(position: int, review: LinkReview, *, again: bool) -> Taken:
    mentions = sum(len(link.mentions) for link in review.links)
    now = review.links[0].now if review.links else None
    return Taken(position, mentions, now, review.remembered is not None, again)

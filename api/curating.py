"""Decisions on claims, runs and articles: from what a person says to records of the log.

Invariant: a decision is written only if what it is about still is as the person saw it: of two writers one is refused
and told what the other did. Nothing is written without a reason. All records of one command have one batch id.
"""

import unicodedata
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from api.deciding import NotUndoable, Refused, reasoned
from api.deciding import undo as undo_review
from api.decisions import (
    Conflict,
    Decisions,
    Done,
    Order,
    UnknownSubject,
    by_whom,
    or_again,
    refuse_stale,
    same,
    written,
)
from api.eventdecisions import merging, refuse_parted, splitting
from ontology.curations import (
    ARTICLE_CORRECTED,
    CLAIM_REINSTATED,
    CLAIM_RETRACTED,
    CURATION_APPROVED,
    CURATION_UNDONE,
    ENTITIES_MERGED,
    EVENTS_MERGED,
    KEPT_APART,
    MERGE_REVERTED,
    RUN_REINSTATED,
    RUN_RETRACTED,
    ClaimOf,
    CorrectionKind,
    Curation,
    EntityKind,
    RunOf,
    Successor,
)
from ontology.identity import canonical_json
from ontology.model import Article, Claim, Extraction
from ontology.records import decode_claims_extracted

if TYPE_CHECKING:
    from api.workspace import Workspace
    from graph.curations import Curations
    from graph.iris import Identified
    from graph.stored import StoredArticle


def retract(workspace: "Workspace", names: Sequence[str], order: Order) -> Done:
    """Take claims (by id, IRI, or the event that they are about) or runs out of force.

    Raises:
        UnknownSubject, Conflict, Refused: nothing was written.
        LogError, StoreError
    """
    return _turn(workspace, names, order, CLAIM_RETRACTED, RUN_RETRACTED)


def reinstate(workspace: "Workspace", names: Sequence[str], order: Order) -> Done:
    """Put claims or runs in force again. Raises as `retract` does."""
    return _turn(workspace, names, order, CLAIM_REINSTATED, RUN_REINSTATED)


def runs_of(workspace: "Workspace", version: str | None, lexicon: str | None) -> list[str]:
    """Return the IRIs of the runs of an extractor, by its version, the digest of its lexicon, or both."""
    wanted = "".join(
        f" ; wq:{name} {_quoted(value)}"
        for name, value in (("extractorVersion", version), ("lexiconDigest", lexicon))
        if value is not None
    )
    rows = workspace.query(f"SELECT ?run {{ ?run a wq:ExtractionRun{wanted} }} ORDER BY ?run").rows()
    return [row[0].value for row in rows]  # type: ignore[attr-defined]


def correct(
    workspace: "Workspace",
    name: str,
    order: Order,
    *,
    kind: CorrectionKind,
    corrected: Callable[[Article], Article] | None = None,
    extracted: Extraction | None = None,
    claims: Sequence[str] = (),
) -> Done:
    """Say that an article was corrected: its claims, or those that are named, hold no more.

    All of them hold no more only where the article was withdrawn, or the text as it is now is given. `corrected`
    returns the article with that text, given the one before, and `extracted` are its claims where somebody has made
    them. They hold as long as the correction stands, but for those that say what a person retracted.

    Raises:
        UnknownSubject, Conflict, Refused: nothing was written, or (with `text`) only the new article was ingested.
        LogError, StoreError, ExtractorFailed
    """
    reason = reasoned(order.reason, order.reason_chars)
    identified = workspace.iris.parse(workspace.resolve(name))
    stored = workspace.stored(identified.id) if identified is not None and identified.kind == "article" else None
    if stored is None:
        raise UnknownSubject(f"the log holds no article {name}: name its id as waqai ingest printed it, or its IRI")
    article = stored.id
    named = _subjects(workspace, claims)[0]
    if strays := [claim.claim for claim in named if claim.article != article]:
        raise UnknownSubject(f"{strays[0]} is no claim of the article {article}")
    if corrected is not None and kind is CorrectionKind.WITHDRAWN:
        raise Refused("an article that was withdrawn has no corrected text: say notice or silent")
    if corrected is None and kind is not CorrectionKind.WITHDRAWN and not named:
        raise Refused(
            "a correction needs the text as it is now (FILE, over HTTP text or content), or the claims that hold no "
            "more (--claim, claims): with neither, all of the article goes out of force. To say that it was "
            "withdrawn, give the kind withdrawn"
        )
    _refuse_corrected(workspace, article, workspace.log.head(), order.seen)
    successor = None if corrected is None else _successor(workspace, stored, corrected, extracted, order.actor)
    curation = Curation(
        reason,
        tuple(named),
        article=article,
        kind=kind,
        successor=successor,
    )

    def make(head: int) -> Decisions:
        _refuse_corrected(workspace, article, head, order.seen)
        left = [] if successor is None else still_retracted(workspace, article, successor.article, head)
        return [(ARTICLE_CORRECTED, curation), *((CLAIM_RETRACTED, one) for one in left)]

    return written(workspace, order, make, reason, article, kind.value)


def merge(workspace: "Workspace", names: Sequence[str], order: Order) -> Done:
    """Say that actors or places are one thing, which the first of them is from now on; or claims about one event.

    Raises:
        UnknownSubject, Conflict, Refused: nothing was written.
        LogError, StoreError
    """
    reason = reasoned(order.reason, order.reason_chars)
    kind, ids = _entities(workspace, names)
    if kind is None:
        claims = tuple(_subjects(workspace, names)[0])
        _two(claims)
        return merging(workspace, claims, order, reason, *names)

    there: list[int] = []

    def make(head: int) -> Decisions:
        curations = workspace.curations
        survivors = dict(curations.survivors(head))
        there.clear()
        on_entities = _on_entities(workspace, ids, head)
        refuse_stale(workspace, on_entities, order.seen, f"one of the {kind}s")
        _refuse_waiting_for(workspace, on_entities, ENTITIES_MERGED, ids, head)
        if len({survivors.get((kind, one), one) for one in ids}) == 1:
            by = curations.merged_by(kind, ids, head) or 0
            there.append(same(workspace, by, order.actor, reason, f"they are one {kind} already"))
            return []
        _refuse_kept_apart(workspace, kind, ids, head)
        return [(ENTITIES_MERGED, Curation(reason, entity=kind, into=ids[0], merged=tuple(ids[1:])))]

    return or_again(written(workspace, order, make, reason, *names), there)


def keep_apart(workspace: "Workspace", names: Sequence[str], order: Order) -> Done:
    """Say that actors or places, or what claims are about, are different things. Raises as `merge` does."""
    reason = reasoned(order.reason, order.reason_chars)
    kind, ids = _entities(workspace, names)
    if kind is None:
        of: dict[ClaimOf, str] = {}
        for name in dict.fromkeys(names):
            for claim in _subjects(workspace, [name])[0]:
                if (other := of.setdefault(claim, name)) != name:
                    raise Refused(
                        f"{other} and {name} are of one event: waqai split (over HTTP split) parts it, by the claims "
                        "of each part"
                    )
        return split(workspace, [[name] for name in names], order)

    there: list[int] = []

    def make(head: int) -> Decisions:
        curations = workspace.curations
        there.clear()
        on_entities = _on_entities(workspace, ids, head)
        refuse_stale(workspace, on_entities, order.seen, f"one of the {kind}s")
        _refuse_waiting_for(workspace, on_entities, KEPT_APART, ids, head)
        _refuse_merged(workspace, kind, ids, head)
        for position, of, apart in curations.kept_apart(head):
            if of is kind and set(ids) <= set(apart):
                there.append(same(workspace, position, order.actor, reason, "they are kept apart already"))
                return []
        return [(KEPT_APART, Curation(reason, entity=kind, apart=tuple(ids)))]

    return or_again(written(workspace, order, make, reason, *names), there)


def split(workspace: "Workspace", parts: Sequence[Sequence[str]], order: Order) -> Done:
    """Say that claims of several parts are about several events. Raises as `merge` does."""
    reason = reasoned(order.reason, order.reason_chars)
    found = tuple(tuple(_subjects(workspace, part)[0]) for part in parts)
    _two(found)
    if len({claim for part in found for claim in part}) < sum(len(part) for part in found):
        raise Refused("a claim stands in two parts: each belongs to one")
    return splitting(workspace, found, order, reason, *(name for part in parts for name in part))


def approve(workspace: "Workspace", position: int, order: Order) -> Done:
    """Approve a decision that waits for a second person.

    Raises:
        NotUndoable: there is no such decision, it waits for nobody, or it is the approver's own.
        Conflict: what was decided since contradicts it.
        LogError, StoreError
    """
    reason = reasoned(order.reason, order.reason_chars)

    def make(head: int) -> Decisions:
        curations = workspace.curations
        if curations.type_of(position) is None:
            raise NotUndoable(f"record {position} is no decision that could be approved")
        if not curations.waits(position, head):
            raise NotUndoable(f"record {position} waits for nobody's approval")
        if _one_person(curations.actor_of(position), order.actor):
            raise NotUndoable(f"record {position} is {order.actor}'s own: somebody else has to approve it")
        _refuse_contradicting(workspace, position, head)
        return [(CURATION_APPROVED, Curation(reason, approves=position))]

    return written(workspace, replace(order, four_eyes=False), make, reason, str(position))


def undo(workspace: "Workspace", positions: Sequence[int], order: Order) -> Done:
    """Take decisions back, all or none, the last one first; an undo is a decision and can be taken back too.

    Raises:
        NotUndoable, Conflict, Refused: nothing was written.
        LogError, StoreError
    """
    reason = reasoned(order.reason, order.reason_chars)

    def make(head: int) -> Decisions:
        curations = workspace.curations
        for position in positions:
            if curations.type_of(position) is None:
                raise NotUndoable(f"record {position} is no decision that could be taken back")
            if undone := curations.undone_by(position, head):
                raise NotUndoable(f"record {position} was taken back already, by {by_whom(workspace, undone[0])}")
            if waiting := curations.undos_waiting(position, head):
                raise Conflict(_waiting(workspace, waiting[0]), waiting[0])
        return [
            (
                MERGE_REVERTED if curations.type_of(one) == ENTITIES_MERGED else CURATION_UNDONE,
                Curation(reason, undoes=one),
            )
            for one in sorted(positions, reverse=True)
        ]

    return written(workspace, order, make, reason, *map(str, positions))


def undo_any(workspace: "Workspace", position: int, order: Order) -> Done:
    """Take back the decision of a record, also one on a link. Raises as `undo` does."""
    if workspace.curations.type_of(position) is None and position in workspace.reviews.positions(workspace.log.head()):
        taken = undo_review(workspace, position, order.reason, order.actor, order.reason_chars)
        return Done((taken.position,), None)
    return undo(workspace, (position,), order)


def undo_batch(workspace: "Workspace", batch: str, order: Order) -> Done:
    """Take back all that one command wrote and that nobody has taken back yet. Raises as `undo` does."""
    head = workspace.log.head()
    found = workspace.curations.batch(batch, head)
    if not found:
        raise NotUndoable(f"no decision has the batch id {batch!r}")
    left = [position for position in found if not workspace.curations.undone_by(position, head)]
    if not left:
        raise NotUndoable(f"all decisions of the batch {batch} were taken back already")
    return undo(workspace, left, order)


def listed(workspace: "Workspace", *, waiting: bool, limit: int) -> list[dict[str, Any]]:
    """Return decisions as plain JSON data, the last one first; only those that wait for approval, if asked for."""
    head, curations = workspace.log.head(), workspace.curations
    positions = [p for p in reversed(curations.positions(head)) if not waiting or curations.waits(p, head)]
    found = []
    for position in positions[:limit]:
        record = next(workspace.log.read(after=position - 1, upto=position))
        undone = curations.undone_by(position, head)
        found.append(
            {
                "record": position,
                "type": record.type,
                "recorded": record.recorded,
                "actor": record.actor,
                "in_force": curations.stands(position, head),
                "waits": curations.waits(position, head),
                "undone_by": list(undone),
                **record.payload,
            }
        )
    return found


# -- what decisions have in common ---------------------------------------------------------------------------------


def _turn(workspace: "Workspace", names: Sequence[str], order: Order, of_claims: str, of_runs: str) -> Done:
    reason = reasoned(order.reason, order.reason_chars)
    out = of_claims == CLAIM_RETRACTED
    events: dict[str, ClaimOf] = {}
    claims, runs = _subjects(workspace, names, follow=out, events=events)
    if not claims and not runs:
        raise Refused("name the claims or runs that it is about")
    there: list[int] = []

    def make(head: int) -> Decisions:
        curations = workspace.curations
        there.clear()
        _refuse_joined(workspace, events if out else {}, order.seen, head)
        left_claims: list[ClaimOf] = []
        left_runs: list[RunOf] = []
        for claim in claims:
            what = f"the claim {claim.claim}"
            refuse_stale(workspace, curations.on_claim(claim, head), order.seen, what)
            by = curations.of_claim(claim.article, claim.claim, head).out_by
            _refuse_waiting(workspace, curations.on_claim(claim, head), of_claims, head, what)
            if (by is not None) == out:
                there.append(_same(workspace, by, order.actor, reason, what))
            else:
                left_claims.append(claim)
        for run in runs:
            what = f"the run {run.run}"
            refuse_stale(workspace, curations.on_run(run, head), order.seen, what)
            last = curations.last_on_run(run, head)
            _refuse_waiting(workspace, curations.on_run(run, head), of_runs, head, what)
            if (last is not None and curations.type_of(last) == RUN_RETRACTED) == out:
                there.append(_same(workspace, last if out else None, order.actor, reason, what))
            else:
                left_runs.append(run)
        made: Decisions = [(of_claims, Curation(reason, tuple(left_claims)))] if left_claims else []
        parts = (tuple(left_runs[first : first + order.runs]) for first in range(0, len(left_runs), order.runs))
        return made + [(of_runs, Curation(reason, runs=part)) for part in parts]

    done = written(workspace, order, make, reason, *names)
    return or_again(done, there)


def _same(workspace: "Workspace", by: int | None, actor: str, reason: str, what: str) -> int:
    """Return the record that did already what is asked for, in the same words by the same person.

    Raises:
        Conflict: it was somebody else, or for another reason.
    """
    if by is None:
        raise Refused(f"{what} is in force: there is nothing to reinstate")
    return same(workspace, by, actor, reason, f"{what} is out of force already")


def _refuse_waiting(workspace: "Workspace", positions: Iterable[int], type_: str, head: int, what: str) -> None:
    for position in positions:
        if workspace.curations.type_of(position) == type_ and workspace.curations.waits(position, head):
            raise Conflict(f"{what}: {_waiting(workspace, position)}", position)


def _refuse_waiting_for(
    workspace: "Workspace", positions: Iterable[int], type_: str, ids: Sequence[str], head: int
) -> None:
    """Refuse a decision on entities that waits for approval already. Raises Conflict."""
    curations = workspace.curations
    for position in positions:
        if curations.type_of(position) == type_ and curations.waits(position, head):
            if _names(curations, position) == set(ids):
                raise Conflict(_waiting(workspace, position), position)


def _waiting(workspace: "Workspace", position: int) -> str:
    return f"the same was decided by {by_whom(workspace, position)}; it waits for approval (waqai approve)"


def _refuse_kept_apart(workspace: "Workspace", kind: EntityKind, ids: Sequence[str], head: int) -> None:
    survivors = dict(workspace.curations.survivors(head))
    roots = {survivors.get((kind, one), one) for one in ids}
    for position, of, apart in workspace.curations.kept_apart(head):
        joined = [one for one in apart if survivors.get((of, one), one) in roots]
        if of is kind and len(joined) > 1:
            told = by_whom(workspace, position)
            raise Conflict(f"{' and '.join(joined)} are to be kept apart, by {told}: undo that first", position)


def _refuse_merged(workspace: "Workspace", kind: EntityKind, ids: Sequence[str], head: int) -> None:
    survivors = dict(workspace.curations.survivors(head))
    known: dict[str, str] = {}
    for one in ids:
        other = known.setdefault(survivors.get((kind, one), one), one)
        if other == one:
            continue
        by = workspace.curations.merged_by(kind, (other, one), head) or 0
        raise Conflict(f"they are merged, by {by_whom(workspace, by)}: waqai undo {by} first", by)


def _refuse_contradicting(workspace: "Workspace", position: int, head: int) -> None:
    """Refuse to approve what a decision that was taken since it was proposed contradicts. Raises Conflict."""
    type_, proposed = workspace.curations.type_of(position), workspace.curations.curation(position)
    if type_ == ENTITIES_MERGED and proposed.entity is not None and proposed.into is not None:
        _refuse_kept_apart(workspace, proposed.entity, [proposed.into, *proposed.merged], head)
    elif type_ == KEPT_APART and proposed.entity is not None:
        _refuse_merged(workspace, proposed.entity, proposed.apart, head)
    elif type_ == EVENTS_MERGED:
        refuse_parted(workspace, proposed.claims, head)


def _one_person(name: str, other: str) -> bool:
    """Tell whether two names are of one person: however they are written in letters, case and space."""
    one, another = (" ".join(unicodedata.normalize("NFKC", by).casefold().split()) for by in (name, other))
    return one == another


def _refuse_joined(workspace: "Workspace", events: Mapping[str, ClaimOf], seen: int | None, head: int) -> None:
    """Refuse a decision on events, each with a claim of it, that another claim joined since `seen`. Raises Conflict."""
    index = workspace.projector.events
    if seen is None:
        return
    for name, claim in events.items():
        now, then = index.of(claim.claim, head), index.of(claim.claim, seen)
        members = () if now is None else now.members
        known = () if then is None else then.members
        new = [member.claim for member in members if member not in known]
        if new and any(member.claim == claim.claim for member in members):
            by = next(position for position, _ in index.turns(new[0], head) if position > seen)
            told = f"{', '.join(new[:3])}{' and others' if new[3:] else ''} joined it, in record {by}"
            raise Conflict(f"{name} has changed since position {seen}: {told}. Look at it again", by)


def _refuse_corrected(workspace: "Workspace", article: str, head: int, seen: int | None) -> None:
    curations = workspace.curations
    refuse_stale(workspace, curations.on_article(article, head), seen, f"the article {article}")
    by = curations.corrected_by(article, head)
    if by is not None:
        raise Conflict(f"the article {article} is corrected already, by {by_whom(workspace, by)}", by)
    for position in curations.on_article(article, head):
        if (
            curations.type_of(position) == ARTICLE_CORRECTED
            and curations.waits(position, head)
            and not curations.curation(position).claims
        ):
            told = by_whom(workspace, position)
            raise Conflict(f"a correction of the article {article} waits for approval, by {told}", position)


def _successor(
    workspace: "Workspace",
    stored: "StoredArticle",
    corrected: Callable[[Article], Article],
    extracted: Extraction | None,
    actor: str,
) -> Successor:
    """Ingest the corrected text, and say whether it is there for the correction alone."""
    before = stored.article()
    if before is None:
        raise Refused("the words of the article are erased, so nothing can be compared with them")
    after = corrected(before)
    if after.text == before.text:
        raise Refused(f"the text is that of the article {before.id} to the letter: nothing was corrected")
    earlier = workspace.log.find_key(f"ingest:{before.id}")
    cause = None if earlier is None else earlier.first
    outcome = workspace.ingest(after, extracted, cause=cause, actor=actor)
    (record,) = workspace.log.read(after=outcome.first - 1, upto=outcome.first)
    return Successor(outcome.article, brought=cause is not None and record.cause == cause)


def still_retracted(workspace: "Workspace", article: str, successor: str, head: int) -> list[Curation]:
    """Return what has to be decided on the later text of an article so that what people retracted stays retracted.

    A claim is the same where it says the same of the same words.
    """
    curations, found = workspace.curations, list[Curation]()
    again: dict[str, set[ClaimOf]] = {}
    for claim, text in _told_in(workspace, successor, head):
        again.setdefault(_saying(claim, text), set()).add(ClaimOf(successor, claim.id))
    for claim, text in _told_in(workspace, article, head):
        by = curations.retracted_by(ClaimOf(article, claim.id), head)
        same = again.pop(_saying(claim, text), set()) if by is not None else set()
        left = tuple(sorted(one for one in same if curations.retracted_by(one, head) is None))
        if by is not None and left:
            found.append(Curation(curations.curation(by).reason, left))
    return found


def _told_in(workspace: "Workspace", article: str, head: int) -> Iterable[tuple[Claim, str]]:
    text = workspace.text(article)
    for record in workspace.projector.extracted(article, head) if text is not None else ():
        for claim in decode_claims_extracted(record.payload).claims:
            yield claim, text or ""


def _saying(claim: Claim, text: str) -> str:
    """Return what tells a claim from others that are not the same: type, modality and the words that it stands on."""
    quotes = (" ".join(text[span.start : span.end].split()) for span in claim.evidence)
    trigger = text[claim.trigger.span.start : claim.trigger.span.end]
    return canonical_json([claim.type, claim.modality.value, trigger, *quotes]).decode()


def _entities(workspace: "Workspace", names: Sequence[str]) -> tuple[EntityKind | None, list[str]]:
    """Return kind and ids of actors or places, no kind where the names are those of claims or events.

    Raises:
        UnknownSubject, Refused
    """
    found: dict[tuple[str, str], None] = {}
    for name in names:
        iri = workspace.resolve(name)
        named = workspace.iris.parse(iri)
        if named is None or named.kind not in ("actor", "place", "claim", "event"):
            raise UnknownSubject(f"{name} is none of an actor, place, event or claim of this graph")
        if named.kind in tuple(EntityKind) and not bool(workspace.query(f"ASK {{ {_node(iri)} ?p ?o }}")):
            raise UnknownSubject(f"the graph holds no {named.kind} {named.id}")
        found[named.kind if named.kind in tuple(EntityKind) else "event", named.id] = None
    kinds = {kind for kind, _ in found}
    if len(kinds) > 1:
        raise Refused(f"{' and '.join(sorted(kinds))} are no one kind of thing: name several of one kind")
    _two(tuple(found))
    return (None if kinds == {"event"} else EntityKind(kinds.pop())), [identifier for _, identifier in found]


def _two(things: Sequence[object]) -> None:
    if len(things) < 2:
        raise Refused("name two or more of them")


def _names(curations: "Curations", position: int) -> set[str]:
    one = curations.curation(position)
    return {*one.merged, *one.apart, *([one.into] if one.into is not None else [])}


def _on_entities(workspace: "Workspace", ids: Sequence[str], head: int) -> list[int]:
    """Return the positions of the decisions on one of some entities, in order."""
    curations = workspace.curations
    return [p for p in curations.positions(head) if _names(curations, curations.roots(p)[-1]) & set(ids)]


# -- what decisions are about --------------------------------------------------------------------------------------


def _subjects(
    workspace: "Workspace",
    names: Iterable[str],
    *,
    follow: bool = True,
    events: dict[str, ClaimOf] | None = None,
) -> tuple[list[ClaimOf], list[RunOf]]:
    """Return the claims and runs that names stand for, none twice; `events` takes those of events, with one claim each.

    An event whose first claim was retracted stands for the one in which it goes on, unless nothing is to `follow`: who
    reinstates means the claim that is gone.

    Raises:
        UnknownSubject, Refused
    """
    claims: dict[ClaimOf, None] = {}
    runs: dict[RunOf, None] = {}
    for name in names:
        iri = workspace.resolve(name)
        named = workspace.iris.parse(iri)
        if named is None:
            raise UnknownSubject(f"{name} is no IRI of this graph: name a claim (c-…), an event or a run")
        if named.kind == "run":
            found = [RunOf(article, named.id) for article in _objects(workspace, iri, "prov:used")]
            runs.update(dict.fromkeys(found))
        elif named.kind in ("claim", "event"):
            on = _went_on(workspace, named, iri) if follow and named.kind == "event" else None
            found_claims = list(_claims(workspace, named, iri if on is None else on))
            found = [*found_claims]  # type: ignore[list-item]
            claims.update(dict.fromkeys(found_claims))
            if events is not None and named.kind == "event" and found_claims:
                events[name] = found_claims[0]
        elif named.kind == "article":
            raise UnknownSubject(
                f"{name} is an article: waqai correct {named.id} says that it was withdrawn or changed"
            )
        else:
            raise UnknownSubject(f"{name} is a {named.kind}: name claims (c-…), events or runs")
        if not found:
            raise UnknownSubject(f"the graph holds no {named.kind} {named.id}: waqai query lists claims and events")
    return list(claims), list(runs)


def _went_on(workspace: "Workspace", named: "Identified", iri: str) -> str | None:
    """Return the IRI of the event in which one goes on of which nothing is reported any more; None for all others.

    Raises:
        Refused: it goes on in several.
    """
    iris = workspace.iris
    if named.part or bool(workspace.query(f"ASK {{ {_node(iri)} ?p ?o }}")):
        return None
    about = workspace.query(f"SELECT ?c {{ ?c wq:about {_node(iri)} }} ORDER BY ?c").rows()
    claims = (iris.parse(claim.value) for (claim,) in about)  # type: ignore[attr-defined]
    own = [one.id for one in claims if one is not None and iris.event(one.id).value == iri]
    events, position = workspace.projector.events, workspace.graph().position()
    others = sorted({iris.event(on).value for claim in own for on in events.went_on(claim, position)})
    if len(others) > 1:
        raise Refused(f"{iri} goes on in {' and '.join(others)} since a claim of it was retracted: name one of them")
    return others[0] if others else None


def _claims(workspace: "Workspace", named: "Identified", iri: str) -> Iterable[ClaimOf]:
    if named.kind == "claim":
        yield from (ClaimOf(article, named.id) for article in _objects(workspace, iri, "prov:wasDerivedFrom"))
        return
    event = f"{_node(iri)} dcterms:isReplacedBy? ?event"  # of several claims, each of whose own events names it
    rows = workspace.query(f"SELECT DISTINCT ?c {{ {event} . ?c wq:about ?event }} ORDER BY ?c").rows()
    for (claim,) in rows:
        identified = workspace.iris.parse(claim.value)  # type: ignore[attr-defined]
        if identified is not None:
            yield from _claims(workspace, identified, claim.value)  # type: ignore[attr-defined]


def _objects(workspace: "Workspace", iri: str, predicate: str) -> list[str]:
    rows = workspace.query(f"SELECT ?o {{ {_node(iri)} {predicate} ?o }} ORDER BY ?o").rows()
    named = (workspace.iris.parse(row[0].value) for row in rows)  # type: ignore[attr-defined]
    return [one.id for one in named if one is not None]


def _node(iri: str) -> str:
    from pyoxigraph import NamedNode

    return str(NamedNode(iri))


def _quoted(value: str) -> str:
    from pyoxigraph import Literal

    return str(Literal(value))

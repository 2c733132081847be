"""What people have decided on claims, runs and events, at any position of the log.

Invariant: what holds at a position follows from the records up to it. A claim is in force as long as one of the runs
that give it is, and nobody has retracted the claim itself; so a later run never reinstates what a person retracted. Of
several decisions that stand, the last one on a claim decides, and the last one on a run; a reinstated claim is in force
whatever was decided on its run or its article before. A corrected article puts its claims out of force, all or those
that the correction names, until a later correction gives its text again. A text that was brought in for a correction
holds only as long as a correction leads to it from one that was not.

Only positions and ids are kept in memory; the records themselves are read again when they are needed.
"""

import threading
from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Final, NamedTuple, TypeVar

from graph.log import EventLog, LogDamaged, Record
from graph.standing import Standing
from ontology.curations import (
    ARTICLE_CORRECTED,
    CLAIM_REINSTATED,
    CLAIM_RETRACTED,
    CURATION_APPROVED,
    CURATION_SCHEMA,
    CURATION_TYPES,
    CURATION_UNDONE,
    CURATIONS_STREAM,
    ENTITIES_MERGED,
    EVENT_SPLIT,
    EVENTS_MERGED,
    KEPT_APART,
    MERGE_REVERTED,
    RUN_REINSTATED,
    RUN_RETRACTED,
    ClaimOf,
    Curation,
    EntityKind,
    RunOf,
    decode_curation,
)

Extracted = Callable[[str, int], Iterable[Record]]  # the ClaimsExtracted records of an article, up to a position

_DECODED: Final = 256  # decisions that are kept decoded
_ARTICLES: Final = 16  # articles whose extractions are kept, for the claims of each are asked for one by one
_MERGED: Final = 16  # sets of merges that are kept joined
_OUT: Final = (CLAIM_RETRACTED, RUN_RETRACTED)


@dataclass(frozen=True, slots=True)
class Interval:
    """From when to when a claim was in force: positions and times of the records that began and ended it.

    The first may be the extraction itself. An interval that has not ended has no end.
    """

    start: int
    start_recorded: str
    end: int | None = None
    end_recorded: str | None = None


@dataclass(frozen=True, slots=True)
class Curated:
    """What was decided on one claim. `out_by` is the decision that keeps it out of force, None where it is in force.

    `intervals` are empty where nobody decided anything.
    """

    intervals: tuple[Interval, ...] = ()
    out_by: int | None = None


NOT_CURATED: Final = Curated()
_Thing = TypeVar("_Thing")

Entity = tuple[EntityKind, str]
Survivors = tuple[tuple[Entity, str], ...]  # of each entity that was merged into another, the id of that one, in order


@dataclass(frozen=True, slots=True)
class EventDecisions:
    """What people decided on which claims are about one event, oldest first, each with the position of the record.

    `together` are claims about one event; of `apart`, claims of two parts are about two events, and those of one part
    about one.
    """

    together: tuple[tuple[int, tuple[ClaimOf, ...]], ...]
    apart: tuple[tuple[int, tuple[tuple[ClaimOf, ...], ...]], ...]

    def parted_by(self, claims: Iterable[ClaimOf]) -> int | None:
        """Return the last decision by which two of `claims` are about two events."""
        named = set(claims)
        return next((p for p, parts in reversed(self.apart) if sum(not named.isdisjoint(x) for x in parts) > 1), None)

    def joined_by(self, claims: Iterable[ClaimOf]) -> int | None:
        """Return the decision that made all of `claims` about one event, with those before it; None where none did."""
        parts = ((position, part) for position, parts in self.apart for part in parts)
        return _connecting(sorted([*self.together, *parts], key=lambda group: group[0]), claims)


def _connecting(groups: Iterable[tuple[int, Iterable[_Thing]]], wanted: Iterable[_Thing]) -> int | None:
    """Return the first position at which the groups up to it connect all that is wanted, through others or not."""
    every = set(wanted)
    joined: list[set[_Thing]] = []
    for position, group in groups:
        one = set(group)
        for other in [known for known in joined if not known.isdisjoint(one)]:
            one |= other
            joined.remove(other)
        joined.append(one)
        if every <= one:
            return position
    return None


class _Taken(NamedTuple):
    type: str
    actor: str
    recorded: str


class _Given(NamedTuple):
    """A correction that gives an article as its corrected text: of which article, and whether it was brought for it."""

    of: str
    brought: bool


class _Cause(NamedTuple):
    """Why a claim is, or is not, in force: the position that decided, which may be that of an extraction."""

    position: int
    out: bool


class Curations:
    """The decisions of a log. May be used by several threads."""

    def __init__(self, log: EventLog, extracted: Extracted) -> None:
        self._log = log
        self._guard = threading.Lock()
        self._version = 0
        self._known = 0  # every decision up to this position has been taken
        self._standing = Standing()
        self._taken: dict[int, _Taken] = {}
        self._claims: dict[ClaimOf, list[int]] = defaultdict(list)
        self._runs: dict[RunOf, list[int]] = defaultdict(list)
        self._in_article: dict[str, dict[int, None]] = defaultdict(dict)  # decisions on claims and runs of an article
        self._corrections: dict[str, list[int]] = defaultdict(list)
        self._given: dict[str, dict[int, _Given]] = defaultdict(dict)  # corrections to an article
        self._leads: dict[str, dict[int, str]] = defaultdict(dict)  # and from one
        self._events: list[int] = []
        self._merges: list[int] = []
        self._kept_apart: list[int] = []
        self._batches: dict[str, list[int]] = defaultdict(list)
        self._read = lru_cache(maxsize=_DECODED)(self._decoded)
        self._joined = lru_cache(maxsize=_MERGED)(self._join)
        self._holders = lru_cache(maxsize=_ARTICLES)(lambda article, upto: tuple(extracted(article, upto)))

    # -- the decisions themselves ----------------------------------------------------------------------------------

    def version(self) -> int:
        """Return the number of decisions in the log now: what `expected` has to be for the next one."""
        self._catch_up(self._log.head())
        return self._version

    def positions(self, upto: int) -> list[int]:
        """Return the positions of all decisions up to `upto`, oldest first."""
        self._catch_up(upto)
        return [position for position in list(self._taken) if position <= upto]

    def curation(self, position: int) -> Curation:
        """Return the decision that the record at `position` holds.

        Raises:
            graph.log.LogDamaged: there is none.
        """
        return self._read(position)

    def type_of(self, position: int) -> str | None:
        """Return the record type of the decision at `position`, None where there is none."""
        self._catch_up(position)
        taken = self._taken.get(position)
        return None if taken is None else taken.type

    def actor_of(self, position: int) -> str:
        """Return who took the decision at `position`."""
        return self._taken[position].actor

    def waits(self, position: int, upto: int) -> bool:
        """Tell whether the decision at `position` waits for somebody to approve it, as of `upto`."""
        self._catch_up(upto)
        standing = self._standing
        return standing.waits(position) and not (
            standing.approved_by(position, upto) or standing.undone_by(position, upto)
        )

    def stands(self, position: int, upto: int) -> bool:
        """Tell whether the decision at `position` stands as of `upto`: approved where it must be, and not undone."""
        self._catch_up(upto)
        return self._standing.stands(position, upto)

    def undone_by(self, position: int, upto: int) -> tuple[int, ...]:
        """Return the undos of the decision at `position` that stand as of `upto`."""
        self._catch_up(upto)
        return self._standing.undone_by(position, upto)

    def undos_waiting(self, position: int, upto: int) -> tuple[int, ...]:
        """Return the undos of the decision at `position` that wait for somebody to approve them, as of `upto`."""
        undos = (
            p for p in self._followed((position,), upto) if self._taken[p].type in (CURATION_UNDONE, MERGE_REVERTED)
        )
        return tuple(p for p in undos if self.curation(p).undoes == position and self.waits(p, upto))

    def approved_by(self, position: int, upto: int) -> tuple[int, ...]:
        """Return the approvals of the decision at `position` that stand as of `upto`."""
        self._catch_up(upto)
        return self._standing.approved_by(position, upto)

    def roots(self, position: int) -> tuple[int, ...]:
        """Return `position`, what it undoes or approves, and so on, down to the decision that is about something."""
        self._catch_up(position)
        found = [position]
        while (target := self._target(found[-1])) is not None:
            if target >= found[-1] or target not in self._taken:
                break  # written by somebody else's code: it is about nothing
            found.append(target)
        return tuple(found)

    def _target(self, position: int) -> int | None:
        if self._taken[position].type not in (CURATION_UNDONE, MERGE_REVERTED, CURATION_APPROVED):
            return None
        curation = self.curation(position)
        return curation.undoes if curation.undoes is not None else curation.approves

    def affected(self, position: int) -> dict[str, set[str] | None]:
        """Return the claims that the decision at `position` may put in force or out of it, by the id of their article.

        None stands for all claims of the article.
        """
        root = self.roots(position)[-1]
        kind, decided = self._taken[root].type, self.curation(root)
        found: dict[str, set[str] | None] = {}
        if kind in (CLAIM_RETRACTED, CLAIM_REINSTATED):
            for one in decided.claims:
                claims = found.setdefault(one.article, set())
                if claims is not None:
                    claims.add(one.claim)
        elif kind in (RUN_RETRACTED, RUN_REINSTATED):
            for run in decided.runs:
                found[run.article] = None
        elif decided.article is not None:
            found = dict.fromkeys(self._led_to(decided.article, position))
        return found

    def _led_to(self, article: str, upto: int) -> list[str]:
        """Return the article and those that corrections up to `upto` lead to from it, standing or not."""
        reached = [article]
        for one in reached:  # grows while it is walked
            leads = list(self._leads.get(one, {}).items())
            reached += dict.fromkeys(to for p, to in leads if p <= upto and to not in reached)
        return reached

    def retracted_by(self, claim: ClaimOf, upto: int) -> int | None:
        """Return the decision by which a person retracted this very claim, as of `upto`, None where none stands."""
        self._catch_up(upto)
        said = self._last([p for p in self._claims.get(claim, ()) if p <= upto], upto)
        return said if said is not None and self._taken[said].type == CLAIM_RETRACTED else None

    def corrected_by(self, article: str, upto: int) -> int | None:
        """Return the correction by which no part of an article's text holds as of `upto`, None where it does."""
        self._catch_up(upto)
        whole = [p for p in self._corrections.get(article, ()) if p <= upto and not self.curation(p).claims]
        return self._overruling(whole, article, upto)

    def unheld_by(self, article: str, upto: int) -> int | None:
        """Return the decision by which a text that was brought in for a correction does not hold as of `upto`."""
        self._catch_up(upto)
        return self._unheld(article, upto)

    def _overruling(self, corrections: list[int], article: str, at: int) -> int | None:
        """Return the last of the corrections that stands, None where a later one gives the article's text again."""
        last = self._last(corrections, at)
        again = self._last(sorted(self._given.get(article, ())), at)
        return None if last is None or (again is not None and again > last) else last

    def _unheld(self, article: str, at: int) -> int | None:
        """Return the decision by which no correction leads to an article that was brought in for one, as of `at`."""
        reached, broken, given = [article], 0, 0
        for one in reached:  # grows while it is walked
            to = {p: by for p, by in list(self._given.get(one, {}).items()) if p <= at}
            if not any(by.brought for by in to.values()):
                return None
            for position, by in to.items():
                given = max(given, position)
                if not self._standing.stands(position, at):
                    broken = max(broken, position, *self._standing.undone_by(position, at))
                elif by.of not in reached:
                    reached.append(by.of)
        return broken or given  # in a circle of corrections none is broken

    def touching(self, article: str, upto: int) -> bool:
        """Tell whether a decision up to `upto` is on a claim or run of an article."""
        self._catch_up(upto)
        positions = self._in_article.get(article)
        return positions is not None and any(p <= upto for p in list(positions))

    def batch(self, name: str, upto: int) -> list[int]:
        """Return the positions of the decisions that one command wrote together, oldest first."""
        self._catch_up(upto)
        return [position for position in list(self._batches.get(name, ())) if position <= upto]

    def on_claim(self, claim: ClaimOf, upto: int) -> list[int]:
        """Return the positions of the decisions on a claim or on its article, with all that followed them, in order."""
        self._catch_up(upto)
        return self._followed([*self._claims.get(claim, ()), *self._corrections.get(claim.article, ())], upto)

    def on_events(self, claims: Iterable[ClaimOf], upto: int) -> list[int]:
        """Return the positions of the decisions on events that name a claim, with all that followed them, in order."""
        self._catch_up(upto)
        wanted = set(claims)
        decided = ((p, self.curation(p)) for p in list(self._events) if p <= upto)
        named = (p for p, one in decided if not wanted.isdisjoint((*one.claims, *(c for x in one.parts for c in x))))
        return self._followed(named, upto)

    def on_run(self, run: RunOf, upto: int) -> list[int]:
        """Return the positions of the decisions on a run, with all that followed them, in order."""
        self._catch_up(upto)
        return self._followed(self._runs.get(run, ()), upto)

    def on_article(self, article: str, upto: int) -> list[int]:
        """Return the positions of the corrections of an article, with all that followed them, in order."""
        self._catch_up(upto)
        return self._followed(self._corrections.get(article, ()), upto)

    def _followed(self, decided: Iterable[int], upto: int) -> list[int]:
        found = {f for p in decided if p <= upto for f in self._standing.following(p, upto)}
        return sorted(found)

    def last_on_run(self, run: RunOf, upto: int) -> int | None:
        """Return the decision on a run that stands as of `upto`, None where there is none."""
        self._catch_up(upto)
        return self._last([p for p in self._runs.get(run, ()) if p <= upto], upto)

    # -- what follows of them --------------------------------------------------------------------------------------

    def of_claim(self, article: str, claim: str, upto: int) -> Curated:
        """Return what was decided on a claim of an article, as of `upto`."""
        if not self.touching(article, upto):
            return NOT_CURATED
        holders = [(r.payload["run"], r) for r in self._holders(article, upto) if _holds(r, claim)]
        own = [p for p in self._claims.get(ClaimOf(article, claim), ()) if p <= upto]
        broad = {run: [p for p in self._runs.get(RunOf(article, run), ()) if p <= upto] for run, _ in holders}
        whole = [p for p in self._corrections.get(article, ()) if p <= upto and self._corrects(p, article, claim)]
        decisions = {*own, *whole, *self._leading(article, upto), *(p for some in broad.values() for p in some)}
        if not decisions or not holders:
            return NOT_CURATED
        turns = {f for p in decisions for f in self._standing.following(p, upto)}
        recorded = {r.position: r.recorded for _, r in holders} | {p: self._taken[p].recorded for p in turns}
        intervals: list[Interval] = []
        cause = _Cause(0, True)
        for at in sorted(recorded):
            was_out = cause.out
            cause = self._cause(article, holders, own, whole, broad, at)
            if was_out and not cause.out:
                intervals.append(Interval(at, recorded[at]))
            elif not was_out and cause.out:
                intervals[-1] = replace(intervals[-1], end=at, end_recorded=recorded[at])
        return Curated(tuple(intervals), cause.position if cause.out else None)

    def _leading(self, article: str, upto: int) -> set[int]:
        """Return the corrections up to `upto` that lead to an article, by way of others too, standing or not."""
        reached, found = [article], set[int]()
        for one in reached:  # grows while it is walked
            to = {p: by.of for p, by in list(self._given.get(one, {}).items()) if p <= upto}
            found |= to.keys()
            reached += dict.fromkeys(of for of in to.values() if of not in reached)
        return found

    def _corrects(self, position: int, article: str, claim: str) -> bool:
        claims = self.curation(position).claims
        return not claims or ClaimOf(article, claim) in claims

    def _cause(
        self,
        article: str,
        holders: list[tuple[str, Record]],
        own: list[int],
        whole: list[int],
        broad: dict[str, list[int]],
        at: int,
    ) -> _Cause:
        """Return what keeps a claim in force as of `at`, or out of it: decisions on it, its article and its runs."""
        said = self._last(own, at)
        if said is not None and self._taken[said].type == CLAIM_RETRACTED:
            return _Cause(said, out=True)
        for decided in (self._overruling(whole, article, at), self._unheld(article, at)):
            if decided is not None and (said is None or said < decided):
                return _Cause(decided, out=True)
        out = 0
        for run, holder in holders:
            if holder.position > at:
                continue
            decided = self._last(broad[run], at)
            if decided is None or self._taken[decided].type not in _OUT or (said is not None and said > decided):
                return _Cause(holder.position, out=False)
            out = max(out, decided)
        return _Cause(out, out=True)

    def _last(self, positions: list[int], at: int) -> int | None:
        """Return the last of the decisions that stands as of `at`."""
        return next((p for p in reversed(positions) if self._standing.stands(p, at)), None)

    def events(self, upto: int) -> EventDecisions:
        """Return what was decided on events and stands as of `upto`."""
        self._catch_up(upto)
        standing = [p for p in list(self._events) if self.stands(p, upto)]
        return EventDecisions(
            tuple((p, self.curation(p).claims) for p in standing if self._taken[p].type == EVENTS_MERGED),
            tuple((p, self.curation(p).parts) for p in standing if self._taken[p].type == EVENT_SPLIT),
        )

    def merges(self, upto: int) -> list[int]:
        """Return the positions of the merges up to `upto`, whether or not they stand, oldest first."""
        self._catch_up(upto)
        return [p for p in list(self._merges) if p <= upto]

    def merged_by(self, kind: EntityKind, ids: Iterable[str], upto: int) -> int | None:
        """Return the merge that made entities one, with those before it, of what stands as of `upto`; None for none."""
        standing = ((p, self.curation(p)) for p in self.merges(upto) if self._standing.stands(p, upto))
        groups = ((p, (one.into or "", *one.merged)) for p, one in standing if one.entity is kind)
        return _connecting(groups, ids)

    def survivors(self, upto: int) -> Survivors:
        """Return what the merges that stand as of `upto` come to: of each merged entity the one that stays."""
        standing = tuple(p for p in self.merges(upto) if self._standing.stands(p, upto))
        return self._joined(standing) if standing else ()

    def _join(self, standing: tuple[int, ...]) -> Survivors:
        parents: dict[Entity, Entity] = {}

        def root(entity: Entity) -> Entity:
            while entity in parents:
                entity = parents[entity]
            return entity

        for position in standing:
            merge = self.curation(position)
            if merge.entity is None or merge.into is None:
                continue
            survivor = root((merge.entity, merge.into))
            for other in merge.merged:
                merged = root((merge.entity, other))
                if merged != survivor:
                    parents[merged] = survivor
        return tuple((entity, root(entity)[1]) for entity in sorted(parents))

    def joined(self, position: int) -> tuple[set[int], set[str]]:
        """Return what the merge at `position` may touch: merges up to it, and the ids of the entities, joined by any.

        Whether those merges stand does not matter: what one of them did may come to light when another goes.
        """
        merges = {p: {curation.into, *curation.merged} for p in self.merges(position) if (curation := self.curation(p))}
        ids = set(merges.get(self.roots(position)[-1], ()))
        found: set[int] = set()
        while more := {p for p, named in merges.items() if p not in found and named & ids}:
            found |= more
            ids.update(*(merges[p] for p in more))
        return found, {identifier for identifier in ids if identifier is not None}

    def kept_apart(self, upto: int) -> list[tuple[int, EntityKind, tuple[str, ...]]]:
        """Return position, kind and ids of what is to be kept apart as of `upto`, oldest first."""
        self._catch_up(upto)
        found = [(p, self.curation(p)) for p in list(self._kept_apart) if self.stands(p, upto)]
        return [(p, one.entity, one.apart) for p, one in found if one.entity is not None]

    # -- reading ---------------------------------------------------------------------------------------------------

    def _catch_up(self, position: int) -> None:
        with self._guard:
            if self._known >= position:
                return
            head = self._log.head()
            for record in self._log.read_stream(CURATIONS_STREAM, after=self._version):
                self._version = record.version
                if record.type in CURATION_TYPES and record.schema == CURATION_SCHEMA:
                    self._take(record)
            self._known = head

    def _take(self, record: Record) -> None:
        curation, position = decode_curation(record.payload), record.position
        self._taken[position] = _Taken(record.type, record.actor, record.recorded)
        if curation.batch is not None:
            self._batches[curation.batch].append(position)
        if curation.needs_approval:
            self._standing.wait(position, record.actor)
        if record.type in (CURATION_UNDONE, MERGE_REVERTED) and curation.undoes is not None:
            self._standing.undo(curation.undoes, position)
        elif record.type == CURATION_APPROVED and curation.approves is not None:
            self._standing.approve(curation.approves, position, record.actor)
        elif record.type in (CLAIM_RETRACTED, CLAIM_REINSTATED):
            for one in dict.fromkeys(curation.claims):
                self._claims[one].append(position)
                self._in_article[one.article][position] = None
        elif record.type in (RUN_RETRACTED, RUN_REINSTATED):
            for run in dict.fromkeys(curation.runs):
                self._runs[run].append(position)
                self._in_article[run.article][position] = None
        elif record.type == ARTICLE_CORRECTED and curation.article is not None:
            self._corrections[curation.article].append(position)
            self._in_article[curation.article][position] = None
            if curation.successor is not None:
                to = curation.successor.article
                self._given[to][position] = _Given(curation.article, curation.successor.brought)
                self._leads[curation.article][position] = to
                self._in_article[to][position] = None
        elif record.type == ENTITIES_MERGED:
            self._merges.append(position)
        elif record.type == KEPT_APART:
            self._kept_apart.append(position)
        elif record.type in (EVENTS_MERGED, EVENT_SPLIT):
            self._events.append(position)

    def _decoded(self, position: int) -> Curation:
        record = next(self._log.read(after=position - 1, upto=position), None)
        if record is None or record.type not in CURATION_TYPES:
            raise LogDamaged(position, "a decision of a person is expected here")
        return decode_curation(record.payload)


def _holds(holder: Record, claim: str) -> bool:
    """Tell whether a ClaimsExtracted record gives a claim, without decoding its claims."""
    return any(one.get("id") == claim for one in holder.payload["claims"])


CurationLookup = Callable[[str, str], Curated]


def nothing_curated(article: str, claim: str) -> Curated:
    """Return what was decided on a claim where nobody decided anything."""
    return NOT_CURATED

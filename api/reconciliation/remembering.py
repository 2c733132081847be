"""Answers of outside services, remembered in the log: the same question is asked once, and an audit can see it.

Invariant: an answer is in the log before anybody sees it; what the log has is not asked for again, unless a person
wants it anew, and then the older answer stays too.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from api.reconciliation.client import Asked, Service
from api.workspace import Workspace
from graph.log import KeyConflict, NewRecord
from ontology.candidates import (
    CANDIDATES_RECEIVED,
    CANDIDATES_RECEIVED_SCHEMA,
    CANDIDATES_STREAM,
    Received,
    candidates_received,
    decode_candidates_received,
)
from ontology.identity import derived_id


@dataclass(frozen=True, slots=True)
class Answer:
    """What a service offered for a question, where the log has it, when it was recorded, and whether just now."""

    asked: Asked
    received: Received
    position: int
    recorded: str
    new: bool


def ask(workspace: Workspace, service: Service, questions: Sequence[Asked], *, again: bool = False) -> Iterator[Answer]:
    """Yield the answer to each question in order, from the log or else from the service, in batches.

    With `again` the service is asked whatever the log has.

    Raises:
        ServiceFailed: nothing of the batch was kept; what was yielded before is in the log.
    """
    waiting = [(question, None if again else _remembered(workspace, service, question)) for question in questions]
    unknown = list(dict.fromkeys(question.sha256 for question, known in waiting if known is None))
    by_digest = {question.sha256: question for question, _ in waiting}
    fresh: dict[str, Answer] = {}
    for question, known in waiting:
        if known is not None:
            yield known
            continue
        if question.sha256 not in fresh:
            at = unknown.index(question.sha256)
            batch = [by_digest[digest] for digest in unknown[at : at + service.manifest.batch]]
            for asked, received in zip(batch, service.candidates(batch), strict=True):
                fresh[asked.sha256] = _kept(workspace, asked, received, again=again)
            workspace.project()
        yield fresh[question.sha256]


def _remembered(workspace: Workspace, service: Service, question: Asked) -> Answer | None:
    """Return the newest answer of the log, or None."""
    key, number, position = _key(service.endpoint, question.sha256), 1, None
    while (found := workspace.log.find_key(f"{key}:{number}")) is not None:
        position, number = found.first, number + 1
    if position is None:
        return None
    record = next(workspace.log.read(after=position - 1, upto=position))
    return Answer(question, decode_candidates_received(record.payload), position, record.recorded, new=False)


def _kept(workspace: Workspace, question: Asked, received: Received, *, again: bool) -> Answer:
    workspace.content.put(question.canonical())
    key, number = _key(received.service, question.sha256), 1
    while again and workspace.log.find_key(f"{key}:{number}") is not None:
        number += 1
    record = NewRecord(CANDIDATES_RECEIVED, CANDIDATES_RECEIVED_SCHEMA, candidates_received(received))
    try:
        appended = workspace.log.append(CANDIDATES_STREAM, [record], actor=workspace.actor, key=f"{key}:{number}")
    except KeyConflict as conflict:  # somebody else asked the same meanwhile, and got another answer first
        stored = next(workspace.log.read(after=conflict.first - 1, upto=conflict.first))
        return Answer(question, decode_candidates_received(stored.payload), conflict.first, stored.recorded, new=False)
    stored = next(workspace.log.read(after=appended.first - 1, upto=appended.first))
    return Answer(question, received, appended.first, stored.recorded, new=True)


def _key(service: str, digest: str) -> str:
    return f"candidates:{derived_id('candidates', service, digest)}"

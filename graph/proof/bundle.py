"""The proof bundle of a claim: one file that somebody without the log, the graph and this package can check.

Invariant: a bundle is handed out only after the checker that its reader has accepted it. It is one JSON document:
nothing in it is compressed, so its size bounds what it unfolds to. docs/proof.md describes it.
"""

import base64
import json
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path

from graph.log import EventLog, LogDamaged, Record
from graph.proof.keys import public_keys
from graph.proof.proving import NotSealed, newest
from graph.proof.sealer import SUBJECTS_FILE
from graph.proof.subjects import Looked, Subjects
from graph.proof.tiles import ProofError, Tiles
from graph.proof.verify_bundle import (
    BUNDLE_FORMAT,
    DOES_NOT_PROVE,
    KINDS,
    Quote,
    Rejected,
    spans,
    statements,
    verify,
)
from ontology.records import ARTICLE_INGESTED, CLAIMS_EXTRACTED, Naming, named_contents
from ontology.sealing import SALT_BYTES, unsealed

Content = Callable[[str], bytes | None]


class MapBehind(ProofError):
    """The map of subjects is not at the size of the last checkpoint."""

    def __init__(self, path: Path) -> None:
        super().__init__(f"{path} is not at the last checkpoint: run waqai log checkpoint, then write the bundle")
        self.path = path


class BundleRejected(ProofError):
    """The checker does not accept what the log, the tiles and the contents give."""

    def __init__(self, claim: str, reason: str) -> None:
        super().__init__(f"no bundle for {claim}: {reason}; waqai log verify says whether the log was altered")
        self.claim, self.reason = claim, reason


@dataclass(frozen=True, slots=True)
class Bundle:
    """A bundle as the bytes of its file, the size of the log at its checkpoint, and whether the text is in it."""

    data: bytes
    size: int
    text_included: bool


def make_bundle(log: EventLog, folder: Path, content: Content, claim: str, position: int) -> Bundle:
    """Return the bundle of a claim that the record at `position` holds; the tiles of the log lie in `folder`.

    Raises:
        NotSealed: no checkpoint covers the record yet.
        MapBehind: a sealing was broken off.
        BundleRejected: what the checker would reject; the log or a content is not as it was sealed.
        LogDamaged, TileMissing, MapDamaged, ContentError
    """
    found = newest(folder)
    if found is None or found[1].size < position:
        raise NotSealed(position, found[1].size if found is not None else 0)
    note, checkpoint = found
    path = folder / SUBJECTS_FILE
    subjects = Subjects(path) if path.is_file() else None
    if subjects is None:
        raise MapBehind(path)
    try:
        if subjects.state() != (checkpoint.size, checkpoint.root):
            raise MapBehind(path)
        records = {position: _record(log, position)}
        article = records[position].payload["article"]
        looked = [subjects.look(f"article/{article}"), subjects.look(f"claim/{claim}")]
        _read(log, looked, records)
        runs = {record.payload["run"] for record in records.values() if _holds(record, claim)}
        of_runs = [subjects.look(f"run/{run}") for run in sorted(runs)]
        _read(log, of_runs, records)
        looked += of_runs
    finally:
        subjects.close()
    extracted = next(one for one in records[position].payload["claims"] if one["id"] == claim)
    source = next(r.payload for _, r in sorted(records.items()) if r.type == ARTICLE_INGESTED)
    named = {naming.kind: naming for naming in named_contents(source)}
    contents = {kind: _sealed(content, named.get(kind)) for kind in KINDS}
    words = {kind: None if one is None else one["words"] for kind, one in contents.items()}
    text = words["text"]
    read = {at: {"type": record.type, "payload": record.payload} for at, record in sorted(records.items())}
    proves, cannot_show = statements(words, source, read, without_text=True)
    quotes = [Quote(slot, s, e, None if text is None else text[s:e]) for slot, s, e in spans(extracted)]
    tree = Tiles(folder).tree(checkpoint.size)
    body = {
        "format": BUNDLE_FORMAT,
        "claim": claim,
        "cannot_show": cannot_show,
        "proves": proves,
        "does_not_prove": list(DOES_NOT_PROVE),
        "checkpoint": note,
        "content": contents,
        "quotes": [asdict(quote) for quote in quotes],
        "records": [
            {"body": record.body.decode("utf-8"), "inclusion": _encoded(tree.inclusion(at - 1))}
            for at, record in sorted(records.items())
        ],
        "subjects": [
            {
                "subject": one.subject,
                "positions": list(one.positions),
                "siblings": _encoded(one.siblings),
                "other": None if one.other is None else dict(zip(("key", "chain"), _encoded(one.other), strict=True)),
            }
            for one in looked
        ],
    }
    data = json.dumps(body, ensure_ascii=False, indent=1).encode("utf-8") + b"\n"
    try:
        verify(data, public_keys(folder), without_text=True)
    except Rejected as reason:
        raise BundleRejected(claim, str(reason)) from None
    return Bundle(data, checkpoint.size, text is not None)


def _read(log: EventLog, looked: list[Looked], records: dict[int, Record]) -> None:
    for one in looked:
        for position in one.positions:
            if position not in records:
                records[position] = _record(log, position)


def _record(log: EventLog, position: int) -> Record:
    for record in log.read(after=position - 1, upto=position):
        return record
    raise LogDamaged(position, "the record is missing")


def _holds(record: Record, claim: str) -> bool:
    return record.type == CLAIMS_EXTRACTED and any(one["id"] == claim for one in record.payload["claims"])


def _sealed(content: Content, naming: Naming | None) -> dict[str, str | None] | None:
    """Return a content as a bundle holds it: its words, and the salt before them; None where it is gone."""
    data = None if naming is None else content(naming.digest)
    if naming is None or data is None:
        return None
    salt = base64.b64encode(data[:SALT_BYTES]).decode() if naming.salted else None
    return {"salt": salt, "words": (unsealed(data) if naming.salted else data).decode("utf-8")}


def _encoded(hashes: tuple[bytes, ...] | list[bytes]) -> list[str]:
    return [base64.b64encode(one).decode() for one in hashes]

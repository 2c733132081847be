#!/usr/bin/env python3
"""Check a proof bundle of Waqai without Waqai: `python verify_bundle.py FILE --key KEY`.

Invariant: nothing of the project is imported, and nothing of a file is believed before what it rests on was checked;
what is not exactly of the form that docs/proof.md describes is rejected. Needs Python 3.8; the signature is checked by
the package `cryptography` where it is installed, else by the arithmetic at the end of this file.
"""

from __future__ import annotations

import argparse
import base64
import binascii
import hashlib
import json
import re
import sys
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, NoReturn

BUNDLE_FORMAT = "waqai-bundle/2"
OLD_FORMAT = "waqai-bundle/1"  # text and title as they are: its records named them by digests without a salt
PROOF_FORMAT = "c2sp.org/tlog-proof@v1"
SUBJECTS_LINE = "waqai-subjects@v1"  # the extension line of a checkpoint that holds the root of the map
MAX_BYTES = 16_000_000  # largest file that is read
MAX_NESTED = 500_000  # most lists and objects in it: an empty one takes 3 bytes there and 60 in memory
MAX_SIGNATURES = 100

PROVES = (
    "The records of this bundle stand in the log of this origin at their positions, byte for byte.",
    "By the checkpoint's map, no other record up to its size names this claim, its article or the runs that found it.",
    "The text is the one whose digest was recorded, and each quote is the stretch of it that the claim names.",
    "The ids of the article, the run and the claim follow from what they stand for.",
)
PROVES_WITHOUT_ARTICLE = "The ids of the run and the claim follow from what they stand for."
DOES_NOT_PROVE = (
    "That what the article says is true, or that the publisher whom the record names wrote it.",
    "That the times are right: they are those of the keeper's clock.",
    "That the map is right: whoever holds a copy of the log can check it, and a false one convicts who signed it.",
    "That the keeper shows everybody the same log: compare the checkpoint with one that somebody else holds.",
    "What was recorded after the checkpoint, or how actors, places and events named here were joined with others.",
)


class Rejected(Exception):
    """The file does not prove what it should; the message says where it fails."""


class Misused(Exception):
    """The command was asked wrongly."""


# -- the hash tree of RFC 6962: a leaf is a record's body, its index the position less one ---------------------------


def leaf_hash(body: bytes) -> bytes:
    """Return the hash of a record's body as a leaf of the tree (RFC 6962, 2.1)."""
    return hashlib.sha256(b"\0" + body).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """Return the hash of a node over two others (RFC 6962, 2.1)."""
    return hashlib.sha256(b"\1" + left + right).digest()


def root_by_inclusion(index: int, size: int, leaf: bytes, path: list[bytes]) -> bytes:
    """Return the root that an inclusion proof leads to (RFC 9162, 2.1.3.2); `path` begins with the leaf's sibling.

    Raises:
        Rejected: the proof has another length than one of this index and size.
    """
    if not 0 <= index < size:
        raise Rejected(f"the index {index} is outside a tree of size {size}")
    node, last, root = index, size - 1, leaf
    for other in path:
        if last == 0:
            raise Rejected("the inclusion proof is too long")
        if node & 1 or node == last:
            root = node_hash(other, root)
            while node and not node & 1:
                node, last = node >> 1, last >> 1
        else:
            root = node_hash(root, other)
        node, last = node >> 1, last >> 1
    if last:
        raise Rejected("the inclusion proof is too short")
    return root


# -- the map of subjects: for each article, claim, run and stream, the chain of the records that name it -------------

EMPTY = bytes(32)  # what stands for a part of the map without subjects, and for the chain before the first record


def subject_key(subject: str) -> bytes:
    """Return the place of a subject (`article/…`, `claim/…`, `run/…` or a stream) in the map; its bits are the path."""
    return hashlib.sha256(subject.encode("utf-8")).digest()


def chained(chain: bytes, leaf: bytes) -> bytes:
    """Return the chain of a subject after one more record, given by its leaf hash."""
    return hashlib.sha256(b"\4" + chain + leaf).digest()


def map_leaf(key: bytes, chain: bytes) -> bytes:
    """Return the hash of a subject in the map; a part of the map that holds one subject has this hash too."""
    return hashlib.sha256(b"\2" + key + chain).digest()


def map_node(left: bytes, right: bytes) -> bytes:
    """Return the hash of a part of the map that holds two subjects or more."""
    return hashlib.sha256(b"\3" + left + right).digest()


def bit(key: bytes, depth: int) -> int:
    """Return the bit of `key` that decides at `depth`: 0 goes left."""
    return key[depth >> 3] >> (7 - (depth & 7)) & 1


def map_root(key: bytes, end: bytes, siblings: list[bytes]) -> bytes:
    """Return the root above `end`, which lies on the path of `key`; `siblings` begins below the root."""
    if len(siblings) > 256:
        raise Rejected("a path in the map is too long")
    root = end
    for depth in range(len(siblings) - 1, -1, -1):
        pair = (siblings[depth], root) if bit(key, depth) else (root, siblings[depth])
        root = map_node(*pair)
    return root


# -- signed notes and checkpoints (c2sp.org/signed-note, c2sp.org/tlog-checkpoint) -----------------------------------


@dataclass(frozen=True)
class Key:
    """A public key as `NAME+ID+BASE64` writes it; `number` is the id, 4 bytes."""

    name: str
    number: bytes
    public: bytes


@dataclass(frozen=True)
class Checkpoint:
    """What a signed checkpoint says; `subjects` is the root of the map, `text` what was signed."""

    origin: str
    size: int
    root: bytes
    subjects: bytes
    text: str


def key_number(name: str, public: bytes) -> bytes:
    """Return the id of an Ed25519 key (type 1) of this name."""
    return hashlib.sha256(name.encode("utf-8") + b"\n\1" + public).digest()[:4]


def read_key(line: str) -> Key:
    """Return the key that a line `NAME+ID+BASE64` writes.

    Raises:
        Rejected: it is none, or not one of Ed25519.
    """
    parts = line.strip().split("+", 2)
    if len(parts) != 3 or not is_name(parts[0]):
        raise Rejected("the key is not of the form NAME+ID+BASE64")
    data = unbase64(parts[2], "the key")
    if len(data) != 33 or data[0] != 1:
        raise Rejected("the key is not one of Ed25519")
    key = Key(parts[0], key_number(parts[0], data[1:]), data[1:])
    if parts[1] != key.number.hex():
        raise Rejected("the id of the key does not follow from it: a character was lost or changed")
    return key


def is_name(name: str) -> bool:
    """Tell whether `name` may stand in a signature line."""
    return bool(name) and name.isprintable() and not any(c.isspace() or c == "+" for c in name)


def open_note(note: str, keys: list[Key]) -> str:
    """Return the text of a signed note once a signature of one of `keys` is found right; other signers are ignored.

    Raises:
        Rejected: the note is malformed, a signature of a key is wrong, or there is none.
    """
    text, blank, signatures = note.rpartition("\n\n")
    if not blank or not text or not signatures.endswith("\n") or re.search("[\0-\x09\x0b-\x1f]", note):
        raise Rejected("the checkpoint is not a signed note")
    text += "\n"
    lines = signatures[:-1].split("\n")
    if len(lines) > MAX_SIGNATURES:
        raise Rejected("the checkpoint has too many signatures")
    signed = False
    for line in lines:
        parts = line.split(" ")
        if len(parts) != 3 or parts[0] != "\u2014" or not is_name(parts[1]):
            raise Rejected("the checkpoint has a malformed signature line")
        data = unbase64(parts[2], "a signature of the checkpoint")
        for key in keys:
            if (key.name, key.number) == (parts[1], data[:4]):
                if not verified(key.public, data[4:], text.encode("utf-8")):
                    raise Rejected(f"the signature of {key.name} on the checkpoint is wrong")
                signed = True
    if not signed:
        raise Rejected(
            f"the checkpoint is not signed by {' or '.join(sorted({key.name for key in keys}))} with this key"
        )
    return text


def read_checkpoint(text: str) -> Checkpoint:
    """Return what the text of a checkpoint says.

    Raises:
        Rejected: it is none of ours.
    """
    lines = text.split("\n")
    if len(lines) != 5 or lines[4] or not all(lines[:4]):
        raise Rejected("the checkpoint has not the four lines origin, size, root and subjects")
    if not re.fullmatch("0|[1-9][0-9]{0,15}", lines[1]):
        raise Rejected("the checkpoint has no size")
    mark, _, subjects = lines[3].partition(" ")
    if mark != SUBJECTS_LINE:
        raise Rejected(f"the checkpoint has no line {SUBJECTS_LINE}")
    return Checkpoint(lines[0], int(lines[1]), a_hash(lines[2], "the root"), a_hash(subjects, "the map's root"), text)


def open_checkpoint(note: str, keys: list[Key]) -> Checkpoint:
    """Return the checkpoint in a note that one of `keys` signed; the key bears the name of the origin.

    Raises:
        Rejected
    """
    checkpoint = read_checkpoint(open_note(note, keys))
    if checkpoint.origin not in {key.name for key in keys}:
        raise Rejected(f"the checkpoint is of the log {checkpoint.origin}, the key is not")
    open_note(note, [key for key in keys if key.name == checkpoint.origin])
    return checkpoint


# -- the forms: base64, JSON, canonical JSON -------------------------------------------------------------------------


def unbase64(text: str, what: str) -> bytes:
    """Return the bytes of standard base64, which has one form only."""
    try:
        data = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        raise Rejected(f"{what} is not base64") from None
    if base64.b64encode(data).decode() != text:
        raise Rejected(f"{what} is not base64 in its only form")
    return data


def a_hash(text: object, what: str) -> bytes:
    """Return the 32 bytes that base64 text stands for."""
    data = unbase64(text, what) if isinstance(text, str) else b""
    if len(data) != 32:
        raise Rejected(f"{what} is not a hash of 32 bytes")
    return data


def canonical(value: object) -> bytes:
    """Return the canonical JSON (RFC 8785) of data without floats whose keys are ASCII."""
    text = json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False)
    return text.encode("utf-8")


def derived(kind: str, *parts: object) -> str:
    """Return the id that follows from these parts: 20 hex digits of SHA-256."""
    return hashlib.sha256(canonical([kind, *parts])).hexdigest()[:20]


def parsed(data: str | bytes, what: str) -> Any:
    """Return JSON data in which no name stands twice and no number is a float."""

    def once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        if len(dict(pairs)) != len(pairs):
            raise Rejected(f"{what} has a name twice in one object")
        return dict(pairs)

    def never(number: str) -> NoReturn:
        raise Rejected(f"{what} has the number {number[:20]}, which is no integer below 2**53")

    def whole(number: str) -> int:
        return int(number) if len(number) < 17 and abs(int(number)) < 2**53 else never(number)

    try:
        text = data.decode("utf-8") if isinstance(data, bytes) else data
        return json.loads(text, object_pairs_hook=once, parse_int=whole, parse_float=never, parse_constant=never)
    except (ValueError, RecursionError) as error:
        raise Rejected(f"{what} is not JSON ({error})") from None


def members(value: object, what: str, **kinds: Any) -> list[Any]:
    """Return the values of an object that has exactly these members, of these types."""
    if not isinstance(value, dict) or value.keys() != kinds.keys():
        raise Rejected(f"{what} is not an object of {', '.join(kinds)}")
    for name, kind in kinds.items():
        if not isinstance(value[name], kind) or isinstance(value[name], bool):
            raise Rejected(f"{what} has a wrong {name}")
    return [value[name] for name in kinds]


# -- the bundle ------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Quote:
    """A stretch of the text that a slot of the claim names; `words` is None where the text is not there."""

    slot: str
    start: int
    end: int
    words: str | None


@dataclass(frozen=True)
class Touching:
    """A record that names the claim, its article or a run that found it."""

    position: int
    type: str
    recorded: str
    actor: str
    body_sha256: str


@dataclass(frozen=True)
class Verdict:
    """What was found right: the checkpoint, the claim, and every record that touches it, in the order of the log."""

    origin: str
    size: int
    root: str
    claim: str
    type: str
    modality: str
    article: str
    publisher: str | None
    published: str | None
    url: str | None
    text_included: bool
    title: str | None
    quotes: list[Quote]
    records: list[Touching]
    cannot_show: list[str]
    proves: list[str]
    does_not_prove: list[str] = field(default_factory=lambda: list(DOES_NOT_PROVE))


def verify(data: bytes, keys: list[Key], *, without_text: bool = False) -> Verdict:
    """Check a bundle; `without_text` takes one that lacks words though no record of it says that they were erased.

    Raises:
        Rejected: at the first thing that is wrong.
    """
    if data.count(b"{") + data.count(b"[") > MAX_NESTED:
        raise Rejected(f"the bundle has more than {MAX_NESTED:,} lists and objects")
    body = parsed(data, "the bundle")
    if isinstance(body, dict) and body.get("format") == OLD_FORMAT:
        body = _as_new(body)
    form, claim, note, records, subjects, content, quotes, cannot_show, proves, not_ = members(
        body,
        "the bundle",
        format=str,
        claim=str,
        checkpoint=str,
        records=list,
        subjects=list,
        content=dict,
        quotes=list,
        cannot_show=list,
        proves=list,
        does_not_prove=list,
    )
    if form not in (BUNDLE_FORMAT, OLD_FORMAT):
        raise Rejected(f"the format is not {BUNDLE_FORMAT}")
    checkpoint = open_checkpoint(note, keys)
    envelopes = _records(records, checkpoint)
    chains = _subjects(subjects, envelopes, checkpoint)
    read = {at: envelope for at, (envelope, _) in envelopes.items()}
    verdict = _claim(claim, content, quotes, read, chains, checkpoint, without_text)
    said = (cannot_show, proves, not_)
    if form == OLD_FORMAT:
        said = (verdict.cannot_show, verdict.proves if proves == list(PROVES) else proves, not_)
    if said != (verdict.cannot_show, verdict.proves, verdict.does_not_prove):
        raise Rejected("the bundle says something else of what it proves than the format does")
    return verdict


def _as_new(body: dict[str, Any]) -> dict[str, Any]:
    """Return a bundle of the first format with the members of the present one."""
    content = members(body.get("content"), "the content", text=(str, type(None)), title=(str, type(None)))
    text, title = (None if words is None else {"salt": None, "words": words} for words in content)
    if "cannot_show" in body:
        raise Rejected(f"the format {OLD_FORMAT} has no cannot_show")
    return {**body, "content": {"text": text, "title": title, "origin": None}, "cannot_show": []}


def _records(entries: list[Any], checkpoint: Checkpoint) -> dict[int, tuple[dict[str, Any], bytes]]:
    """Return envelope and leaf hash of each record by its position, each proven to stand in the tree."""
    found: dict[int, tuple[dict[str, Any], bytes]] = {}
    for number, entry in enumerate(entries, 1):
        what = f"record {number}"
        text, path = members(entry, what, body=str, inclusion=list)
        envelope, leaf, position = proven(text, [a_hash(one, f"the proof of {what}") for one in path], checkpoint, what)
        if position <= max(found, default=0):
            raise Rejected(f"{what} is out of turn")
        found[position] = (envelope, leaf)
    return found


def proven(text: str, path: list[bytes], checkpoint: Checkpoint, what: str) -> tuple[dict[str, Any], bytes, int]:
    """Return envelope, leaf hash and position of a body once it is found in the tree at the position that it says."""
    try:
        body = text.encode("utf-8")
    except UnicodeEncodeError:
        raise Rejected(f"{what} is no text") from None
    envelope = parsed(text, what)
    kinds = {
        "v": int,
        "position": int,
        "stream": str,
        "version": int,
        "type": str,
        "schema": int,
        "recorded": str,
        "actor": str,
        "cause": (int, type(None)),
        "key": (str, type(None)),
        "payload": dict,
    }
    position = members(envelope, what, **kinds)[1]
    if canonical(envelope) != body:
        raise Rejected(f"{what} is not canonical JSON")
    leaf = leaf_hash(body)
    if root_by_inclusion(position - 1, checkpoint.size, leaf, path) != checkpoint.root:
        raise Rejected(f"{what} is not in the log at position {position}")
    return envelope, leaf, position


def _subjects(entries: list[Any], records: dict[int, Any], checkpoint: Checkpoint) -> dict[str, list[int]]:
    """Return for each subject the positions of all records that name it, as the map of the checkpoint has them."""
    found: dict[str, list[int]] = {}
    for number, entry in enumerate(entries, 1):
        subject, positions, siblings, other = members(
            entry, f"subject {number}", subject=str, positions=list, siblings=list, other=(dict, type(None))
        )
        what = f"the subject {subject}"
        if subject in found:
            raise Rejected(f"{what} stands there twice")
        key, chain = subject_key(subject), EMPTY
        if positions != sorted(set(positions)) if all(type(at) is int for at in positions) else True:
            raise Rejected(f"{what} has positions that do not grow")
        for at in positions:
            if at not in records:
                raise Rejected(f"{what} is named by the record {at}, which is not in the bundle")
            chain = chained(chain, records[at][1])
        if other is not None:
            if positions:
                raise Rejected(f"{what} has positions and another subject in its place")
            texts = members(other, what, key=str, chain=str)
            its = [a_hash(text, what) for text in texts]
            depth = len(siblings)
            if its[0] == key or any(bit(its[0], d) != bit(key, d) for d in range(min(depth, 256))):
                raise Rejected(f"{what} has another one in its place that does not belong there")
            end = map_leaf(*its)
        else:
            end = map_leaf(key, chain) if positions else EMPTY
        if map_root(key, end, [a_hash(one, what) for one in siblings]) != checkpoint.subjects:
            raise Rejected(f"{what} is named by other records than those of the bundle")
        found[subject] = positions
    return found


def _claim(
    claim_id: str,
    content: dict[str, Any],
    quotes: list[Any],
    records: dict[int, dict[str, Any]],
    subjects: dict[str, list[int]],
    checkpoint: Checkpoint,
    without_text: bool,
) -> Verdict:
    """Check the way from the claim to its characters, and that every subject on it is proven."""
    try:
        found = [
            (record["payload"], one)
            for record in records.values()
            if record["type"] == "ClaimsExtracted"
            for one in record["payload"]["claims"]
            if one["id"] == claim_id
        ]
        if not found:
            raise Rejected(f"no record of the bundle holds the claim {claim_id}")
        payload, claim = found[0]
        article = payload["article"]
        if any(other != claim or its["article"] != article for its, other in found):
            raise Rejected(f"two records hold different claims of the id {claim_id}")
        if claim_id != f"c-{derived('claim', article, identifying(claim))}":
            raise Rejected("the id of the claim does not follow from what it says")
        runs = {its["run"] for its, _ in found}
        for its, _ in found:
            made = its["extractor"]
            if its["run"] != derived("run", article, made["name"], made["version"], made["lexicon"]):
                raise Rejected("the id of the run does not follow from its article and extractor")
        expected = [f"article/{article}", f"claim/{claim_id}", *sorted(f"run/{run}" for run in runs)]
        if list(subjects) != expected:
            raise Rejected(f"the subjects are not {', '.join(expected)}")
        if {at for positions in subjects.values() for at in positions} != records.keys():
            raise Rejected("the bundle holds a record that touches none of its subjects")
        ingested = [
            record["payload"]
            for at, record in records.items()
            if at in subjects[expected[0]]
            and record["type"] == "ArticleIngested"
            and record["payload"]["article"] == article
        ]
        if not ingested:
            raise Rejected("no record of the bundle brought the article in")
        source = ingested[0]
        words = _content(content, source)
        origin = _origin(words, source)
        text = words["text"]
        if text is not None and origin is not None:
            plain = hashlib.sha256(text.encode("utf-8")).hexdigest()
            if article != derived(
                "article", plain, origin.get("publisher"), origin.get("url"), source.get("published")
            ):
                raise Rejected("the id of the article does not follow from its text and publication")
        said = statements(words, source, records, without_text)
        slots = [Quote(slot, s, e, None if text is None else text[s:e]) for slot, s, e in spans(claim)]
        if any(quote.end > source["text_length"] for quote in slots):
            raise Rejected("a passage of the claim ends behind the text")
        same = _same(quotes, slots)
        return _verdict(checkpoint, claim_id, claim, source, words, origin, same, records, *said)
    except (KeyError, TypeError, AttributeError, RecursionError) as error:
        raise Rejected(f"a record is not of the form of its type ({error!r})") from None


def identifying(claim: dict[str, Any]) -> dict[str, Any]:
    """Return what the id of a claim follows from: all of it but how names were linked, and what follows from ids."""
    body = {name: value for name, value in claim.items() if name != "id"}
    for slot in ("participants", "places", "sources"):
        if slot in body:
            body[slot] = [_without(part, "linking", "codes") for part in body[slot]]
            for part in body[slot]:
                if "within" in part:
                    part["within"] = [_without(area, "codes", "kind") for area in part["within"]]
    return body


def _without(value: dict[str, Any], *names: str) -> dict[str, Any]:
    return {name: item for name, item in value.items() if name not in names}


KINDS = ("text", "title", "origin")


def _content(content: dict[str, Any], source: dict[str, Any]) -> dict[str, str | None]:
    """Return the words of each kind once they have the digest that the record names; None where the bundle has none."""
    kind_of = dict.fromkeys(KINDS, (dict, type(None)))
    found: dict[str, str | None] = {}
    members(content, "the content", **kind_of)
    for kind in KINDS:
        given = content[kind]
        found[kind] = None
        if given is None:
            continue
        salt, words = members(given, f"the {kind}", salt=(str, type(None)), words=str)
        salted = f"{kind}_digest" in source
        if salted != (salt is not None):
            raise Rejected(f"the {kind} is not sealed as its record says")
        before = b"" if salt is None else a_hash(salt, f"the salt of the {kind}")
        try:
            actual = hashlib.sha256(before + words.encode("utf-8")).hexdigest()
        except UnicodeEncodeError:
            raise Rejected(f"the {kind} is no text") from None
        if actual != source.get(f"{kind}_digest" if salted else f"{kind}_sha256"):
            raise Rejected(f"the {kind} is not the one that was recorded")
        found[kind] = words
    text = found["text"]
    if text is not None and len(text) != source["text_length"]:
        raise Rejected("the text has not the recorded length")
    return found


def _origin(words: dict[str, str | None], source: dict[str, Any]) -> dict[str, Any] | None:
    """Return publisher, url and external_id of the article, None where they are gone."""
    if "origin_digest" not in source:
        return {name: source[name] for name in ("publisher", "url", "external_id") if name in source}
    origin = words["origin"]
    if origin is None:
        return None
    found = parsed(origin, "the origin")
    if not isinstance(found, dict) or not all(isinstance(value, str) for value in found.values()):
        raise Rejected("the origin is not an object of texts")
    return found


_LACKS = {
    "text": "The text, and so the words of the quotes",
    "title": "The title",
    "origin": "Publisher and address",
}


def statements(
    words: dict[str, str | None], source: dict[str, Any], records: dict[int, dict[str, Any]], without_text: bool
) -> tuple[list[str], list[str]]:
    """Return what a bundle with these words proves, and what it cannot show for want of others.

    Raises:
        Rejected: words lack that no record erased, and `without_text` does not allow that.
    """
    sentences = []
    for kind in KINDS:
        digest = source.get(f"{kind}_digest", source.get(f"{kind}_sha256"))
        if digest is None or words[kind] is not None:
            continue
        by = _erased_by(digest, records)
        if by is None and not without_text:
            raise Rejected(
                f"the {kind} is not in the bundle, and no record says that it was erased: --without-text accepts that, "
                "and checks no quotes"
            )
        why = "nobody says that it was erased" if by is None else f"erased by the record {by}"
        sentences.append(f"{_LACKS[kind]}: {why}.")
    known = words["text"] is not None and _origin(words, source) is not None
    if not known:
        sentences.append("That the id of the article follows from its text and publication.")
    text = PROVES[2:3] if words["text"] is not None else ()
    return [*PROVES[:2], *text, PROVES[3] if known else PROVES_WITHOUT_ARTICLE], sentences


def _erased_by(digest: str, records: dict[int, dict[str, Any]]) -> int | None:
    """Return the position of the record that erased a content last, None where none did or it was given back."""
    found = None
    for at, record in records.items():
        if record["type"] in ("ContentErased", "ContentRestored") and any(
            content["digest"] == digest for content in record["payload"]["contents"]
        ):
            found = at if record["type"] == "ContentErased" else None
    return found


def spans(value: Any, path: str = "") -> Iterator[tuple[str, int, int]]:
    """Yield the stretches of text that a claim names, with the path of the slot, in the order of the names."""
    if isinstance(value, list):
        for number, item in enumerate(value, 1):
            yield from spans(item, f"{path}/{number}")
    elif isinstance(value, dict):
        if value.keys() == {"start", "end"}:
            if not 0 <= value["start"] <= value["end"]:
                raise Rejected(f"{path} of the claim is no stretch of text")
            yield path.lstrip("/"), value["start"], value["end"]
        else:
            for name in sorted(value):
                yield from spans(value[name], f"{path}/{name}")


def _same(given: list[Any], slots: list[Quote]) -> list[Quote]:
    quotes = [
        Quote(*members(one, f"quote {number}", slot=str, start=int, end=int, words=(str, type(None))))
        for number, one in enumerate(given, 1)
    ]
    if len(quotes) != len(slots):
        raise Rejected(f"the claim names {len(slots)} stretches of the text, the bundle quotes {len(quotes)}")
    for number, slot in enumerate(slots):
        if quotes[number] != slot:
            raise Rejected(f"the quote for {slot.slot} is not what the text has at {slot.start} to {slot.end}")
    return quotes


def _verdict(
    checkpoint: Checkpoint,
    claim_id: str,
    claim: dict[str, Any],
    source: dict[str, Any],
    words: dict[str, str | None],
    origin: dict[str, Any] | None,
    quotes: list[Quote],
    records: dict[int, dict[str, Any]],
    proves: list[str],
    cannot_show: list[str],
) -> Verdict:
    known = origin or {}
    return Verdict(
        origin=checkpoint.origin,
        size=checkpoint.size,
        root=base64.b64encode(checkpoint.root).decode(),
        claim=claim_id,
        type=str(claim.get("subtype") or claim["type"]),
        modality=str(claim["modality"]),
        article=str(source["article"]),
        publisher=known.get("publisher"),
        published=source.get("published"),
        url=known.get("url"),
        text_included=words["text"] is not None,
        title=words["title"],
        quotes=quotes,
        records=[
            Touching(at, e["type"], e["recorded"], e["actor"], hashlib.sha256(canonical(e)).hexdigest())
            for at, e in records.items()
        ],
        cannot_show=cannot_show,
        proves=proves,
    )


# -- a proof file of one record (c2sp.org/tlog-proof) ----------------------------------------------------------------


def verify_proof(data: bytes, keys: list[Key]) -> tuple[Checkpoint, int, str]:
    """Check a `.tlog-proof` file that carries the body as its extra data; return checkpoint, position and body.

    Raises:
        Rejected
    """
    try:
        head, blank, note = data.decode("utf-8").partition("\n\n")
    except UnicodeDecodeError:
        raise Rejected("the proof is no text") from None
    lines = head.split("\n")
    if not blank or len(lines) < 3 or lines[0] != PROOF_FORMAT or not lines[1].startswith("extra "):
        raise Rejected(f"the file is no {PROOF_FORMAT} with the record as its extra data")
    if not re.fullmatch("index (0|[1-9][0-9]{0,15})", lines[2]):
        raise Rejected("the proof has no index")
    checkpoint = open_checkpoint(note, keys)
    try:
        body = unbase64(lines[1][6:], "the record").decode("utf-8")
    except UnicodeDecodeError:
        raise Rejected("the record is no text") from None
    path = [a_hash(line, "a line of the proof") for line in lines[3:]]
    position = proven(body, path, checkpoint, "the record")[2]
    if position != int(lines[2][6:]) + 1:
        raise Rejected("the index of the proof is not that of the record")
    return checkpoint, position, body


# -- the command -----------------------------------------------------------------------------------------------------


def read_keys(given: str) -> list[Key]:
    """Return the keys that `given` writes or, where it names a file, that stand in it, one a line.

    Raises:
        Rejected
    """
    lines = [given]
    if given.count("+") < 2 or Path(given).is_file():
        try:
            lines = Path(given).read_text(encoding="utf-8").splitlines()
        except (OSError, ValueError) as error:
            raise Rejected(f"the key is neither NAME+ID+BASE64 nor a file of such lines ({error})") from None
    return [read_key(line) for line in lines if line.strip() and not line.startswith("#")]


def read_file(path: str, limit: int) -> bytes:
    """Return the bytes of a file of at most `limit` bytes.

    Raises:
        Rejected
    """
    try:
        with Path(path).open("rb") as file:
            data = file.read(limit + 1)
    except OSError as error:
        raise Rejected(f"{path} cannot be read: {error.strerror or error}") from None
    if len(data) > limit:
        raise Rejected(f"{path} is larger than {limit:,} bytes (--max-bytes)")
    return data


def shown(words: str | None) -> str:
    """Return words of an article so that they act neither on the terminal nor on the order of the line."""
    if words is None:
        return "(not in the bundle)"
    plain = "".join(c if c.isprintable() else " " for c in words)
    return plain if plain.isascii() else f"\u2068{plain}\u2069"


def rendered(verdict: Verdict) -> str:
    """Return the verdict as text for a person."""
    head = [
        f"verified: the claim {verdict.claim} ({verdict.type}, {verdict.modality})",
        f"  checkpoint  {verdict.origin}, size {verdict.size}, root {verdict.root}",
        (
            f"  article     {verdict.article}, {shown(verdict.publisher or 'publisher not known')}, "
            f"{shown(verdict.published or 'no date')}"
        ),
    ]
    head += [f"  title       {shown(verdict.title)}"] if verdict.title is not None else []
    if not verdict.text_included:
        head.append("  THE TEXT IS NOT IN THE BUNDLE: no quote could be checked.")
    quotes = [f"  {quote.slot:<28} {quote.start:>6}-{quote.end:<6} {shown(quote.words)}" for quote in verdict.quotes]
    records = [f"  {r.position:>8}  {r.recorded}  {shown(r.type)}  {shown(r.actor)}" for r in verdict.records]
    return "\n".join(
        [
            *head,
            "quotes, each compared with the text:",
            *quotes,
            f"records that touch it, all of them up to position {verdict.size}:",
            *records,
            *(["this bundle cannot show:"] if verdict.cannot_show else []),
            *(f"  {sentence}" for sentence in verdict.cannot_show),
            "this proves:",
            *(f"  {sentence}" for sentence in verdict.proves),
            "this does not prove:",
            *(f"  {sentence}" for sentence in verdict.does_not_prove),
        ]
    )


def report(path: str, key: str, *, json_output: bool, without_text: bool, limit: int) -> str:
    """Check the file and return what is to be printed.

    Raises:
        Rejected: the file does not hold.
        Misused: the key is none.
    """
    try:
        keys = read_keys(key)
    except Rejected as reason:
        raise Misused(str(reason)) from None
    if not keys:
        raise Misused("no key is given")
    data = read_file(path, limit)
    if data.startswith(PROOF_FORMAT.encode()):
        checkpoint, position, body = verify_proof(data, keys)
        if json_output:
            return json.dumps({"verified": True, "origin": checkpoint.origin, "size": checkpoint.size, "body": body})
        return f"verified: position {position} of {checkpoint.origin}, size {checkpoint.size}\n{shown(body)}"
    verdict = verify(data, keys, without_text=without_text)
    if json_output:
        return json.dumps({"verified": True, **asdict(verdict)}, ensure_ascii=False)
    return rendered(verdict)


def main(arguments: list[str] | None = None) -> int:
    """Run the command; the exit code is 0 for a bundle that holds, 1 for any other, 2 for a wrong command line."""
    parser = argparse.ArgumentParser(description="Check a proof bundle or a .tlog-proof file of Waqai.")
    parser.add_argument("file", metavar="FILE")
    parser.add_argument("--key", required=True, help="NAME+ID+BASE64, or a file with such lines")
    parser.add_argument("--without-text", action="store_true", help="accept that words lack which nobody erased")
    parser.add_argument("--max-bytes", type=int, default=MAX_BYTES, help="largest file that is read")
    parser.add_argument("--json", action="store_true", help="print JSON")
    given = parser.parse_args(arguments)
    try:
        text = report(
            given.file, given.key, json_output=given.json, without_text=given.without_text, limit=given.max_bytes
        )
    except Rejected as reason:
        sys.stderr.write(f"REJECTED: {shown(str(reason))}.\n")
        return 1
    except Misused as reason:
        sys.stderr.write(f"{shown(str(reason))}.\n")
        return 2
    sys.stdout.buffer.write(text.encode("utf-8") + b"\n")
    return 0


# -- Ed25519 (RFC 8032, 5.1) -----------------------------------------------------------------------------------------

_P = 2**255 - 19
_ORDER = 2**252 + 27742317777372353535851937790883648493
_D = -121665 * pow(121666, _P - 2, _P) % _P
_ROOT_OF_MINUS_ONE = pow(2, (_P - 1) // 4, _P)

# A point is x/z, y/z, z and xy/z: the curve in extended coordinates.


def verified(public: bytes, signature: bytes, message: bytes) -> bool:
    """Tell whether `signature` is that of `message` under an Ed25519 public key."""
    try:
        from cryptography.exceptions import InvalidSignature
        from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
    except ImportError:
        return verified_here(public, signature, message)
    try:
        Ed25519PublicKey.from_public_bytes(public).verify(signature, message)
    except (InvalidSignature, ValueError):
        return False
    return True


def verified_here(public: bytes, signature: bytes, message: bytes) -> bool:
    """Tell the same by our own arithmetic: s times the base point is R plus h times the key."""
    if len(public) != 32 or len(signature) != 64:
        return False
    s = int.from_bytes(signature[32:], "little")
    key = _point(public)
    if key is None or s >= _ORDER:
        return False
    h = int.from_bytes(hashlib.sha512(signature[:32] + public + message).digest(), "little") % _ORDER
    x, y, z, t = key
    found = _sum(_times(s, _base()), _times(h, (-x % _P, y, z, -t % _P)))
    return _encoded(found) == signature[:32]


def _base() -> tuple[int, int, int, int]:
    point = _point((4 * pow(5, _P - 2, _P) % _P).to_bytes(32, "little"))
    if point is None:
        raise ValueError("there is a base point")
    return point


def _point(data: bytes) -> tuple[int, int, int, int] | None:
    """Return the point that 32 bytes encode, None where they encode none."""
    y = int.from_bytes(data, "little")
    sign, y = y >> 255, y & (2**255 - 1)
    if y >= _P:
        return None
    u, v = (y * y - 1) % _P, (_D * y * y + 1) % _P
    x = u * pow(v, 3, _P) * pow(u * pow(v, 7, _P), (_P - 5) // 8, _P) % _P
    if (v * x * x + u) % _P == 0:
        x = x * _ROOT_OF_MINUS_ONE % _P
    if (v * x * x - u) % _P or (x == 0 and sign):
        return None
    if x & 1 != sign:
        x = _P - x
    return x, y, 1, x * y % _P


def _encoded(point: tuple[int, int, int, int]) -> bytes:
    x, y, z, _ = point
    inverse = pow(z, _P - 2, _P)
    return (y * inverse % _P | (x * inverse % _P & 1) << 255).to_bytes(32, "little")


def _sum(one: tuple[int, int, int, int], two: tuple[int, int, int, int]) -> tuple[int, int, int, int]:
    a = (one[1] - one[0]) * (two[1] - two[0]) % _P
    b = (one[1] + one[0]) * (two[1] + two[0]) % _P
    c = 2 * one[3] * two[3] * _D % _P
    d = 2 * one[2] * two[2] % _P
    e, f, g, h = b - a, d - c, d + c, b + a
    return e * f % _P, g * h % _P, f * g % _P, e * h % _P


def _times(number: int, point: tuple[int, int, int, int]) -> tuple[int, int, int, int]:
    result: tuple[int, int, int, int] = (0, 1, 1, 0)
    while number:
        if number & 1:
            result = _sum(result, point)
        point, number = _sum(point, point), number >> 1
    return result


if __name__ == "__main__":
    sys.exit(main())

"""Bundles: what is in them, and that nothing in them can be changed, left out or added."""

import ast
import json
import random
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from graph.log import NewRecord
from graph.proof import verify_bundle
from graph.proof.bundle import Bundle, BundleRejected, MapBehind, make_bundle
from graph.proof.keys import Signer, written
from graph.proof.proving import NotSealed, prove
from graph.proof.sealer import seal
from graph.proof.verify_bundle import Rejected, Verdict, read_keys, verify, verify_proof
from ontology.identity import canonical_json
from ontology.model import Claim, Extraction, encode_claim
from tests.graph import frozen
from tests.graph.articles import World, article, digest, strike
from tests.ontology.claim_strategies import ARTICLES, EXTRACTORS, claims

SIGNER = Signer.new("example.org/log")
KEYS = [SIGNER.public()]


@dataclass
class Sealed:
    world: World
    folder: Path
    claim: Claim

    def seal(self) -> None:
        seal(self.world.log, self.folder, SIGNER)

    def bundle(self) -> Bundle:
        return make_bundle(self.world.log, self.folder, self.world.content.get, self.claim.id, 42)

    def append(self, stream: str, type_: str, payload: dict[str, Any]) -> int:
        return self.world.log.append(stream, [NewRecord(type_, 1, payload)], actor="a person").last


@pytest.fixture
def sealed(tmp_path: Path) -> Sealed:
    world = World.at(tmp_path)
    world.fill(20)
    one = article(999)
    claim = strike(one)
    assert world.ingest(one, claim).last == 42
    for number in range(100, 130):
        other = article(number)
        world.ingest(other, strike(other))
    found = Sealed(world, tmp_path / "proof", claim)
    found.seal()
    return found


def check(data: bytes | dict[str, Any], **more: bool) -> Verdict:
    return verify(data if isinstance(data, bytes) else json.dumps(data).encode(), KEYS, **more)


def rejected(body: object) -> bool:
    try:
        verify(json.dumps(body).encode(), KEYS)
    except Rejected:
        return True
    return False


def test_a_bundle_shows_the_claim_its_words_and_every_record_that_touches_it(sealed: Sealed) -> None:
    made = sealed.bundle()
    verdict = check(made.data)
    text = article(999).text
    assert (verdict.claim, verdict.size, verdict.text_included) == (sealed.claim.id, made.size, True)
    assert [(r.position, r.type) for r in verdict.records] == [(41, "ArticleIngested"), (42, "ClaimsExtracted")]
    assert verdict.title == "غارة على الميناء 999"
    assert {quote.words for quote in verdict.quotes} >= {text, "غارة", "16 مدنياً", "دوار النخيل", "شهود عيان"}
    assert "records that touch it, all of them up to position" in verify_bundle.rendered(verdict)


def test_later_records_in_whatever_stream_are_in_the_bundle(sealed: Sealed) -> None:
    article_id, claim = article(999).id, sealed.claim.id
    mention = {"article": article_id, "claim": claim, "number": 1}
    found = [
        sealed.append("links", "LinkReviewed", {"links": [{"mentions": [mention]}]}),
        sealed.append("elsewhere", "ClaimRetracted", {"claim": claim, "reason": "wrong"}),
    ]
    found.append(sealed.append("links", "LinkReviewed", {"undoes": found[0]}))
    sealed.append("links", "LinkReviewed", {"links": [{"mentions": [{**mention, "article": "x", "claim": "c-x"}]}]})
    sealed.seal()
    data = sealed.bundle().data
    assert [r.position for r in check(data).records] == [41, 42, *found]
    body = json.loads(data)
    for at in range(len(body["records"])):  # none of them can be left out
        position = json.loads(body["records"][at]["body"])["position"]
        without = json.loads(data)
        del without["records"][at]
        assert rejected(without)
        for subject in without["subjects"]:
            subject["positions"] = [p for p in subject["positions"] if p != position]
        assert rejected(without)


def test_the_run_that_found_a_claim_touches_it(sealed: Sealed) -> None:
    run = next(iter(sealed.world.log.read(after=41, limit=1))).payload["run"]
    position = sealed.append("runs", "RunRetracted", {"run": run, "reason": "a bad lexicon"})
    sealed.seal()
    assert [r.position for r in check(sealed.bundle().data).records] == [41, 42, position]


def test_an_older_checkpoint_cannot_stand_in_a_newer_bundle(sealed: Sealed) -> None:
    old = json.loads(sealed.bundle().data)
    sealed.append("x", "ClaimRetracted", {"claim": sealed.claim.id})
    sealed.seal()
    new = json.loads(sealed.bundle().data)
    assert not rejected(old)  # it proves what it says, as of its own checkpoint
    for part in ("checkpoint", "records", "subjects"):
        assert rejected({**new, part: old[part]})


# ---------------------------------------------------------------------- the script's own copy of what ids follow from


@given(st.data())
def test_the_script_derives_ids_as_the_model_does(data: st.DataObject) -> None:
    """Where this fails, the model's rule was changed: bundles need a new format then, docs/proof.md the new rule."""
    one = data.draw(ARTICLES)
    claim = data.draw(claims(one)).with_id(one.id)
    body = encode_claim(claim)
    assert verify_bundle.canonical(body) == canonical_json(body)
    assert claim.id == f"c-{verify_bundle.derived('claim', one.id, verify_bundle.identifying(body))}"
    metadata = [one.publisher, one.url, one.published]
    assert one.id == verify_bundle.derived("article", one.text_sha256, *metadata)
    extraction = Extraction(one, data.draw(EXTRACTORS), (claim,))
    made = extraction.extractor
    assert extraction.run == verify_bundle.derived("run", one.id, made.name, made.version, made.lexicon)


# ---------------------------------------------------------------------- every field in turn


def forgeries(value: Any) -> Iterator[Any]:
    """Other values in the place of `value`."""
    if isinstance(value, str):
        for at in {0, len(value) // 2, len(value) - 1} if value else ():
            yield value[:at] + ("x" if value[at] != "x" else "y") + value[at + 1 :]
        yield from (value + "x", value[:-1], "", None, 7)
    elif value is None:
        yield from ("", "x", 0, [], {}, {"key": "x", "chain": "x"})
    elif isinstance(value, int):
        yield from (value + 1, value - 1, -value, str(value), None, float(value), True)
    elif isinstance(value, list):
        for at in range(len(value)):
            yield value[:at] + value[at + 1 :]
            yield [*value[: at + 1], *value[at:]]
        yield from (value[::-1], [], None, [*value, None], [*value, "x"], {})
    elif isinstance(value, dict):
        for name in value:
            yield {other: item for other, item in value.items() if other != name}
            yield {(f"{other}x" if other == name else other): item for other, item in value.items()}
        yield from ({**value, "more": 1}, {}, None, [])


def forged(value: Any) -> Iterator[tuple[str, Any]]:
    """Every document in which one thing differs from `value`, with its path."""
    for other in forgeries(value):
        if json.dumps(other) != json.dumps(value):
            yield "", other
    if isinstance(value, dict):
        for name, item in value.items():
            for path, other in forged(item):
                yield f"/{name}{path}", {**value, name: other}
    elif isinstance(value, list):
        for at, item in enumerate(value):
            for path, other in forged(item):
                yield f"/{at}{path}", [*value[:at], other, *value[at + 1 :]]


def test_every_field_forged_in_turn_is_rejected(sealed: Sealed) -> None:
    sealed.append("claims", "ClaimRetracted", {"claim": sealed.claim.id, "reason": "wrong"})
    sealed.seal()
    body = json.loads(sealed.bundle().data)
    assert not rejected(body)
    count, passed, paths = 0, [], set()
    for path, other in forged(body):
        count += 1
        paths.add(path)
        if not rejected(other):
            passed.append(path)
    assert not passed
    assert count > 1000
    assert {"/checkpoint", "/content/text", "/records/0/body", "/records/2/inclusion/0", "/quotes/1/words"} <= paths


def test_every_field_of_a_record_forged_in_turn_is_rejected(sealed: Sealed) -> None:
    body = json.loads(sealed.bundle().data)
    for at in range(2):
        record = json.loads(body["records"][at]["body"])
        for path, other in forged(record):
            entry = {**body["records"][at], "body": verify_bundle.canonical(other).decode()}
            changed = {**body, "records": [entry if n == at else one for n, one in enumerate(body["records"])]}
            assert rejected(changed), path


def test_bytes_changed_at_random_are_rejected_or_change_nothing(sealed: Sealed) -> None:
    data, chance = sealed.bundle().data, random.Random(4)
    body = json.loads(data)
    for _ in range(400):
        changed = bytearray(data)
        changed[chance.randrange(len(data))] ^= 1 << chance.randrange(8)
        try:
            check(bytes(changed))
        except Rejected:
            continue
        assert json.loads(changed) == body  # white space between the fields


def test_a_truncated_bundle_is_rejected(sealed: Sealed) -> None:
    data = sealed.bundle().data
    for end in {0, 1, 2, *range(100, len(data) - 2, 997), len(data) - 2}:
        with pytest.raises(Rejected):
            check(data[:end])


def test_names_that_stand_twice_are_rejected(sealed: Sealed) -> None:
    data = sealed.bundle().data.replace(b'"claim":', b'"claim": "c-other", "claim":', 1)
    with pytest.raises(Rejected, match="a name twice"):
        check(data)


def test_a_checkpoint_signed_by_another_key_is_rejected(sealed: Sealed) -> None:
    body = json.loads(sealed.bundle().data)
    for other in (Signer.new("example.org/log"), Signer.new("else.org/log")):
        text = body["checkpoint"].partition("\n\n")[0] + "\n"
        assert rejected({**body, "checkpoint": other.sign(text)})
        with pytest.raises(Rejected, match="not signed by"):
            verify(json.dumps(body).encode(), [other.public()])
    witnessed = body["checkpoint"] + Signer.new("witness.org").sign("x\n").rpartition("\n\n")[2]
    assert not rejected({**body, "checkpoint": witnessed})  # further signatures are for those who know their keys


def test_a_log_that_is_signed_but_false_shows_in_the_ids(sealed: Sealed, tmp_path: Path) -> None:
    """The keeper rewrites a claim and signs the new log: the claim's id follows from what it says."""
    world = World.at(tmp_path / "false")
    one = article(1)
    claim = strike(one)
    world.ingest(one, claim)
    payload = {**list(world.log.read())[1].payload}
    payload["claims"] = [{**payload["claims"][0], "type": "Takeover"}]
    world.log.append(f"article/{one.id}", [NewRecord("ClaimsExtracted", 1, payload)], actor="x")
    seal(world.log, tmp_path / "other", SIGNER)
    with pytest.raises(BundleRejected, match=r"different claims|does not follow"):
        make_bundle(world.log, tmp_path / "other", world.content.get, claim.id, 3)


# ---------------------------------------------------------------------- erased texts, states of the log


def test_a_bundle_of_the_first_form_is_still_checked(tmp_path: Path) -> None:
    """What was handed out of a log of schema 1 by the program of then: text and title plain, and no `cannot_show`."""
    with frozen.thawed("0.1.0") as log:
        seal(log, tmp_path / "proof", SIGNER)
        claim = next(record.payload["claims"][0]["id"] for record in log.read(types=("ClaimsExtracted",)))
        made = json.loads(make_bundle(log, tmp_path / "proof", frozen.contents("0.1.0").get, claim, 2).data)
    assert made.pop("cannot_show") == []
    words = {kind: made["content"][kind]["words"] for kind in ("text", "title")}
    old = {**made, "format": "waqai-bundle/1", "content": words}
    verdict = check(old)
    assert (verdict.claim, verdict.title, verdict.text_included) == (claim, words["title"], True)
    assert all(quote.words for quote in verdict.quotes)
    for wrong in (
        {**old, "cannot_show": []},
        {**old, "content": {**words, "text": words["text"] + " "}},
        {**old, "content": {**words, "title": "another"}},
        {**old, "content": made["content"]},
        {**old, "format": "waqai-bundle/2"},
        {**old, "format": "waqai-bundle/0"},
        {**old, "quotes": old["quotes"][1:]},
        {**old, "records": old["records"][1:]},
    ):
        assert rejected(wrong)
    assert not check(
        {**old, "content": {**words, "text": None}, "quotes": [{**quote, "words": None} for quote in old["quotes"]]},
        without_text=True,
    ).text_included


def test_without_the_text_a_bundle_is_accepted_only_if_asked(sealed: Sealed) -> None:
    made = sealed.bundle()
    one = article(999)
    sealed.world.path(digest(one)).unlink()
    erased = sealed.bundle()
    assert (made.text_included, erased.text_included) == (True, False)
    with pytest.raises(Rejected, match="--without-text"):
        check(erased.data)
    verdict = check(erased.data, without_text=True)
    assert not verdict.text_included
    assert {quote.words for quote in verdict.quotes} == {None}
    assert one.text not in erased.data.decode()
    assert "THE TEXT IS NOT IN THE BUNDLE" in verify_bundle.rendered(verdict)
    assert "nobody says that it was erased" in verdict.cannot_show[0]


def test_what_no_checkpoint_covers_has_no_bundle_and_no_proof(sealed: Sealed) -> None:
    one = article(1000)
    claim = strike(one)
    last = sealed.world.ingest(one, claim).last
    with pytest.raises(NotSealed, match="run waqai log checkpoint"):
        make_bundle(sealed.world.log, sealed.folder, sealed.world.content.get, claim.id, last)
    with pytest.raises(NotSealed):
        prove(sealed.world.log, sealed.folder, last)
    (sealed.folder / "subjects.sqlite").unlink()
    with pytest.raises(MapBehind):
        sealed.bundle()


# ---------------------------------------------------------------------- proof files, the script alone


def test_a_proof_file_proves_its_record_and_no_forged_one_does(sealed: Sealed) -> None:
    records = {record.position: record.body.decode() for record in sealed.world.log.read()}
    for position in (1, 42, len(records)):
        proof = prove(sealed.world.log, sealed.folder, position)
        assert verify_proof(proof.encode(), KEYS)[1:] == (position, records[position])
        lines = proof.split("\n")
        for at in range(lines.index("") + 5):
            for changed in ([*lines[:at], *lines[at + 1 :]], [*lines[: at + 1], *lines[at:]]):
                with pytest.raises(Rejected):
                    verify_proof("\n".join(changed).encode(), KEYS)
            if lines[at]:
                flipped = lines[at][:-2] + ("A" if lines[at][-2] != "A" else "B") + lines[at][-1]
                with pytest.raises(Rejected):
                    verify_proof("\n".join([*lines[:at], flipped, *lines[at + 1 :]]).encode(), KEYS)


def alone(folder: Path, *arguments: object, python: str = sys.executable) -> subprocess.CompletedProcess[str]:
    """Run the script from a folder of its own, by a Python that sees no package."""
    script = shutil.copy(Path(verify_bundle.__file__), folder / "verify_bundle.py")
    command = [python, "-I", "-S", str(script), *map(str, arguments)]
    return subprocess.run(command, capture_output=True, encoding="utf-8", timeout=120, check=False)


def test_the_script_alone_says_the_same_without_any_package(sealed: Sealed, tmp_path: Path) -> None:
    data = sealed.bundle().data
    bundle, key, proof = tmp_path / "b.json", tmp_path / "key.pub", tmp_path / "1.tlog-proof"
    bundle.write_bytes(data)
    key.write_text(f"# the log\n{written(KEYS[0])}\n", encoding="utf-8")
    proof.write_text(prove(sealed.world.log, sealed.folder, 1), encoding="utf-8")
    done = alone(tmp_path, bundle, "--key", key)
    assert (done.returncode, done.stdout.rstrip("\n")) == (0, verify_bundle.rendered(check(data)))
    assert json.loads(alone(tmp_path, bundle, "--key", written(KEYS[0]), "--json").stdout)["claim"] == sealed.claim.id
    assert alone(tmp_path, proof, "--key", key).stdout.startswith("verified: position 1 of example.org/log")
    bundle.write_bytes(data.replace(b"Airstrike", b"Airstrikf"))
    done = alone(tmp_path, bundle, "--key", key)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith("REJECTED: ")
    assert len(done.stderr.splitlines()) == 1
    for wrong in ("x", "a+b+c", tmp_path / "none"):
        assert alone(tmp_path, bundle, "--key", wrong).returncode == 2


@pytest.mark.parametrize("minor", range(8, 15))
def test_the_script_runs_on_every_python_from_3_8(sealed: Sealed, tmp_path: Path, minor: int) -> None:
    ast.parse(Path(verify_bundle.__file__).read_text(encoding="utf-8"), feature_version=(3, 8))
    python = shutil.which(f"python3.{minor}")
    if python is None or subprocess.run([python, "-c", ""], capture_output=True, check=False).returncode:
        pytest.skip(f"there is no Python 3.{minor} here")
    bundle = tmp_path / "b.json"
    bundle.write_bytes(data := sealed.bundle().data)
    done = alone(tmp_path, bundle, "--key", written(KEYS[0]), python=python)
    assert (done.returncode, done.stdout.rstrip("\n")) == (0, verify_bundle.rendered(check(data)))
    bundle.write_bytes(data.replace(b"Airstrike", b"Airstrikf"))
    assert alone(tmp_path, bundle, "--key", written(KEYS[0]), python=python).stderr.startswith("REJECTED: ")


def test_numbers_without_end_are_not_read(sealed: Sealed) -> None:
    for number in (2**53, -(2**53), 10**400, "9" * 1_000_000):
        data = sealed.bundle().data.replace(b'"positions": [', b'"positions": [%b, ' % str(number).encode(), 1)
        with pytest.raises(Rejected, match="no integer below 2\\*\\*53"):
            check(data)


def test_the_script_alone_refuses_bombs(sealed: Sealed, tmp_path: Path) -> None:
    bomb = tmp_path / "bomb.json"
    with bomb.open("wb") as file:
        file.truncate(1_000_000_000)
    done = alone(tmp_path, bomb, "--key", written(KEYS[0]))
    assert (done.returncode, "is larger than 16,000,000 bytes" in done.stderr) == (1, True)
    for data in (b"[" * 400_000, b"[" * 1_000_000, b"[" + b"{}," * 5_000_000 + b"1]", b"9" * 1_000_000, b'"\\ud800"'):
        bomb.write_bytes(data)
        done = alone(tmp_path, bomb, "--key", written(KEYS[0]))
        assert (done.returncode, done.stderr.startswith("REJECTED: ")) == (1, True), data[:20]


def test_words_of_an_article_do_not_act_on_the_terminal(sealed: Sealed) -> None:
    assert verify_bundle.shown("a\x1b[31m\u202eb") == "a [31m b"
    assert verify_bundle.shown("غارة\n") == "\u2068غارة \u2069"


def test_several_keys_may_stand_in_a_file(tmp_path: Path) -> None:
    other = Signer.new("example.org/log")
    (tmp_path / "keys").write_text(f"{written(other.public())}\n\n{written(KEYS[0])}\n", encoding="utf-8")
    assert read_keys(str(tmp_path / "keys")) == [other.public(), KEYS[0]]

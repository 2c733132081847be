"""The map of subjects against its definition; each answer verifies, and no other answer does."""

import random
from pathlib import Path

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from graph.log import LogDamaged, NewRecord, Record, SqliteLog
from graph.proof.subjects import Looked, MapDamaged, Subjects, Touched, named_positions, named_subjects, root_of
from graph.proof.verify_bundle import EMPTY, chained, leaf_hash, map_leaf, map_root, subject_key
from ontology.candidates import CANDIDATES_RECEIVED
from ontology.curations import (
    ARTICLE_CORRECTED,
    CLAIM_REINSTATED,
    CLAIM_RETRACTED,
    ENTITIES_MERGED,
    EVENT_SPLIT,
    EVENTS_MERGED,
    KEPT_APART,
    MERGE_REVERTED,
    RUN_REINSTATED,
    RUN_RETRACTED,
    ClaimOf,
    CorrectionKind,
    RunOf,
)
from ontology.erasures import (
    CONTENT_ERASED,
    CONTENT_RESTORED,
    ERASURES_STREAM,
    ErasedContent,
    Erasure,
    Restoration,
    content_erased,
    content_restored,
)
from ontology.identity import NotCanonical, canonical_json
from ontology.patches import QUADS_PATCHED
from ontology.records import CLAIMS_EXTRACTED, SCHEMA
from ontology.reviews import Decision
from tests.graph.articles import World, article
from tests.graph.curations import approve, curate, undo_curation
from tests.graph.proof import naive
from tests.graph.reviews import append, decided, mention, told, undo

NAMES = [f"article/{number:020x}" for number in range(3000)]


def body(position: int) -> bytes:
    return f"body {position}".encode()


def fill(subjects: Subjects, touches: list[list[str]], start: int = 1) -> None:
    size = start + len(touches) - 1
    entries = [(at, leaf_hash(body(at)), set(names)) for at, names in enumerate(touches, start)]
    subjects.extend(entries, size, lambda: b"root %d" % size)


def defined(touches: list[list[str]]) -> bytes:
    by_subject: dict[str, list[bytes]] = {}
    for position, names in enumerate(touches, 1):
        for name in set(names):
            by_subject.setdefault(name, []).append(body(position))
    return naive.map_root({naive.bits_of(name): naive.chain_of(bodies) for name, bodies in by_subject.items()})


def leads_to(looked: Looked, positions: tuple[int, ...] | None = None) -> bytes:
    """The root that an answer leads to, as a verifier computes it, also with other positions."""
    key, chain = subject_key(looked.subject), EMPTY
    for at in looked.positions if positions is None else positions:
        chain = chained(chain, leaf_hash(body(at)))
    end = map_leaf(*looked.other) if looked.other is not None else map_leaf(key, chain) if chain != EMPTY else EMPTY
    return map_root(key, end, list(looked.siblings))


@settings(max_examples=25, deadline=None)
@given(touches=st.lists(st.lists(st.sampled_from(NAMES[:40]), max_size=4), max_size=40), cut=st.integers(0, 40))
def test_the_root_is_the_defined_one_and_every_answer_verifies(
    tmp_path_factory: pytest.TempPathFactory, touches: list[list[str]], cut: int
) -> None:
    subjects = Subjects(tmp_path_factory.mktemp("map") / "subjects.sqlite")
    fill(subjects, touches[:cut])
    fill(subjects, touches[cut:], start=min(cut, len(touches)) + 1)
    root = subjects.root()
    assert root == defined(touches)
    for name in NAMES[:50]:
        looked = subjects.look(name)
        assert list(looked.positions) == [at for at, names in enumerate(touches, 1) if name in names]
        assert leads_to(looked) == root
        if looked.positions:  # one record fewer, one more, or none: another root
            assert leads_to(looked, looked.positions[:-1]) != root
            assert leads_to(looked, looked.positions[1:]) != root
            assert leads_to(looked, (*looked.positions, 99)) != root
    subjects.close()


def test_a_large_map_grows_in_steps_to_the_defined_root(tmp_path: Path) -> None:
    chance = random.Random(3)
    touches = [chance.sample(NAMES, k=3) for _ in range(2000)]
    subjects = Subjects(tmp_path / "subjects.sqlite")
    for start in range(0, 2000, 700):
        fill(subjects, touches[start : start + 700], start=start + 1)
    assert subjects.state() == (2000, b"root 2000")
    root = subjects.root()
    assert root == defined(touches)
    for name in [*chance.sample(NAMES, k=100), "claim/none", "run/none", "x"]:
        assert leads_to(subjects.look(name)) == root


@pytest.mark.parametrize("in_memory", [10**6, 500])
def test_the_root_is_computed_without_keeping_the_map(
    tmp_path: Path, in_memory: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("graph.proof.subjects._IN_MEMORY", in_memory)
    chance = random.Random(8)
    touches = [chance.sample(NAMES, k=2) for _ in range(1500)]
    entries = [(at, leaf_hash(body(at)), set(names)) for at, names in enumerate(touches, 1)]
    assert root_of(entries, tmp_path) == defined(touches)
    assert root_of([], tmp_path) == EMPTY


def test_a_forgotten_map_is_empty(tmp_path: Path) -> None:
    subjects = Subjects(tmp_path / "subjects.sqlite")
    fill(subjects, [["a"], ["b"]])
    subjects.reset()
    assert subjects.root() == EMPTY
    assert subjects.state() == (0, None)
    assert subjects.look("a") == Looked("a", (), (), None)


def test_a_file_that_is_no_map_is_refused(tmp_path: Path) -> None:
    (tmp_path / "subjects.sqlite").write_bytes(b"no database" * 100)
    with pytest.raises(MapDamaged, match="delete it and run waqai log checkpoint"):
        Subjects(tmp_path / "subjects.sqlite")


def test_a_record_has_the_subjects_that_it_names_and_those_of_the_records_that_it_names(tmp_path: Path) -> None:
    log = SqliteLog(tmp_path / "log.sqlite")
    payload = {"links": [{"mentions": [{"article": "a1", "claim": "c-1"}, {"article": "a2", "claim": "c-2"}]}]}
    log.append("links", [NewRecord("LinkReviewed", 1, payload)], actor="x")
    log.append("other", [NewRecord("LinkReviewed", 1, {"undoes": 1})], actor="x")
    log.append(
        "third",
        [NewRecord("LinkReviewed", 1, {"undoes": 2, "runs": ["r1", "r2"], "claims": [{"id": "c-9"}]})],
        actor="x",
    )
    log.append("s", [NewRecord("T", 1, {"article": 5, "claim": None, "text": "c-3"}, cause=1)], actor="x")
    touched = Touched(log)
    first, undo, redo, caused = (touched.subjects(at, body) for at, body in log.bodies())
    named = {"article/a1", "article/a2", "claim/c-1", "claim/c-2"}
    assert first == {"links", *named}
    assert undo == {"other", "links", *named}
    assert redo == {"third", "other", "links", "run/r1", "run/r2", *named}
    assert caused == {"s", "links", *named}


def test_a_record_names_no_later_record(tmp_path: Path) -> None:
    log = SqliteLog(tmp_path / "log.sqlite")
    log.append("s", [NewRecord("T", 1, {"undoes": 9}), NewRecord("T", 1, {"undoes": 2})], actor="x")
    log.append("s", [NewRecord("T", 1, {"undoes": True}, cause=1)], actor="x")
    assert [named_positions(body) for _, body in log.bodies()] == [set(), set(), {1}]


TEXTS = st.text(alphabet='ab"\\:,[]{}خ', max_size=8) | st.sampled_from(['"article":"x"', "article", '\\"claim":"y"'])
VALUES = st.recursive(
    TEXTS | st.integers(-5, 5) | st.none(),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from(["article", "claims", "run", "runs", "articled", "x", 'a"claim', "\\run"]), inner
        )
    ),
    max_leaves=12,
)


def walked(value: object) -> set[str]:
    """What docs/proof.md says, by walking the JSON."""
    found: set[str] = set()
    if isinstance(value, list):
        return found.union(*map(walked, value))
    if isinstance(value, dict):
        for name, item in value.items():
            kind = name.removesuffix("s")
            values = item if isinstance(item, list) and item and isinstance(item[0], str) else [item]
            if kind in ("article", "claim", "run"):
                found |= {f"{kind}/{one}" for one in values if isinstance(one, str)}
            found |= walked(item)
    return found


@given(
    st.dictionaries(st.sampled_from(["article", "claims", "run", "stream", "undoes", "y"]), VALUES | st.integers(1, 9)),
    st.text(min_size=1, max_size=9) | st.sampled_from(['a","stream":"b', '","cause":7,"key":', "\\", '"']),
    st.none() | st.integers(1, 9),
)
def test_the_subjects_of_a_body_are_those_of_its_fields(
    payload: dict[str, object], name: str, cause: int | None
) -> None:
    envelope = {"v": 1, "position": 8, "version": 1, "schema": 1, "recorded": "", "cause": cause, "payload": payload}
    try:
        body = canonical_json({**envelope, "stream": name, "type": name, "actor": name, "key": name})
    except NotCanonical:  # an unpaired surrogate
        assume(False)
    undone = payload.get("undoes")
    assert named_subjects(body) == {name} | walked(payload)
    assert named_positions(body) == {at for at in (cause, undone) if isinstance(at, int) and 0 < at < 8}


@pytest.mark.parametrize("body", [b"{}", b"[]", b"", b'{"actor":"x","stream":"s","type":"t","v":1,"version":1}'])
def test_what_is_no_record_names_nothing(tmp_path: Path, body: bytes) -> None:
    with pytest.raises(LogDamaged, match="position 7"):
        Touched(SqliteLog(tmp_path / "log.sqlite")).subjects(7, body)


# ---------------------------------------------------------------------- the records that there are


# What a service offered says nothing of a claim until a review takes it up; a merge leaves what claims say as it is.
ABOUT_NO_CLAIM = {CANDIDATES_RECEIVED, ENTITIES_MERGED, MERGE_REVERTED, KEPT_APART, QUADS_PATCHED}


def sample_records(tmp_path: Path) -> dict[str, tuple[Record, set[str]]]:
    """A record of each type on one claim, and the subjects that it must have so that no bundle can leave it out."""
    world = World.at(tmp_path)
    article_id, claim = told(1)
    world.ingest(article(1), claim)
    review = append(world, decided(Decision.CHOOSE, mention(1)))
    undone = append(world, undo(review))
    contents = (ErasedContent("text", "0" * 64),)
    for type_, payload in (
        (CONTENT_ERASED, content_erased(Erasure(article_id, contents, "a law", "a request"))),
        (CONTENT_RESTORED, content_restored(Restoration(article_id, contents, "it was withdrawn"))),
    ):
        world.log.append(ERASURES_STREAM, [NewRecord(type_, 1, payload)], actor="a person")
    curated = sample_curations(world, article_id, claim.id)
    first, second, *rest, erased, restored = world.log.read(upto=curated[0] - 1)
    own, run = {f"article/{article_id}"}, {f"run/{second.payload['run']}"}
    touched = Touched(world.log)
    both = {"links", f"claim/{claim.id}", *own}
    erasing = {ERASURES_STREAM, *own}
    for record, expected in (
        (first, own),
        (second, own | run),
        *((record, both) for record in rest),
        (erased, erasing),
        (restored, erasing),
    ):
        assert touched.subjects(record.position, record.body) == expected, record.type
    assert [record.position for record in rest] == [review, undone]
    return {record.type: (record, touched.subjects(record.position, record.body)) for record in world.log.read()}


def sample_curations(world: World, article: str, claim: str) -> list[int]:
    """Append a decision of each type on one claim, its run, or such a decision; return their positions."""
    one, (run,) = ClaimOf(article, claim), (r for r in world.log.read(types=(CLAIMS_EXTRACTED,)))
    runs = (RunOf(article, run.payload["run"]),)
    taken = [
        *(curate(world, type_, claims=(one,)) for type_ in (CLAIM_RETRACTED, CLAIM_REINSTATED, EVENTS_MERGED)),
        *(curate(world, type_, runs=runs) for type_ in (RUN_RETRACTED, RUN_REINSTATED)),
        curate(world, EVENT_SPLIT, parts=((one,), ())),
        curate(world, ARTICLE_CORRECTED, article=article, kind=CorrectionKind.WITHDRAWN),
    ]
    taken += [undo_curation(world, taken[0]), approve(world, taken[1])]
    touched = Touched(world.log)
    for position in taken:
        (record,) = world.log.read(after=position - 1, upto=position)
        of = {f"run/{run.payload['run']}"} if record.type in (RUN_RETRACTED, RUN_REINSTATED) else {f"claim/{claim}"}
        of = set() if record.type == ARTICLE_CORRECTED else of
        assert touched.subjects(position, record.body) == {"curation", f"article/{article}", *of}, record.type
    return taken


def test_every_type_of_record_names_the_claim_its_article_or_its_run(tmp_path: Path) -> None:
    """A new type belongs into the sample: without such a field a bundle could leave its records out (docs/proof.md)."""
    found = sample_records(tmp_path)
    assert set(found) == set(SCHEMA) - ABOUT_NO_CLAIM
    for record, subjects in found.values():
        assert any(subject.startswith(("article/", "claim/", "run/")) for subject in subjects), record.type

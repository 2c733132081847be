"""Stated totals in the graph: 343 = 327 + 16 is said of the claim of the total, as long as all three are in force."""

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pyoxigraph import DefaultGraph, NamedNode, Quad

from graph.audit import NoSuchTriple, explain_asked, read_triple
from graph.audit.findings import UNEXPLAINED
from graph.audit.text import render
from graph.audit.whole import WholeAudit
from graph.iris import Iris
from graph.log import NewRecord
from graph.store import GraphStore
from graph.terms import wq
from graph.travel.past import Past
from graph.travel.touching import touching
from ontology.curations import CLAIM_REINSTATED, CLAIM_RETRACTED, EVENTS_MERGED, ClaimOf
from ontology.model import Article, Claim, Extraction, Figure, Modality, Span, Trigger
from ontology.records import CLAIMS_EXTRACTED, article_stream, claims_extracted
from ontology.validation import validate
from ontology.vocabulary import PREFIXES
from tests.graph.articles import World, article
from tests.graph.curations import curate
from tests.graph.following import check_following, replayed
from tests.graph.reviews import LATER
from tests.graph.stream.folding import folded, lines
from tests.graph.stream.test_members import members_of, written
from tests.graph.travel.test_changes import at

TEXT = (
    "قُتل 343 شخصا في المحافظتين منذ الاثنين، فقد أحصى مرصد الوادي 327 قتيلا في محافظة النهر، وقُتل 16 شخصا في غارة "
    "على الميناء، و300 في الجبل و27 في السهل."
)
NUMBERS = ("343", "327", "16", "300", "27")
IRIS = Iris()


def of(number: int = 0) -> Article:
    return article(number, TEXT)


def told(words: str, number: int = 0, modality: Modality = Modality.ASSERTED) -> Claim:
    """The claim that so many died; sixteen died in a strike, the others are totals."""
    start = TEXT.index(words)
    span, value = Span(start, start + len(words)), int(words)
    return Claim(
        id="",
        type="Airstrike" if value == 16 else "CasualtyReport",
        modality=modality,
        trigger=Trigger(span, "قتيل", "casualties.noun.1"),
        evidence=(span,),
        figures=(Figure("killed", span, "figure.digits", low=value, best=value, high=value),),
    ).with_id(of(number).id)


def claim_of(words: str, number: int = 0) -> ClaimOf:
    return ClaimOf(of(number).id, told(words, number).id)


def node(words: str, number: int = 0) -> NamedNode:
    return IRIS.claim(told(words, number).id)


def again(world: World, *words: str, number: int = 0) -> None:
    """Append a run of a later extractor over the article, which finds these claims."""
    extraction = Extraction(of(number), LATER, tuple(told(one, number) for one in words))
    record = NewRecord(CLAIMS_EXTRACTED, 1, claims_extracted(extraction))
    world.log.append(article_stream(of(number).id), [record], actor="test")


@pytest.fixture
def world(tmp_path: Path) -> World:
    world = World.at(tmp_path)
    world.ingest(of(), *(told(words) for words in ("343", "327", "16")))
    return world


def graph_of(world: World) -> GraphStore:
    return GraphStore.in_memory(world.log, world.projector)


def sums(store: GraphStore, number: int = 0) -> dict[str, set[str]]:
    """The totals of an article and their parts, as the words that give them."""
    names = {node(words, number): words for words in NUMBERS}
    found: dict[str, set[str]] = {}
    for quad in store.quads(None, wq("sumsOver"), None, DefaultGraph()):
        if quad.subject in names:
            found.setdefault(names[quad.subject], set()).add(names[quad.object])  # type: ignore[index]
    return found


def test_the_total_names_its_parts_their_figures_and_the_rule(world: World) -> None:
    store = graph_of(world)
    assert sums(store) == {"343": {"327", "16"}}
    rows = store.query(
        "SELECT ?total ?part ?rule { ?claim wq:sum ?sum . ?sum a wq:Sum ; wq:category wq:Killed ; wq:sumRule ?rule ; "
        "wq:totalFigure/wq:best ?total ; wq:partFigure/wq:best ?part } ORDER BY ?part",
        prefixes=PREFIXES,
    ).rows()
    assert [tuple(term.value for term in row) for row in rows] == [("343", "16", "onlyWay"), ("343", "327", "onlyWay")]  # type: ignore[union-attr]
    dump = "".join(f"{quad} .\n" for quad in store.quads(None, None, None, DefaultGraph()))
    assert validate(dump.encode()).conforms


def test_fewer_parts_come_first(world: World) -> None:
    again(world, "300", "27")
    assert sums(graph_of(world)) == {"343": {"327", "16"}, "327": {"300", "27"}}, "two parts are fewer than three"


def test_a_total_is_a_sum_as_long_as_all_its_parts_are_in_force(world: World) -> None:
    taken = curate(world, CLAIM_RETRACTED, claims=(claim_of("16"),))
    assert sums(graph_of(world)) == {}
    curate(world, CLAIM_REINSTATED, claims=(claim_of("16"),))
    assert sums(graph_of(world)) == {"343": {"327", "16"}}
    with Past(world.content.folder.parent / "past", world.log, world.projector).at(taken) as past:
        assert sums(past) == {}  # type: ignore[arg-type]


def test_a_later_run_over_the_article_may_find_the_missing_part(tmp_path: Path) -> None:
    world = World.at(tmp_path)
    world.ingest(of(), told("343"), told("327"))
    store = graph_of(world)
    assert sums(store) == {}
    again(world, "16")
    store.catch_up(world.log)
    assert sums(store) == {"343": {"327", "16"}}


def test_the_history_of_a_total_has_the_record_that_took_a_part_away(world: World) -> None:
    taken = curate(world, CLAIM_RETRACTED, claims=(claim_of("16"),))
    assert taken in touching(graph_of(world), node("343").value)


@pytest.mark.parametrize(
    "line",
    [
        f"{node('343')} <{wq('sumsOver').value}> {node('16')} .",
        f"{node('343')} <{wq('sum').value}> <{node('343').value}/sum/killed> .",
        f"<{node('343').value}/sum/killed> <{wq('partFigure').value}> <{node('327').value}/figure/1> .",
    ],
    ids=["sumsOver", "sum", "partFigure"],
)
def test_the_audit_of_a_sum_shows_the_total_and_its_parts(world: World, line: str) -> None:
    store = graph_of(world)
    found = explain_asked(store, world.log, world.content.get, read_triple(line, store.iris))
    assert {claim.iri for claim in found.claims} == {node(words).value for words in ("343", "327", "16")}
    assert found.passed
    assert found.together
    assert "343 = 327 + 16 (killed): no other figures of the article, as few, add up to it" in render(found)


def test_a_sum_that_is_gone_says_who_took_it_away(world: World) -> None:
    taken = curate(world, CLAIM_RETRACTED, claims=(claim_of("16"),))
    store = graph_of(world)
    line = f"{node('343')} <{wq('sumsOver').value}> {node('327')} ."
    found = explain_asked(store, world.log, world.content.get, read_triple(line, store.iris))
    assert not found.stands
    assert found.before is not None
    assert found.before.until.position == taken
    never = f"{node('327')} <{wq('sumsOver').value}> {node('16')} ."
    with pytest.raises(NoSuchTriple):
        explain_asked(store, world.log, world.content.get, read_triple(never, store.iris))


def test_the_audit_of_the_whole_graph_adds_up_what_is_said_to_be_a_sum(world: World) -> None:
    assert not list(WholeAudit(graph_of(world), world.log, world.content.get).findings())
    for wrong in (
        Quad(node("327"), wq("sumsOver"), node("16")),
        Quad(
            NamedNode(f"{node('343').value}/sum/killed"), wq("partFigure"), NamedNode(f"{node('343').value}/figure/1")
        ),
    ):
        store = graph_of(world)
        store._store.add(wrong)
        found = list(WholeAudit(store, world.log, world.content.get).findings())
        triple = f"{wrong.subject} {wrong.predicate} {wrong.object}"
        assert (UNEXPLAINED, triple) in {(one.kind, one.what) for one in found}


STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("again"), st.integers(0, 1), st.lists(st.sampled_from(NUMBERS), max_size=3)),
        st.tuples(st.just("turn"), st.booleans(), st.integers(0, 1), st.sampled_from(NUMBERS)),
        st.tuples(st.just("merge"), st.lists(st.sampled_from(NUMBERS), min_size=2, max_size=3, unique=True)),
    ),
    max_size=8,
)


def follow(world: World, steps: list[tuple[object, ...]]) -> None:
    for number in (0, 1):
        world.ingest(of(number), *(told(words, number) for words in ("343", "327", "16")[: 2 + number]))
    for step in steps:
        match step:
            case ("again", int(number), list(words)):
                again(world, *words, number=number)
            case ("turn", bool(out), int(number), str(words)):
                type_ = CLAIM_RETRACTED if out else CLAIM_REINSTATED
                curate(world, type_, claims=(claim_of(words, number),))
            case ("merge", list(words)):
                curate(world, EVENTS_MERGED, claims=tuple(claim_of(one, at % 2) for at, one in enumerate(words)))


@settings(max_examples=40, deadline=None)
@given(steps=STEPS, batches=st.lists(st.integers(1, 4), min_size=1, max_size=8))
def test_following_gives_the_bytes_of_a_rebuild_and_the_audit_finds_nothing(
    tmp_path_factory: pytest.TempPathFactory, steps: list[tuple[object, ...]], batches: list[int]
) -> None:
    folder = tmp_path_factory.mktemp("world")
    world = World.at(folder)
    follow(world, steps)
    check_following(folder, world, batches)
    assert not list(WholeAudit(graph_of(world), world.log, world.content.get).findings())


@settings(max_examples=20, deadline=None)
@given(steps=STEPS)
def test_the_stream_folds_to_the_graph_and_histories_have_every_change(
    tmp_path_factory: pytest.TempPathFactory, steps: list[tuple[object, ...]]
) -> None:
    world = World.at(tmp_path_factory.mktemp("world"))
    follow(world, steps)
    stream = lines(written(members_of(world), world.projector.iris))
    known = touching(graph_of(world), node("343").value)
    before: dict[str, set[str]] = {}
    for position in range(1, world.log.head() + 1):
        assert folded(stream, position) == replayed(world, position), position
        now = sums(at(world, position))
        assert now == before or position in known
        before = now

"""CPU time that a graph takes to follow one article, by kind of work, in batches of several sizes.

Articles of the kind that agencies send, 60 of them read by the extractor and told again and again under other names,
come to a graph of the demo's claims (`WAQAI_BENCH_CLAIMS`, default 1,000); `WAQAI_BENCH_ARTICLES` is how many (default
400). What the engine did is then done again to copies of the graph in other ways, and in its memory. All is CPU time of
the process in milliseconds an article, so it does not grow where other programs take the cores, or not by much.
"""

import contextlib
import functools
import os
import shutil
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

from pyoxigraph import RdfFormat, Store

from graph.content import ContentStore
from graph.events.index import EventIndex
from graph.log import SqliteLog
from graph.projection import Projector, Statement, Statements
from graph.search.index import WordIndex
from graph.store import GraphStore
from graph.store.following import Follower

ARTICLES: Final = int(os.environ.get("WAQAI_BENCH_ARTICLES", "400"))
BATCHES: Final = (2, 64, 256)  # records; an article has two
KINDS: Final[tuple[tuple[str, type, tuple[str, ...]], ...]] = (
    ("written to the engine", GraphStore, ("_write",)),
    ("which events change", EventIndex, ("between", "turn")),
    ("what events state", Projector, ("_stated",)),
    ("what records state", Projector, ("_together",)),
    ("index of words", WordIndex, ("take",)),
    ("what a batch adds and removes", Follower, ("_collected",)),
)


@dataclass(frozen=True, slots=True)
class _Written:
    added: Statements
    removed: set[Statement]


def run() -> Iterator[str]:
    """Yield the lines of the report."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        first, claims = _data(folder)
        yield f"{ARTICLES} articles with {claims:,} claims, CPU time an article; load {os.getloadavg()[0]:.1f} before"
        columns, written = [], dict[int, list[_Written]]()
        for batch in BATCHES:
            spent, written[batch] = _followed(folder, first, batch)
            columns.append(spent)
        yield f"{'records in a batch':<34} {' '.join(f'{batch:>9}' for batch in BATCHES)}"
        for kind in (*(name for name, _, _ in KINDS), "the rest", "in all"):
            yield f"{kind:<34} {' '.join(f'{spent[kind] / ARTICLES * 1000:>6.2f} ms' for spent in columns)}"
        added, removed = (
            [sum(map(size, written[batch])) / ARTICLES for batch in BATCHES]
            for size in (lambda one: one.added.count(), lambda one: len(one.removed))
        )
        yield f"{'quads added, removed':<34} {' '.join(map('{:>8.0f},{:>3.0f}'.format, added, removed))}"
        yield "the same statements, added and removed by the engine alone"
        for way, write in WAYS.items():
            costs = [_again(folder, written[batch], write, memory=way == "in memory") for batch in BATCHES]
            yield f"{way:<34} {' '.join(f'{cost / ARTICLES * 1000:>6.2f} ms' for cost in costs)}"
        yield f"load {os.getloadavg()[0]:.1f} after"


def _data(folder: Path) -> tuple[int, int]:
    """Make the log and the graph of its first part; return where that ends, and how many claims follow."""
    from api.extraction import extract, load_extractor
    from graph.store import rebuild
    from tests.benchmarks.newsroom import articles
    from tests.benchmarks.rebuild import append, fill

    fill(folder, int(os.environ.get("WAQAI_BENCH_CLAIMS", "1000")))
    with SqliteLog(folder / "log.sqlite") as log:
        first = log.head()
        rebuild(folder / "graph", log, Projector.of(log, ContentStore(folder / "content").get))
    pipeline = load_extractor()
    patterns = [(one, extract(pipeline, one)) for one in articles(60)]
    made = append(folder, patterns, 1_000_000)
    return first, sum(next(made) for _ in range(ARTICLES))


def _followed(folder: Path, first: int, batch: int) -> tuple[Counter[str], list[_Written]]:
    """Follow the log from `first` on; return what each kind of work took, in seconds, and what was written."""
    place, written = folder / "followed", list[_Written]()
    shutil.copytree(folder / "graph", place)
    spent = Counter[str]()

    def noted(self: GraphStore, added: Statements, removed: set[Statement], position: int) -> None:
        written.append(_Written(replace(added, common=self._known.news(added.common)), removed))
        write(self, added, removed, position)

    try:
        with SqliteLog(folder / "log.sqlite") as log, contextlib.ExitStack() as stack:
            projector = Projector.of(log, ContentStore(folder / "content").get)
            projector.events.of("", first)  # the index of events is as far as the graph is
            graph = stack.enter_context(GraphStore.open(place, projector))
            for kind, owner, names in KINDS:
                for name in names:
                    _replaced(stack, owner, name, _timed(getattr(owner, name), kind, spent))
            write = GraphStore._write
            _replaced(stack, GraphStore, "_write", noted)
            started = time.process_time()
            graph.catch_up(log, batch=batch)
            whole = time.process_time() - started
    finally:
        shutil.rmtree(place, ignore_errors=True)
    spent["the rest"] = whole - sum(spent.values())
    spent["in all"] = whole
    return spent, written


_STACK: Final[list[float]] = []  # what calls within the one that runs have taken


def _timed(function: Callable[..., Any], kind: str, spent: Counter[str]) -> Callable[..., Any]:
    @functools.wraps(function)
    def timed(*arguments: Any, **named: Any) -> Any:
        started = time.process_time()
        _STACK.append(0.0)
        try:
            return function(*arguments, **named)
        finally:
            took = time.process_time() - started
            spent[kind] += took - _STACK.pop()
            if _STACK:
                _STACK[-1] += took

    return timed


def _replaced(stack: contextlib.ExitStack, owner: type, name: str, by: Callable[..., Any]) -> None:
    stack.callback(setattr, owner, name, getattr(owner, name))
    setattr(owner, name, by)


def _again(folder: Path, written: list[_Written], write: Callable[[Store, _Written], None], *, memory: bool) -> float:
    """Write to a copy of the graph and return the CPU seconds that it took, with those of the engine's threads."""
    place = folder / "again"
    shutil.copytree(next(path for path in (folder / "graph").iterdir() if path.is_dir()), place)
    try:
        store = Store(place)
        if memory:
            lines = store.dump(format=RdfFormat.N_QUADS)
            store = Store()
            store.bulk_load(lines, RdfFormat.N_QUADS, lenient=True)
        started = time.process_time()
        for one in written:
            write(store, one)
        return time.process_time() - started
    finally:
        del store
        shutil.rmtree(place, ignore_errors=True)


def _update(store: Store, one: _Written) -> None:
    inserted = "\n".join(_graph(" .\n".join(triples), graph) for graph, triples in one.added.lists() if triples)
    store.update(f"DELETE DATA {{ {_removed(one)} }} ;\nINSERT DATA {{ {inserted} }}")


def _load(store: Store, one: _Written) -> None:
    store.load(one.added.text(), RdfFormat.N_QUADS, lenient=True)
    store.update(f"DELETE DATA {{ {_removed(one)} }}")


def _bulk_load(store: Store, one: _Written) -> None:
    store.bulk_load(one.added.text().encode(), RdfFormat.N_QUADS, lenient=True)
    store.update(f"DELETE DATA {{ {_removed(one)} }}")


def _removed(one: _Written) -> str:
    return "\n".join(_graph(triple, graph) for triple, graph in one.removed)


def _graph(triples: str, graph: str) -> str:
    return f"GRAPH {graph} {{ {triples} . }}" if graph else f"{triples} ."


WAYS: Final = {
    "one update": _update,
    "load, then remove": _load,
    "bulk load, then remove": _bulk_load,
    "in memory": _load,
}


if __name__ == "__main__":
    for line in run():
        print(line, flush=True)

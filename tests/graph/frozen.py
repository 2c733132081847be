"""Logs of released versions, frozen: their records, byte for byte, the contents they name, and the graph they gave.

`python -m tests.graph.frozen` writes the fingerprint that the present projection gives for each of them, after a change
of PROJECTION_VERSION; `python -m tests.graph.frozen NAME` freezes a new log under the name of a release.
"""

import base64
import hashlib
import io
import json
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import orjson

from graph.log import SqliteLog
from graph.log.drafts import Row, microseconds, record_of
from graph.projection import PROJECTION_VERSION, Projector
from graph.store import GraphStore
from ontology.identity import sha256_hex

FIXTURES = Path(__file__).parent / "fixtures"


def names() -> list[str]:
    return sorted(path.name for path in FIXTURES.iterdir() if path.is_dir())


def bodies(name: str) -> list[bytes]:
    return (FIXTURES / name / "log.jsonl").read_bytes().splitlines()


def contents(name: str) -> dict[str, bytes]:
    """Return the frozen contents by digest: plain texts of schema 1, and sealed ones in base64."""
    listed: list[Any] = json.loads((FIXTURES / name / "contents.json").read_text(encoding="utf-8"))
    stored = (text.encode() if isinstance(text, str) else base64.b64decode(text["sealed"]) for text in listed)
    return {sha256_hex(data): data for data in stored}


def fingerprints(name: str) -> dict[str, dict[str, Any]]:
    found: dict[str, dict[str, Any]] = json.loads((FIXTURES / name / "graph.json").read_text(encoding="utf-8"))
    return found


def rows(name: str) -> list[Row]:
    """Return the rows that a log holds for the frozen records: all of them follow from the bodies."""
    from datetime import datetime

    found = []
    for position, body in enumerate(bodies(name), start=1):
        one = record_of(position, body)
        moment = microseconds(datetime.fromisoformat(one.recorded))
        found.append(Row(one.position, one.stream, one.version, one.type, one.key, moment, body))
    return found


@contextmanager
def thawed(name: str) -> Iterator[SqliteLog]:
    """A log that holds the frozen records."""
    with tempfile.TemporaryDirectory() as folder, SqliteLog(Path(folder) / "log.sqlite") as log:
        with log.writing() as transaction:
            transaction.insert(rows(name))
        yield log


def fingerprint(log: SqliteLog, known: dict[str, bytes]) -> dict[str, Any]:
    """Return number and SHA-256 of the quads that the present projection gives."""
    out = io.BytesIO()
    quads = GraphStore.in_memory(log, Projector.of(log, known.get)).dump(out)
    return {"quads": quads, "sha256": hashlib.sha256(out.getvalue()).hexdigest()}


def _record(name: str) -> None:
    with thawed(name) as log:
        given = fingerprint(log, contents(name))
    path = FIXTURES / name / "graph.json"
    known = fingerprints(name) if path.exists() else {}
    path.write_text(json.dumps({**known, str(PROJECTION_VERSION): given}, indent=2) + "\n", encoding="utf-8")


def _freeze(name: str) -> None:
    """Freeze a log of two demo articles as the pipeline reads them, and of claims with every kind of review.

    One article more is erased, one erased and given back, one erased with its origin and claims; one outside service
    was asked. What is erased stays frozen, so that a projection that hands it out is found.
    """
    from api.commands.demo import ARTICLES
    from api.extraction import extract, load_extractor
    from graph.erasing import erase, plan, restore
    from graph.log import NewRecord
    from ingest.readers import Limits, Overrides, read_path
    from ontology.candidates import (
        CANDIDATES_RECEIVED,
        CANDIDATES_RECEIVED_SCHEMA,
        CANDIDATES_STREAM,
        Offer,
        Received,
        candidates_received,
    )
    from ontology.model import Article
    from ontology.records import (
        ARTICLE_INGESTED,
        CLAIMS_EXTRACTED,
        SCHEMA,
        article_ingested,
        article_stream,
        claims_extracted,
        sealed_contents,
    )
    from ontology.reviews import Decision
    from tests.graph.articles import KEY, STRIKE, World, article, strike
    from tests.graph.reviews import append, decided, ingest_again, mention, told, undo

    folder = FIXTURES / name
    folder.mkdir(parents=True)
    known: list[bytes] = []
    with tempfile.TemporaryDirectory() as place:
        world = World.at(Path(place))
        pipeline = load_extractor()
        read = read_path(ARTICLES / "articles.jsonl", Overrides(), Limits())
        chosen = [item for item in read if isinstance(item, Article) and item.external_id in ("demo-04", "demo-10")]
        assert len(chosen) == 2
        for one in chosen:
            payload, given = article_ingested(one, KEY)
            known += given
            records = [
                NewRecord(ARTICLE_INGESTED, SCHEMA[ARTICLE_INGESTED], payload),
                NewRecord(CLAIMS_EXTRACTED, SCHEMA[CLAIMS_EXTRACTED], claims_extracted(extract(pipeline, one))),
            ]
            world.log.append(article_stream(one.id), records, actor="waqai ingest", key=f"ingest:{one.id}")
        for number in (1, 2):
            known += article_ingested(article(number), KEY)[1]
            world.ingest(article(number), told(number)[1])
        others = {number: article(number, f"{STRIKE} رقم {number}") for number in (3, 4, 5)}
        for one in others.values():
            known += article_ingested(one, KEY)[1]
            world.ingest(one, strike(one))
        for decision in (Decision.ACCEPT, Decision.CHOOSE, Decision.REJECT, Decision.LOCAL, Decision.RELINK):
            last = append(world, decided(decision, mention(1), mention(2)))
        append(world, undo(last))
        ingest_again(world, 1, told(1)[1])
        question = Received(
            "https://service.example/api",
            "Places",
            "0.2",
            sha256_hex(b"{}"),
            (Offer("Q1", "Al-Mina", "https://service.example/Q1", "87.5", match=True),),
        )
        asked = NewRecord(CANDIDATES_RECEIVED, CANDIDATES_RECEIVED_SCHEMA, candidates_received(question))
        world.log.append(CANDIDATES_STREAM, [asked], actor="test")
        erasures, content = world.projector.erasures, world.projector.content
        for number, everything in ((3, False), (4, False), (5, True)):
            more = {"with_origin": everything, "with_claims": everything}
            doomed = plan(world.log, content, erasures, [others[number].id], basis="a law", reason="a request", **more)
            erase(world.log, world.content, erasures, doomed, actor="test")
        back = sealed_contents(others[4], KEY).items()
        restore(world.log, world.content, erasures, others[4].id, back, reason="withdrawn", actor="test")
        (folder / "log.jsonl").write_bytes(b"".join(record.body + b"\n" for record in world.log.read()))
    listed = [{"sealed": base64.b64encode(data).decode()} for data in sorted(set(known))]
    (folder / "contents.json").write_bytes(orjson.dumps(listed, option=orjson.OPT_INDENT_2) + b"\n")
    _record(name)


def _freeze_patches(name: str) -> None:
    """Freeze a log of an article and of curation graphs that were written, cleared, and taken back."""
    from ontology.patches import GraphPatch, Patch
    from tests.graph.articles import World, article
    from tests.graph.patches import append, patched
    from tests.graph.reviews import told

    folder = FIXTURES / name
    folder.mkdir(parents=True)
    with tempfile.TemporaryDirectory() as place:
        world = World.at(Path(place))
        world.ingest(article(1), told(1)[1])
        patched(world, "INSERT { GRAPH <graphs/seen> { ?e ex:seen 01 , 'نعم'@AR , true } } WHERE { ?c wq:about ?e }")
        patched(world, "INSERT DATA { GRAPH <graphs/notes/a.ttl> { ex:n ex:about [ ex:of <id/event/0a> ] } }")
        last = patched(
            world, "DELETE { GRAPH <graphs/seen> { ?s ?p true } } WHERE { GRAPH <graphs/seen> { ?s ?p true } }"
        )
        assert last is not None
        (gone,) = world.projector.patches.patch(last.first).graphs
        append(
            world,
            Patch((GraphPatch(gone.graph, (), gone.removed),), "it was right", "undo", last.first, undoes=last.first),
        )
        _write(folder, world, 1)


def _freeze_curations(name: str) -> None:
    """Freeze a log of articles and of every kind of decision on their claims, runs, events, actors and places."""
    from ontology.curations import (
        ENTITIES_MERGED,
        EVENT_SPLIT,
        EVENTS_MERGED,
        KEPT_APART,
        MERGE_REVERTED,
        RUN_REINSTATED,
        RUN_RETRACTED,
        CorrectionKind,
        EntityKind,
        Successor,
    )
    from tests.graph.articles import World, article
    from tests.graph.curations import (
        ACTORS,
        approve,
        claim_of,
        correct,
        curate,
        reinstate,
        retract,
        run_of,
        undo_curation,
    )
    from tests.graph.reviews import MACHINE, OTHER, told

    folder = FIXTURES / name
    folder.mkdir(parents=True)
    with tempfile.TemporaryDirectory() as place:
        world = World.at(Path(place))
        for number in range(4):
            world.ingest(article(number), told(number)[1])
        retract(world, 0)
        reinstate(world, 0, actor="judge")
        retract(world, 1, needs_approval=True)
        approve(world, retract(world, 2, needs_approval=True))
        curate(world, RUN_RETRACTED, runs=(run_of(3),), batch="evening")
        curate(world, RUN_REINSTATED, runs=(run_of(3),), batch="evening")
        correct(world, 0, kind=CorrectionKind.NOTICE, successor=Successor(article(1).id))
        places = EntityKind.PLACE
        kept = curate(world, KEPT_APART, entity=places, apart=(MACHINE.id, OTHER.id))
        undo_curation(world, kept)
        merged = curate(world, ENTITIES_MERGED, entity=places, into=OTHER.id, merged=(MACHINE.id,))
        curate(world, ENTITIES_MERGED, entity=EntityKind.ACTOR, into=ACTORS[0], merged=(ACTORS[1],))
        curate(world, MERGE_REVERTED, undoes=merged)
        curate(world, EVENTS_MERGED, claims=(claim_of(0), claim_of(1)))
        curate(world, EVENT_SPLIT, parts=((claim_of(0),), (claim_of(1),)))
        _write(folder, world, 4)


def _write(folder: Path, world: Any, articles: int) -> None:
    """Write the log of `world`, and the contents of its articles below the number `articles` + 1."""
    from tests.graph.articles import KEY, article

    (folder / "log.jsonl").write_bytes(b"".join(record.body + b"\n" for record in world.log.read()))
    data = {content for number in range(articles + 1) for content in article_contents(article(number), KEY)}
    kept = sorted(one for one in data if world.content.get(sha256_hex(one)) is not None)
    listed = [{"sealed": base64.b64encode(one).decode()} for one in kept]
    (folder / "contents.json").write_bytes(orjson.dumps(listed, option=orjson.OPT_INDENT_2) + b"\n")
    _record(folder.name)


def article_contents(one: Any, key: bytes) -> list[bytes]:
    from ontology.records import article_ingested

    return article_ingested(one, key)[1]


if __name__ == "__main__":
    kinds = {"patches": _freeze_patches, "curations": _freeze_curations}
    for new in sys.argv[1:]:
        kinds.get(new.rpartition("-")[2], _freeze)(new)
    for frozen in names():
        _record(frozen)

"""`waqai replicate`: a replica of a server's graph, over real connections."""

import hashlib
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
import uvicorn

from api.app import create_app
from api.settings import Settings
from api.workspace import Workspace
from ontology.records import decode_claims_extracted
from ontology.reviews import Decision, LinkReview, Mention, Relinked
from tests.api.fakes import FakeExtractor, arabic_article, english_article
from tests.api.test_ldes_endpoint import more, origin
from tests.api.test_proof_commands import as_json, done, refused, run
from tests.api.test_server import free_port
from tests.graph.reviews import OTHER


class Live:
    """A server in a thread, on a socket of this machine."""

    def __init__(self, folder: Path) -> None:
        self.port = free_port()
        self.address = f"http://127.0.0.1:{self.port}/"
        self.workspace = Workspace(folder, extractor=FakeExtractor(), base_iri=self.address)
        self._server: uvicorn.Server | None = None
        self._thread: threading.Thread | None = None

    def start(self, **given: object) -> None:
        settings = Settings(data=self.workspace.data, base_iri=self.address, **{"stream_records": 3, **given})  # type: ignore[arg-type]
        app = create_app(self.workspace, settings)
        self._server = uvicorn.Server(uvicorn.Config(app, "127.0.0.1", self.port, log_level="error"))
        self._thread = threading.Thread(target=self._server.run, daemon=True)
        self._thread.start()
        while not self._server.started:
            self._thread.join(0.02)

    def stop(self) -> None:
        if self._server is not None and self._thread is not None:
            self._server.should_exit = True
            self._thread.join()


@pytest.fixture
def live(tmp_path: Path) -> Iterator[Live]:
    found = Live(tmp_path / "origin")
    for article in (arabic_article(), english_article()):
        found.workspace.ingest(article)
    found.start()
    yield found
    found.stop()
    found.workspace.close()


def review(workspace: Workspace) -> None:
    """Decide that the first place of the first article is another one."""
    extracted = decode_claims_extracted(next(workspace.log.read(after=1, upto=2)).payload)
    claim = next(claim for claim in extracted.claims if claim.places)
    link = Relinked((Mention(extracted.article, claim.id, 1),), claim.places[0].id, OTHER)
    decided = LinkReview(Decision.CHOOSE, "seen on the map", (link,))
    workspace.review(decided, actor="tester", expected=workspace.reviews.version())


def test_a_replica_has_the_fingerprint_of_its_origin(live: Live) -> None:
    said = done("replicate", f"{live.address}ldes", "copy", "--output", "copy.nq")
    digest = hashlib.sha256(origin(live.workspace)).hexdigest()
    assert said == f"the replica is at position 4: {len(origin(live.workspace).splitlines())} quads, sha256 {digest}\n"
    assert Path("copy.nq").read_bytes() == origin(live.workspace)
    for number in range(5):
        more(live.workspace, number)
    review(live.workspace)
    body = as_json("replicate", f"{live.address}ldes", "copy")
    assert (body["since"], body["position"]) == (4, 15)
    found = live.workspace.graph().fingerprint()
    assert (body["quads"], body["sha256"]) == (found.quads, found.sha256)


def test_this_machine_may_be_named_otherwise_than_its_base_iri_does(live: Live) -> None:
    """The stream is under the base IRI, which for a server that was just tried out is another name of this machine."""
    body = as_json("replicate", f"http://localhost:{live.port}/ldes", "copy")
    assert body["sha256"] == live.workspace.graph().fingerprint().sha256


def test_a_server_of_another_projection_is_another_stream(live: Live) -> None:
    done("replicate", f"{live.address}ldes", "copy")
    live.stop()
    live.start(stream_records=4)
    refused(run("replicate", f"{live.address}ldes", "copy"), "the stream is another one now", "another folder")
    assert as_json("replicate", f"{live.address}ldes", "new")["position"] == 4


def test_what_cannot_be_replicated_is_one_sentence(live: Live, tmp_path: Path) -> None:
    refused(run("replicate", f"{live.address}nothing", "copy"), f"127.0.0.1:{live.port} answered with the status 404")
    refused(run("replicate", f"{live.address}events", "copy"), "is no node of an event stream")
    refused(run("replicate", f"http://127.0.0.1:{free_port()}/ldes", "copy"), "broke the connection")
    refused(run("replicate", "ftp://x.example/", "copy"), "no http or https address")
    (tmp_path / "file").write_text("x", encoding="utf-8")
    refused(run("replicate", f"{live.address}ldes", "file"), "name another folder")
    refused(run("replicate", f"{live.address}ldes", "copy", "--output", "none/copy.nq"), "cannot be written")
    refused(run("replicate", f"{live.address}ldes", "copy", "--format", "yaml"), "--format", code=2)


def test_pages_beyond_the_limit_are_refused(live: Live, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WAQAI_REPLICATE_BYTES", "3000")
    refused(run("replicate", f"{live.address}ldes", "copy"), "more than the 3,000 allowed")


def test_a_stream_leads_to_no_other_server(live: Live, tmp_path: Path) -> None:
    """What a stream names is data of somebody else: it must not make this machine ask others."""
    asked: list[str] = []

    class Elsewhere(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)
            here = f"http://127.0.0.1:{self.server.server_address[1]}/ldes"
            body = (
                f"<{here}#s> <https://w3id.org/tree#view> <{here}> .\n"
                f"<{here}> <https://w3id.org/tree#relation> <{here}#r> .\n"
                f"<{here}#r> <https://w3id.org/tree#node> <{live.address}ldes> .\n"
            ).encode()
            self.send_response(200)
            self.send_header("content-type", "application/n-quads")
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Elsewhere)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        result = run("replicate", f"http://127.0.0.1:{server.server_address[1]}/ldes", "copy")
        refused(result, "leads to another server")
        assert len(asked) == 2
    finally:
        server.shutdown()
        server.server_close()

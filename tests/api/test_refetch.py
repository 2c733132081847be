"""The addresses of articles asked again: what changed, what is gone, and what is never asked."""

import json
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from api.cli import app
from api.decisions import Order, UnknownSubject
from api.reconciliation.fetching import Bounds, Got, Unreachable
from api.refetching import Asked, Pace, State, Validators, chosen, refetch
from api.revisions import Revisions
from api.webpages import got_page
from api.workspace import Workspace
from ingest.readers import Limits
from tests.api.test_revisions import FIRST, LATER, killed

BOUNDS = Bounds(5.0, 100_000, 2)


@dataclass
class Site:
    """A server of pages by their paths; it answers 304 to the tag of the page, and counts what it was asked."""

    address: str = ""
    pages: dict[str, bytes] = field(default_factory=dict)
    status: dict[str, int] = field(default_factory=dict)
    asked: list[tuple[str, str | None]] = field(default_factory=list)


@pytest.fixture
def site() -> Iterator[Site]:
    with running(Site()) as served:
        yield served


@contextmanager
def running(site: Site) -> Iterator[Site]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            tag = self.headers.get("if-none-match")
            site.asked.append((self.path, tag))
            body = site.pages.get(self.path, b"")
            own = f'"{hash(body)}"'
            status = site.status.get(self.path, 200 if body else 404)
            self.send_response(304 if status == 200 and tag == own else status)
            self.send_header("etag", own)
            self.send_header("content-type", "text/plain; charset=utf-8")
            self.send_header("content-length", str(0 if tag == own else len(body)))
            self.end_headers()
            if tag != own:
                self.wfile.write(body)

        def log_message(self, *args: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    site.address = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield site
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def fetch(address: str, validators: Mapping[str, str]) -> Got:
    return got_page(address, BOUNDS, validators, inward=True)


def ask(workspace: Workspace, policy: Revisions = Revisions.REPORT) -> list[Asked]:
    validators = Validators(workspace.data)
    order = Order("the page says so now", "clerk")
    known = chosen(workspace, None)
    try:
        return list(
            refetch(workspace, known, fetch, validators, Limits(100_000), pace=Pace(0.0), policy=policy, order=order)
        )
    finally:
        validators.close()


def states(workspace: Workspace, policy: Revisions = Revisions.REPORT) -> list[State]:
    return [asked.state for asked in ask(workspace, policy)]


def test_the_same_page_is_the_same_and_costs_no_second_download(workspace: Workspace, site: Site) -> None:
    workspace.ingest(replace(FIRST, url=f"{site.address}/1"))
    site.pages["/1"] = FIRST.text.encode()
    assert states(workspace) == states(workspace) == [State.SAME]
    assert [tag is None for _, tag in site.asked] == [True, False]


def test_a_text_that_changed_is_ingested_beside_the_other_and_asked_for_from_then_on(
    workspace: Workspace, site: Site
) -> None:
    workspace.ingest(replace(FIRST, url=f"{site.address}/1"))
    site.pages["/1"] = LATER.text.encode()
    (asked,) = ask(workspace)
    assert asked.state is State.CHANGED
    assert asked.revision is not None
    assert [(one.before, one.after) for one in asked.revision.moved] == [("16", "14")]
    assert killed(workspace) == set(), "both hold, of one event: nobody says which number is right"
    assert states(workspace) == [State.SAME]
    assert site.asked[-1][1] is not None


def test_an_accepted_change_is_a_correction_and_one_beside_the_claims_is_none(workspace: Workspace, site: Site) -> None:
    workspace.ingest(replace(FIRST, url=f"{site.address}/1"))
    site.pages["/1"] = f"{FIRST.text} Read our other stories.".encode()
    head = workspace.log.head()
    assert states(workspace, Revisions.ACCEPT) == [State.CHANGED]
    assert workspace.log.head() == head, "only what stands around the claims changed"
    site.pages["/1"] = LATER.text.encode()
    assert states(workspace, Revisions.ACCEPT) == [State.CHANGED]
    assert killed(workspace) == {"14"}
    assert states(workspace, Revisions.ACCEPT) == [State.SAME]
    site.pages["/1"] = FIRST.text.encode()
    assert states(workspace, Revisions.ACCEPT) == [State.CHANGED]
    assert killed(workspace) == {"16"}, "the page went back to its first text"


def test_what_is_gone_is_another_page_or_no_text_is_told_and_changes_nothing(workspace: Workspace, site: Site) -> None:
    for number in range(4):
        workspace.ingest(replace(FIRST, text=f"{FIRST.text} No. {number}.", url=f"{site.address}/{number}"))
    site.pages = {
        "/1": b"Welcome to our new site, where you find recipes, weather and football.",
        "/2": b"%PDF-1.4 binary",
        "/3": b"x" * 200_000,
    }
    head = workspace.log.head()
    found = ask(workspace, Revisions.ACCEPT)
    assert [one.state for one in found] == [State.GONE, State.OTHER, State.UNREADABLE, State.UNREACHABLE]
    assert workspace.log.head() == head


def test_addresses_within_the_network_are_not_asked_for_unless_that_is_allowed(site: Site) -> None:
    with pytest.raises(Unreachable, match="within this machine"):
        got_page(f"{site.address}/1", BOUNDS, {}, inward=False)
    assert site.asked == []


def test_one_host_is_not_asked_faster_than_said() -> None:
    now, slept = [0.0], list[float]()
    pace = Pace(2.0, clock=lambda: now[0])

    def sleep(seconds: float) -> None:
        slept.append(seconds)
        now[0] += seconds

    for address in ("http://a.example/1", "http://b.example/1", "http://a.example/2", "http://a.example/3"):
        pace.wait(address, sleep)
    assert slept == [2.0, 2.0]


def test_articles_are_chosen_by_name_and_one_an_address(workspace: Workspace) -> None:
    workspace.ingest(FIRST)
    later = replace(LATER, url=FIRST.url)
    workspace.ingest(later)
    workspace.ingest(replace(FIRST, url=None))
    assert [one.id for one in chosen(workspace, None)] == [later.id]
    assert [one.id for one in chosen(workspace, [FIRST.id])] == [FIRST.id]
    assert chosen(workspace, None, "2999-01-01T00:00:00Z") == []
    with pytest.raises(UnknownSubject, match="no web address"):
        chosen(workspace, [replace(FIRST, url=None).id])
    with pytest.raises(UnknownSubject, match="holds no article"):
        chosen(workspace, ["0a0a"])


# ---------------------------------------------------------------------- by command


def waqai(*arguments: object) -> Result:
    return CliRunner().invoke(app, [str(argument) for argument in arguments])


def test_the_command_asks_and_says_what_it_found(tmp_path: Path, site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    data = tmp_path / "data"
    site.pages["/1"] = FIRST.text.encode()
    taken = waqai("ingest", f"{site.address}/1", "--published", "2024-11-30", "--data", data)
    assert taken.exit_code == 0, taken.stderr
    refused = waqai("refetch", "--all", "--data", data)
    assert refused.exit_code == 1
    assert "within this machine" in refused.stdout
    monkeypatch.setenv("WAQAI_FETCH_PRIVATE", "true")
    monkeypatch.setenv("WAQAI_FETCH_PAUSE", "0")
    assert waqai("refetch", "--all", "--data", data).stdout.startswith("same ")
    site.pages["/1"] = LATER.text.encode()
    found = waqai("refetch", "--all", "--format", "json", "--data", data)
    lines: list[dict[str, Any]] = [json.loads(line) for line in found.stdout.splitlines()]
    assert lines[0]["revision"]["figures"][0]["after"] == "14 people"
    del site.pages["/1"]
    gone = waqai("refetch", "--since", "2024-01-01", "--data", data)
    assert gone.exit_code == 0, gone.stderr
    assert "--kind withdrawn" in gone.stdout


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        ((), "name articles, or say --all"),
        (("--all", "--since", "2024-01-01"), "name articles, or say --all"),
        (("--since", "yesterday"), "neither a day"),
        (("--all", "--revisions", "accept"), "needs --reason"),
        (("--all", "--revisions", "separate"), "is not one of report, accept"),
    ],
)
def test_what_cannot_be_meant_is_refused(tmp_path: Path, arguments: tuple[str, ...], told: str) -> None:
    refused = waqai("refetch", *arguments, "--data", tmp_path / "data")
    assert refused.exit_code == 2
    assert told in refused.stderr

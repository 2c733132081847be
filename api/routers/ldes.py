"""`/ldes`: the graph as a Linked Data Event Stream, which others replicate with standard clients.

Invariant: a node that is closed goes out as immutable, with an ETag from its bytes; an open one is asked for again,
with an ETag from its position. A view of another projection is gone, and says where the present one is.
"""

import gzip
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, Final

from fastapi import APIRouter, Request
from pyoxigraph import NamedNode
from starlette.responses import Response

from api import negotiation
from api.boundary import POSITION_HEADER
from api.problems import Problem
from api.state import server_of
from api.threads import in_thread
from graph.projection import ProjectionError
from graph.stream.nodes import FORMATS, PROFILE, Moved, Node, NoNode, OtherView, Stream, StreamError, View, Written
from ontology.identity import sha256_hex

router = APIRouter()

_YEAR: Final = 31_536_000  # seconds: the longest that caches are asked to keep anything
_VARY: Final = "Accept, Accept-Encoding"
_LEVEL: Final = 6
_TAGS_KEPT: Final = 10_000
_ANSWERS: Mapping[int | str, Mapping[str, Any]] = {
    304: {"description": "It is what If-None-Match names"},
    308: {"description": "Something was erased since: the node stands under another IRI"},
    404: {"description": "The stream has no such node"},
    406: {"description": "None of the formats asked for can be given"},
    410: {"description": "The view was made by another projection; `Link` names the present one"},
    503: {"description": "The log holds a record that this version cannot read"},
}
_responses: Any = _ANSWERS


@router.get("/ldes", summary="The event stream: leads to its present view", status_code=307)
async def stream(request: Request) -> Response:
    """Lead to the root node of the stream's present view.

    The graph as a Linked Data Event Stream (TREE pages): each record of the log as versions of what it changed. The
    newest versions together are the graph.
    """
    view = await in_thread(request, server_of(request).stream.view)
    return _moved(view.root, 307)


@router.get("/ldes/{view}", summary="The root node of the event stream", responses=_responses)
async def root(request: Request, view: str) -> Response:
    """Describe the stream and lead to its indexes, in TriG, N-Quads or JSON-LD."""
    stream = server_of(request).stream
    return await _answer(request, partial(stream.opened, view), lambda view: view.root, stream.root)


@router.get("/ldes/{view}/{epoch}/index/{number}", summary="An index of pages", responses=_responses)
async def index(request: Request, view: str, epoch: int, number: int) -> Response:
    """Lead to some of the pages (`WAQAI_STREAM_PAGES`), with the record times that each spans."""
    stream = server_of(request).stream
    found, node = partial(stream.opened, view, epoch), partial(stream.index, number)
    return await _answer(request, found, lambda view: view.index(number), node)


@router.get("/ldes/{view}/{epoch}/page/{first}", summary="A page of members", responses=_responses)
async def page(request: Request, view: str, epoch: int, first: int) -> Response:
    """Give what some records (`WAQAI_STREAM_RECORDS`) changed, from the position `first` on."""
    stream = server_of(request).stream
    found, node = partial(stream.opened, view, epoch), partial(stream.page, first)
    return await _answer(request, found, lambda view: view.page(first), node)


@router.get("/ldes/{view}/member/{position}/{part:path}", summary="One member", status_code=303, responses=_responses)
async def member(request: Request, view: str, position: int, part: str) -> Response:
    """Lead to the page that holds a member of the stream."""
    stream = server_of(request).stream

    def place(view: View) -> NamedNode:
        return view.page(stream.page_of(position))

    def work() -> Response:
        return _moved(place(stream.opened(view)), 303)

    return await in_thread(request, partial(_found, stream, place, work))


async def _answer(
    request: Request, find: Callable[[], View], place: Callable[[View], NamedNode], make: Callable[[], Node]
) -> Response:
    """Answer with the node that `make` returns where `find` finds its view, or with its `place` in another one."""
    server = server_of(request)
    accept = ", ".join(request.headers.getlist("accept")) or None
    media_type = negotiation.choose(accept, tuple(FORMATS))
    if media_type is None:
        detail = f"A node of the stream can be given as {', '.join(FORMATS)}."
        raise Problem(406, "not-acceptable", detail, headers={"vary": _VARY}, offered=list(FORMATS))
    packed = negotiation.choose_coding(", ".join(request.headers.getlist("accept-encoding")), ("gzip",)) is not None
    known = {tag.strip() for tag in ",".join(request.headers.getlist("if-none-match")).split(",")}

    def work() -> Response:
        view = find()
        node = make()
        written: Written | None = None
        if not node.full:
            tag = f"{view.name}.{view.epoch}.{node.position}.{media_type.rpartition('/')[2]}"
        else:
            found = server.stream_tags.get((node.iri.value, media_type))
            if found is None:
                written = node.write(media_type)
                found = sha256_hex(written.body)
                if written.closed:
                    if len(server.stream_tags) >= _TAGS_KEPT:
                        server.stream_tags.clear()
                    server.stream_tags[node.iri.value, media_type] = found
            tag = found
        if packed:
            tag += ".gzip"
        closed = node.full and (written is None or written.closed)
        kept = f"max-age={_YEAR}, immutable" if closed else f"max-age={server.settings.stream_seconds}"
        headers = {
            POSITION_HEADER: str(node.position),
            "content-type": f'{media_type};profile="{PROFILE}"',
            "vary": _VARY,
            "etag": f'"{tag}"',
            "cache-control": f"public, {kept}",
        }
        if known & {f'"{tag}"', f'W/"{tag}"'}:
            return Response(status_code=304, headers=headers)
        body = (written or node.write(media_type)).body
        if packed:
            headers["content-encoding"] = "gzip"
            body = gzip.compress(body, _LEVEL, mtime=0)  # no time in it: the same node gives the same bytes
        return Response(body, headers=headers)

    return await in_thread(request, partial(_found, server.stream, place, work), server.streams)


def _found(stream: Stream, place: Callable[[View], NamedNode], work: Callable[[], Response]) -> Response:
    """Return what `work` returns; what the stream refuses becomes a problem or leads on."""
    try:
        try:
            return work()
        except Moved as error:
            return _moved(place(error.view), 308)
    except ProjectionError as error:  # a record of a newer version, which nothing here can read
        raise Problem(503, "not-projected", f"The page cannot be made: {error}.") from None
    except NoNode as error:
        raise Problem(404, "no-node", f"{_sentence(error)} Begin at /ldes and follow the links.") from None
    except OtherView as error:
        link = f'<{stream.view().root.value}>; rel="successor-version"'
        raise Problem(410, "other-view", _sentence(error), headers={"link": link}, view=error.current) from None


def _moved(to: NamedNode, status: int) -> Response:
    return Response(status_code=status, headers={"location": to.value, "cache-control": "no-cache"})


def _sentence(error: StreamError) -> str:
    text = str(error)
    return f"{text[0].upper()}{text[1:]}."

"""Which state of the graph a request asks for, and what the headers of an answer say about it (RFC 7089).

Invariant: `at` in the address, else `Accept-Datetime`, else the newest state; an answer about a past state says which
one it is. An entity tag names position and projection version, so an answer is taken for unchanged only where both
are the same and nothing was erased.
"""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import TypeVar
from urllib.parse import quote

from fastapi import Request
from starlette.responses import Response

from api.boundary import FINGERPRINT_HEADER, POSITION_HEADER
from api.problems import Problem
from api.workspace import Workspace
from graph.travel.errors import BadMoment, BeyondTheHead, PastUnwritable, TooFar, TooManyRecords, TravelError
from graph.travel.moments import Moment, http_moment

AT = "A position of the log, a time with its zone, or a day (its end, UTC): the graph as it was then"
FINGERPRINT = "Also give number and SHA-256 of the sorted N-Quads of the whole dataset, in Waqai-Fingerprint"
ACCEPT_DATETIME = "accept-datetime"
LINK_FORMAT = "application/link-format"
LONGEST_LOCATION = 4_000  # characters of an address that is repeated in a header
_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a request asks for: `moment` is None for the newest state; `negotiated` where Accept-Datetime chose it."""

    moment: Moment | None = None
    negotiated: bool = False


def wanted(request: Request, workspace: Workspace, at: str | None) -> Wanted:
    """Return the state that a request asks for; `at` is what its address says.

    Raises:
        Problem: 400 for what names no moment, 404 for a position beyond the head.
    """
    accepted = request.headers.get(ACCEPT_DATETIME)
    if at is not None:
        return Wanted(travelled(lambda: workspace.moment(at)))
    if accepted is not None:
        return Wanted(travelled(lambda: http_moment(workspace.log, accepted)), negotiated=True)
    return Wanted()


def check_reached(asked: Wanted, at_least: int) -> None:
    """Raise Problem (400) where a past state is asked for that lies before a position that must be in the answer."""
    if asked.moment is not None and asked.moment.position < at_least:
        detail = (
            f"The moment that is asked about is position {asked.moment.position}, and min_position={at_least} asks for "
            "a later one: they contradict each other. Leave one of them out."
        )
        raise Problem(400, "two-moments", detail, parameter="min_position")


def travelled(work: Callable[[], _T]) -> _T:
    """Return what `work` returns; what it cannot give of the past is a Problem."""
    try:
        return work()
    except BadMoment as error:
        raise Problem(400, "bad-moment", f"{error}.") from None
    except BeyondTheHead as error:
        raise Problem(404, "beyond-the-head", f"{error}.", head=error.head) from None
    except (TooFar, TooManyRecords) as error:
        raise Problem(422, "too-far", f"{error}.") from None
    except (PastUnwritable, TravelError) as error:
        raise Problem(503, "past-unavailable", f"{error}.", headers={"retry-after": "60"}) from None


def state_headers(asked: Wanted, position: int, original: str, *, timemap: str | None = None) -> dict[str, str]:
    """Return what an answer at `position` says about its state; `original` is its path and query without `at`.

    `timemap` is the path of the list of its states, where there is one. The links are in `link`, for others to follow.
    """
    links = [f'<{original}>; rel="original timegate"']
    if timemap is not None:
        links.append(f'<{timemap}>; rel="timemap"; type="{LINK_FORMAT}"')
    headers = {
        POSITION_HEADER: str(position),
        "vary": "Accept" if asked.moment is not None and not asked.negotiated else "Accept, Accept-Datetime",
        "cache-control": "no-cache",  # what is erased is gone from past states too, so caches ask each time
    }
    date = asked.moment.http_date if asked.moment is not None else None
    if date is not None:
        headers["memento-datetime"] = date
        links.append(f'<{with_at(original, position)}>; rel="memento"; datetime="{date}"')
    headers["link"] = ", ".join(links)
    return headers


@dataclass(frozen=True, slots=True)
class StateTold:
    """What the answers to one request say about their state.

    `path` is what is asked, `address` the same with its query and without `at`, where it is an address that others may
    ask too. `parts` is all else that an answer depends on; where it depends on more (NOW, RAND), it is not `stable` and
    has no entity tag. Where it is of other servers too (`federated`), nobody is to keep it.
    """

    workspace: Workspace
    asked: Wanted
    path: str
    address: str | None
    parts: tuple[str | None, ...]
    stable: bool = True
    federated: bool = False

    def headers(self, position: int) -> dict[str, str]:
        """Return the headers of an answer at `position`."""
        found = state_headers(self.asked, position, self.address or self.path)
        if self.asked.moment is None or self.address is None:
            found.pop("link")
        elif self.asked.negotiated:
            found["content-location"] = with_at(self.address, position)
        if self.federated:
            found["cache-control"] = "no-store"
        elif self.stable:
            newest = self.asked.moment is None
            found["etag"] = tag(self.workspace, position, self.address or "", *self.parts, newest=newest)
        return found

    def unchanged(self, request: Request, position: int) -> Response | None:
        """Return the answer 304 where the client has that of `position` already; only to methods that ask."""
        if self.federated or not self.stable or request.method not in ("GET", "QUERY"):  # HEAD comes as GET
            return None
        if "if-none-match" not in request.headers:
            return None
        headers = self.headers(position)
        return not_modified(request, headers["etag"], headers)


def list_headers(workspace: Workspace, asked: Wanted, position: int, *, fingerprint: bool) -> dict[str, str]:
    """Return what a list says about the state that it is of: position, record time, and the fingerprint if asked for.

    Raises:
        Problem
    """
    headers = {POSITION_HEADER: str(position), "cache-control": "no-cache", "vary": "Accept-Datetime"}
    if asked.moment is not None and asked.moment.http_date is not None:
        headers["memento-datetime"] = asked.moment.http_date
    return {**headers, **(fingerprint_header(workspace, asked, position) if fingerprint else {})}


def with_at(original: str, position: int) -> str:
    """Return a path and query with `at` added."""
    return f"{original}{'&' if '?' in original else '?'}at={position}"


def path_of(*parts: str) -> str:
    """Return a path for a header, percent-encoded."""
    return quote("".join(parts), safe="/?&=:@!$'()*+,;~-._%")


def tag(workspace: Workspace, position: int, *parts: str | None, newest: bool = False) -> str:
    """Return the entity tag of an answer at `position` to what `parts` ask: position, projection version, a digest.

    `newest` says that the newest graph answers, which may be one of an older projection for a while.
    """
    made = workspace.answers_with(newest=newest)
    text = "\0".join([_version(), made.ontology, made.base, str(made.erasures), *(part or "" for part in parts)])
    return f'W/"{position}-{made.projection}-{hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()[:16]}"'


def not_modified(request: Request, entity_tag: str, headers: dict[str, str]) -> Response | None:
    """Return the answer 304 where the client has what the tag names already, else None.

    An asterisk names whatever there is: `Boundary` answers to it, once it is known that there is something.
    """
    known = [one.strip() for one in ",".join(request.headers.getlist("if-none-match")).split(",")]
    bare = entity_tag.removeprefix("W/")
    if bare in [one.removeprefix("W/") for one in known]:
        return Response(status_code=304, headers={**headers, "etag": entity_tag})
    return None


def fingerprint_header(workspace: Workspace, asked: Wanted, position: int) -> dict[str, str]:
    """Return the header that says what the dataset of an answer at `position` amounts to. Raises Problem."""
    found = travelled(lambda: workspace.fingerprint(position, newest=asked.moment is None))
    return {FINGERPRINT_HEADER: f"sha256={found.sha256}; quads={found.quads}"}


@cache
def _version() -> str:
    from importlib.metadata import version

    return version("waqai")

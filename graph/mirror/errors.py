"""What can go wrong with a graph in another server, one class a failure.

Invariant: a message says what to do, and holds neither a password nor a token.
"""

from graph.store.errors import OtherLog, StoreError

_SHOWN = 200


class MirrorError(StoreError):
    """Something is wrong with the graph in another server; the base of the classes below."""


def shown(text: str, secret: str = "") -> str:
    """Return what a server said, as one short line that can be printed."""
    if secret:
        text = text.replace(secret, "…").replace(secret.partition(" ")[2], "…")
    line = " ".join("".join(c if c.isprintable() else " " for c in text).split())
    return line if len(line) <= _SHOWN else line[:_SHOWN] + "…"


class MirrorUnreachable(MirrorError):
    """The server cannot be reached, or is too busy; asking again later may help."""

    def __init__(self, address: str, reason: str) -> None:
        super().__init__(f"{address} cannot be reached ({reason}): see whether the server runs, and run this again")
        self.address, self.reason = address, reason


class MirrorForbidden(MirrorError):
    """The server wants to know who asks, or does not let them."""

    def __init__(self, address: str, status: int, known: bool) -> None:
        advice = (
            "see what the name or token that was sent may do there"
            if known
            else "set WAQAI_MIRROR_USER and WAQAI_MIRROR_PASSWORD, or WAQAI_MIRROR_TOKEN"
        )
        super().__init__(f"{address} refuses with the status {status}: {advice}")
        self.address, self.status = address, status


class MirrorRefused(MirrorError):
    """The server answered with an error; `said` is its own words."""

    def __init__(self, address: str, status: int, said: str) -> None:
        advice = "see which addresses the server has for queries and for updates" if status in (404, 405) else ""
        words = f": {said}" if said else ""
        super().__init__(f"{address} answers with the status {status}{words}" + (f": {advice}" if advice else ""))
        self.address, self.status, self.said = address, status, said


class MirrorRedirects(MirrorError):
    """The server sends us on, which is not followed, because what is sent is meant for the address that was named."""

    def __init__(self, address: str, target: str) -> None:
        super().__init__(
            f"{address} redirects to {shown(target)}, which is not followed: give that address if it is it"
        )
        self.address, self.target = address, target


class MirrorNoSparql(MirrorError):
    """What is at the address does not answer as a SPARQL 1.1 endpoint."""

    def __init__(self, address: str, reason: str) -> None:
        super().__init__(
            f"{address} does not answer like a SPARQL endpoint ({reason}): give the address of its queries"
        )
        self.address, self.reason = address, reason


class MirrorApart(MirrorError):
    """What was written at one address does not show at the other."""

    def __init__(self, update: str, query: str) -> None:
        super().__init__(
            f"what is written at {update} does not show at {query}: give the addresses of one and the same dataset"
        )


class MirrorOccupied(MirrorError):
    """The place where the graph would go holds something that is not ours; `what` is half a sentence."""

    def __init__(self, address: str, what: str, advice: str) -> None:
        super().__init__(f"{address} {what}, and nobody could tell later what is whose: {advice}")
        self.address = address


class MirrorMixed(MirrorError):
    """The default graph of the server shows what its named graphs hold."""

    def __init__(self, address: str) -> None:
        super().__init__(
            f"the default graph of {address} shows its named graphs too, so what a claim only denies would look as "
            "if it had happened: give --default-graph IRI, and ask it with FROM <IRI>"
        )
        self.address = address


class MirrorNotOurs(MirrorError):
    """The server holds no graph of this log."""

    def __init__(self, address: str) -> None:
        super().__init__(f"{address} holds no graph under this base IRI: fill it with waqai mirror --once")
        self.address = address


class MirrorOutdated(MirrorError):
    """What the server holds was made otherwise; `found` and `known` say with what, None where a rebuild was ended."""

    def __init__(self, address: str, found: str | None, known: str) -> None:
        what = f"was made with {found}, this is {known}" if found else "is from a rebuild that has not ended"
        super().__init__(f"the graph at {address} {what}: run waqai mirror --rebuild")
        self.address, self.found, self.known = address, found, known


class MirrorElsewhere(MirrorError):
    """The graph in the server has another place for the default graph than the one that was asked for."""

    def __init__(self, address: str, found: str) -> None:
        place = f"give --default-graph {found}" if found else "leave --default-graph out"
        super().__init__(f"the graph at {address} was filled otherwise: {place}")
        self.address, self.found = address, found


class MirrorContended(MirrorError):
    """Another program writes our graph at the same time."""

    def __init__(self, address: str) -> None:
        super().__init__(f"another waqai mirror writes to {address} too: let one run, which brings the graph in order")
        self.address = address


class MirrorCut(MirrorError):
    """The server gives fewer rows than it counts."""

    def __init__(self, address: str, counted: int, given: int) -> None:
        super().__init__(
            f"{address} gives {given} rows of {counted}: raise its limit on results, or give the address of its whole "
            "dataset with --graph-store"
        )
        self.address, self.counted, self.given = address, counted, given


class MirrorOtherLog(MirrorError, OtherLog):
    """The graph in the server follows another log."""

    def __init__(self, address: str, position: int) -> None:
        StoreError.__init__(
            self,
            f"the graph at {address} follows another log (they part at position {position}): name another dataset, or "
            "make this one follow this log with waqai mirror --rebuild",
        )
        self.address, self.position = address, position

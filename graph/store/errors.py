"""What can go wrong with the graph store, one class a failure.

Invariant: a message says what to do, and a failure never costs more than the graph: the log has it all.
"""

from enum import Enum
from pathlib import Path


class StoreError(Exception):
    """Something is wrong with the graph store; the base of the classes below."""


class Doing(Enum):
    """What a process holds a store's folder for."""

    USING = "using"
    SERVING = "serving"
    REBUILDING = "rebuilding"


class StoreLocked(StoreError):
    """Another process (or another part of this one) owns the store at `path`; `process` is its id, where it says so."""

    def __init__(self, path: Path, process: int | None = None, doing: Doing = Doing.USING) -> None:
        what = {
            Doing.USING: "is in use by another waqai process, such as a running server",
            Doing.SERVING: "is in use by a running server",
            Doing.REBUILDING: "is in use by a rebuild that has not ended yet",
        }[doing]
        super().__init__(f"the graph at {path} {what}{'' if process is None else f' (process {process})'}")
        self.path, self.process, self.doing = path, process, doing


class StoreOutdated(StoreError):
    """The store was made by another projection version or from another ontology."""

    def __init__(self, path: Path, found: str, known: str) -> None:
        super().__init__(f"the graph at {path} was made with {found}, this is {known}: run `waqai rebuild`")
        self.path, self.found, self.known = path, found, known


class OtherBase(StoreError):
    """The store was made with another base IRI."""

    def __init__(self, path: Path, found: str, asked: str) -> None:
        super().__init__(
            f"the graph at {path} has the base IRI {found}, not {asked}: set WAQAI_BASE_IRI={found}, or run "
            "`waqai rebuild` to give it the new one"
        )
        self.path, self.found, self.asked = path, found, asked


class StoreDamaged(StoreError):
    """The folder does not hold a readable store of ours."""

    def __init__(self, path: Path, reason: str) -> None:
        super().__init__(f"the graph at {path} cannot be read ({reason}): run `waqai rebuild`, the log has it all")
        self.path, self.reason = path, reason


class StoreUnwritable(StoreError):
    """The folder of the store cannot be written."""

    def __init__(self, path: Path, reason: str) -> None:
        super().__init__(f"the graph at {path} cannot be written ({reason}): check the rights and the room of the disk")
        self.path, self.reason = path, reason


class RebuildRunning(StoreError):
    """The graph is being made anew already, or somebody has asked for it."""

    def __init__(self, path: Path) -> None:
        super().__init__(f"the graph at {path} is being rebuilt already: wait for that to end")
        self.path = path


class RebuildStopped(StoreError):
    """A rebuild was called off; the graph is as it was."""

    def __init__(self) -> None:
        super().__init__("the rebuild was called off before it was done; the graph is as it was")


class OtherLog(StoreError):
    """What the store holds at `position` is not what the log holds there: it follows another log."""

    def __init__(self, position: int) -> None:
        super().__init__(f"the graph follows another log (they part at position {position}): run `waqai rebuild`")
        self.position = position


class RemakeDue(StoreError):
    """The record at `position` erases contents or gives them back, so a store from before it has to be made anew.

    To remove quads would not do: the engine keeps every string that it ever stored, and the words are not known.
    """

    def __init__(self, position: int) -> None:
        super().__init__(
            f"the graph is from before the erasure at position {position} and has to be made anew: run `waqai rebuild`"
        )
        self.position = position


class PositionGap(StoreError):
    """The records handed to `apply` do not follow on the store's position."""

    def __init__(self, expected: int, found: int) -> None:
        super().__init__(f"position {expected} is due in the graph, not {found}")
        self.expected, self.found = expected, found


class NotAcceptable(StoreError):
    """An answer cannot be written in this media type; `offered` are the ones that it can be written in."""

    def __init__(self, media_type: str, offered: tuple[str, ...]) -> None:
        super().__init__(f"this answer cannot be written as {media_type}, only as {', '.join(offered)}")
        self.media_type, self.offered = media_type, offered

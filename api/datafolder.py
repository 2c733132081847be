"""The data folder: what lies where in it, and what is wrong with one that cannot be used.

Invariant: a folder works with one log. One whose log is gone, or is another than the one that was named, is refused
before anything is read or written.
"""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from graph.log import SqliteLog, StoredLog
from graph.proof.published import NEWEST

LOG_FILE = "log.sqlite"
FOLDER_MARK = ".waqai-data"  # tells a data folder whose log lies elsewhere from a folder of articles
CONTENT_FOLDER = "content"
GRAPH_FOLDER = "graph"
PROOF_FOLDER = "proof"
PAST_FOLDER = "past"
EVENTS_FOLDER = "events"


class WorkspaceError(Exception):
    """Something about the data folder; the message says what to do."""


class NoWorkspace(WorkspaceError):
    """Nothing was ever ingested into the folder."""

    def __init__(self, data: Path) -> None:
        if data.is_dir():
            problem = f"There is no log in {data}"
        else:
            problem = f"{data} is a file, not a folder" if data.exists() else f"There is no data folder {data}"
        super().__init__(
            f"{problem}: make one with waqai ingest PATH or waqai demo, or name another folder with --data."
        )


class LogGone(WorkspaceError):
    """The folder has no log, though a checkpoint of one lies there."""

    def __init__(self, data: Path) -> None:
        super().__init__(
            f"There is no log in {data}, though {data / PROOF_FOLDER / NEWEST} vouches for one: restore "
            f"{data / LOG_FILE} from a backup; if there is none, see 'When records are lost' in docs/proof.md."
        )


class Unwritable(WorkspaceError):
    """The data folder cannot be made or written."""

    def __init__(self, data: Path, reason: str) -> None:
        super().__init__(f"The data folder {data} cannot be used: {reason}. Name another one with --data.")


class TwoLogs(WorkspaceError):
    """The folder holds a log of its own, and another one was named."""

    def __init__(self, data: Path, place: str) -> None:
        super().__init__(
            f"{data} holds a log of its own ({LOG_FILE}), which is not the one at {place}: move it there with waqai "
            "log migrate, unset WAQAI_LOG, or name another data folder."
        )


@dataclass(frozen=True, slots=True)
class LogOpener:
    """How the log of a workspace is opened; `open` makes it where its argument is true and it is not there.

    `in_the_folder` says whether it lies in the data folder.
    """

    open: Callable[[bool], StoredLog]
    in_the_folder: bool


def make_folder(data: Path) -> None:
    """Make the folder where it is not there. Raises Unwritable."""
    try:
        data.mkdir(parents=True, exist_ok=True)
    except FileExistsError:
        raise Unwritable(data, "it is a file, not a folder") from None
    except OSError as error:
        raise Unwritable(data, (error.strerror or str(error)).lower()) from None


def refuse_another(log: StoredLog, data: Path) -> None:
    """Refuse a folder whose own log is not the beginning of `log`: its records would be passed over in silence."""
    with SqliteLog(data / LOG_FILE, create=False) as own:
        head = own.head()
        for position in (1, head) if head else ():
            mine, theirs = (list(one.read(after=position - 1, upto=position)) for one in (own, log))
            if [record.body for record in mine] != [record.body for record in theirs]:
                log.close()
                raise TwoLogs(data, log.place)

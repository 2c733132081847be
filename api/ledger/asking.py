"""What somebody asks of the ledger, in words, as a scope.

Invariant: the same words mean the same on the command line and over HTTP; what names no place or day is refused.
"""

from dataclasses import dataclass
from datetime import date
from typing import Final

from api.asof import AsOf
from api.queries.parameters import Asked, Named, Parameter, read
from api.workspace import Workspace
from graph.ledger.scopes import Scope
from graph.travel.moments import Moment

_PLACE: Final = Parameter("place", "place", {"en": "where it happened", "ar": "مكان الحدث"})
_SINCE: Final = Parameter("since", "date-from", {"en": "the first day", "ar": "أول يوم"})
_UNTIL: Final = Parameter("until", "date-to", {"en": "the last day", "ar": "آخر يوم"})


@dataclass(frozen=True, slots=True)
class Question:
    """A scope, with how its page is divided (`category`, `month`, `place`, `event`)."""

    scope: Scope
    by: str = "category"
    histories: bool = False


def scope(
    workspace: Workspace, moment: Moment | None, *, place: str | None, since: str | None, until: str | None
) -> Scope:
    """Return the scope that these words name, places as the graph of `moment` knows them.

    Raises:
        BadValue: for a place that the graph does not know or several bear, for no day, and for days in the wrong order.
    """
    first = None if since is None else _day(_SINCE, since)
    last = None if until is None else _day(_UNTIL, until)
    if first is not None and last is not None and first > last:
        from api.queries.parameters import BadValue

        raise BadValue("until", f"until={until} is before since={since}")
    return Scope(None if place is None else _place(workspace, moment, place), first, last)


def _day(parameter: Parameter, value: str) -> int:
    return date.fromisoformat(str(read(parameter, value).value)).toordinal()


def _place(workspace: Workspace, moment: Moment | None, value: str) -> str:
    source = workspace.as_of(moment)
    asked: Asked = Named(source.reader, workspace.iris.absolute) if isinstance(source, AsOf) else workspace
    return str(read(_PLACE, value, asked=asked).value).rpartition("/")[2]

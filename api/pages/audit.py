"""The page of an audit: the same text as on the terminal."""

from typing import TYPE_CHECKING

from api.html import element
from api.pages.layout import page

if TYPE_CHECKING:
    from graph.audit import Audit


def audit_page(found: "Audit") -> str:
    """Return the page of `found`."""
    from graph.audit.text import render

    state = "Every check passed." if found.passed else "A check failed: see below."
    return page(
        f"Audit of {found.subject}",
        element("h1", None, "Audit"),
        element("p", {"class": None if found.passed else "error"}, state),
        element("pre", {"class": "text", "dir": "auto"}, render(found)),
    )

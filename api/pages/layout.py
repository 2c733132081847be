"""The frame of every page.

Invariant: no page asks another server for anything; every piece of foreign text stands in an element with dir="auto",
so Arabic and English each run their own way.
"""

import re
from typing import Final

from api.html import Child, Html, element, fragment

NAVIGATION = (
    ("/", "Start"),
    ("/events", "Events (JSON)"),
    ("/#sparql", "SPARQL"),
    ("/queries?format=html", "Queries"),
    ("/docs", "API"),
)

_RIGHT_TO_LEFT: Final = re.compile("[\u0590-\u08ff]")
_DATE: Final = re.compile(r"(\b[0-9]{4}(?:-[0-9]{2}){1,2}(?:/[0-9]{4}(?:-[0-9]{2}){1,2})?\b)", re.ASCII)


def page(title: str, *content: Child, scripts: tuple[str, ...] = ()) -> str:
    """Return a whole HTML document."""
    head = element(
        "head",
        None,
        element("meta", {"charset": "utf-8"}),
        element("meta", {"name": "viewport", "content": "width=device-width, initial-scale=1"}),
        element("title", None, f"{title} · Waqai"),
        element("link", {"rel": "stylesheet", "href": "/static/app.css"}),
        element("link", {"rel": "icon", "href": "/static/icon.svg", "type": "image/svg+xml"}),
        [element("script", {"src": f"/static/{name}", "defer": True}) for name in scripts],
    )
    header = element(
        "header",
        {"class": "site"},
        element("strong", None, "Waqai ", bidi("وقائع", "ar")),
        [element("a", {"href": address}, name) for address, name in NAVIGATION],
        _search(),
    )
    body = element("body", None, header, element("main", None, *content))
    return f"<!doctype html>\n{element('html', {'lang': 'en'}, head, body)}\n"


def _search() -> Html:
    """Return the box that looks for words in what claims stand on, by the saved query for it."""
    words: dict[str, str | int | bool | None] = {
        "type": "search",
        "name": "words",
        "aria-label": "Words to look for",
        "placeholder": 'قصف حلب, "took control"',
        "dir": "auto",
        "required": True,
    }
    return element(
        "form",
        {"role": "search", "action": "/queries/search", "method": "get"},
        element("input", {"type": "hidden", "name": "format", "value": "html"}),
        element("input", words),
        " ",
        element("button", None, "Search"),
    )


def bidi(text: str, language: str | None = None, *, name: str = "bdi") -> Html:
    """Return foreign text that runs in its own direction.

    A date within Arabic is kept together: on its own, 2024-11-30 behind Arabic letters is shown as 30-11-2024.
    """
    parts: list[Child] = [text]
    if _RIGHT_TO_LEFT.search(text):
        parts = [element("bdi", {"dir": "ltr"}, part) if n % 2 else part for n, part in enumerate(_DATE.split(text))]
    return element(name, {"dir": "auto", "lang": language or None}, *parts)


def link(iri: str, shown: Child, base: str) -> Html:
    """Return a link to one of our things as a path of this server, or to another web address as it is."""
    if iri.startswith(base):
        return element("a", {"href": f"/{iri[len(base) :]}"}, shown)
    if iri.startswith(("http://", "https://")):
        return element("a", {"href": iri, "rel": "noreferrer"}, shown)
    return fragment(shown)

"""Previews: a small page on one entity that a client shows in a frame, and a few lines for a flyout.

Invariant: the page is one piece, loads nothing, runs nothing and may be framed; foreign text stands in it only through
`element`, each in its own direction.
"""

import base64
import hashlib
from typing import Final

from api.html import Child, Html, element, fragment
from api.pages.layout import bidi
from api.reconciliation.candidates import RIGHT_TO_LEFT, called
from api.reconciliation.entities import Entity, Value
from api.reconciliation.properties import properties_of
from api.reconciliation.types import type_label

# Without a sign that HTML escapes, so that it stands in the page as it is hashed here.
_STYLE: Final = """\
body{font:14px/1.45 system-ui,sans-serif;margin:.6em;color:#1b1b1b;background:#fff}
h1{font-size:1.15em;margin:0 0 .2em}p{margin:.1em 0 .5em;color:#444}
dl{display:grid;grid-template-columns:max-content 1fr;gap:.15em .8em;margin:0}dt{color:#555}dd{margin:0}
"""
_HASH: Final = base64.b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode()
POLICY: Final = (
    f"default-src 'none'; style-src 'sha256-{_HASH}'; base-uri 'none'; form-action 'none'; frame-ancestors *"
)
_SHOWN: Final = 6  # values of a property
_LEFT_OUT: Final = frozenset({"type", "kind"})


def preview_page(entity: Entity, language: str) -> str:
    """Return the preview of an entity as a whole HTML document."""
    title, _ = called(entity.names, language, entity.iri)
    head = element(
        "head",
        None,
        element("meta", {"charset": "utf-8"}),
        element("meta", {"name": "viewport", "content": "width=device-width, initial-scale=1"}),
        element("title", None, title),
        element("style", None, _STYLE),
    )
    body = element("body", None, *_lines(entity, language, rows=True))
    direction = "rtl" if language in RIGHT_TO_LEFT else "ltr"
    return f"<!doctype html>\n{element('html', {'lang': language, 'dir': direction}, head, body)}\n"


def flyout(entity: Entity, language: str) -> str:
    """Return a few lines on an entity as an HTML fragment."""
    return str(element("div", {"dir": "auto"}, *_lines(entity, language, rows=False)))


def flyout_of_term(name: str, about: str, iri: str) -> str:
    """Return a few lines on a type or a property as an HTML fragment."""
    return str(element("div", {"dir": "auto"}, element("h1", None, bidi(name)), element("p", None, bidi(about)), iri))


def _lines(entity: Entity, language: str, *, rows: bool) -> list[Child]:
    name, spoken = called(entity.names, language, entity.iri)
    others = [
        bidi(other, tongue or None)
        for tongue, other in sorted(entity.names.items())
        if other != name and tongue in ("ar", "en")
    ]
    what = ", ".join(type_label(cls, language) for cls in entity.types)
    about = entity.about.get(language, "")
    lines: list[Child] = [
        element("h1", None, bidi(name, spoken), *(fragment(" · ", other) for other in others)),
        element("p", None, bidi(about or what, language)),
    ]
    if rows:
        pairs: list[Child] = []
        for prop in properties_of(entity.family):
            if prop.code in _LEFT_OUT or not (cells := entity.values.get(prop.code)):
                continue
            shown = [fragment("" if n == 0 else " · ", _cell(cell)) for n, cell in enumerate(cells[:_SHOWN])]
            more = " …" if len(cells) > _SHOWN else ""
            pairs += [element("dt", None, prop.label(language)), element("dd", None, *shown, more)]
        lines.append(element("dl", None, *pairs))
    return lines


def _cell(value: Value) -> Html:
    if value.number is not None:
        return fragment(f"{value.number:,}")
    text = value.text or value.day or ""
    target = value.id or (text if text.startswith(("http://", "https://")) else None)
    if target is not None:
        return element("a", {"href": target, "target": "_blank", "rel": "noreferrer noopener"}, bidi(text))
    return bidi(text, value.language or None)

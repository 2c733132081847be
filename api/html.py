"""HTML built from elements, never from strings.

Invariant: text that comes from anywhere becomes part of a page only through `element`, which escapes it; so no word
of an article, label or query can become markup. The only unescaped strings are `Html`, and only this module makes them.
"""

from collections.abc import Iterable, Mapping
from html import escape

_VOID = frozenset({"br", "hr", "img", "input", "link", "meta"})


class Html:
    """Markup that is safe to send; made by `element` and `fragment` only."""

    __slots__ = ("markup",)

    def __init__(self, markup: str) -> None:
        self.markup = markup

    def __str__(self) -> str:
        return self.markup


Child = str | int | Html | None | Iterable["Child"]


def element(name: str, attributes: Mapping[str, str | int | bool | None] | None = None, *children: Child) -> Html:
    """Return the element `name`; attributes that are None or False are left out, True ones stand without a value.

    >>> str(element("p", {"title": 'a"b'}, "1 < 2"))
    '<p title="a&quot;b">1 &lt; 2</p>'
    """
    written = []
    for key, value in (attributes or {}).items():
        if value is None or value is False:
            continue
        if key in ("href", "src", "action") and not _may_be_followed(str(value)):
            continue
        written.append(f" {key}" if value is True else f' {key}="{escape(str(value))}"')
    opening = f"<{name}{''.join(written)}>"
    return Html(opening) if name in _VOID else Html(f"{opening}{fragment(*children)}</{name}>")


def fragment(*children: Child) -> Html:
    """Return `children` one after the other; None is nothing, strings are escaped, lists are flattened.

    >>> str(fragment("a & b", None, [element("br")]))
    'a &amp; b<br>'
    """
    parts = []
    for child in children:
        if child is None:
            continue
        if isinstance(child, Html):
            parts.append(child.markup)
        elif isinstance(child, str | int):
            parts.append(escape(str(child)))
        else:
            parts.append(fragment(*child).markup)
    return Html("".join(parts))


def _may_be_followed(address: str) -> bool:
    """Return whether a link may point there: a web address or a path of this server, never a script."""
    return address.startswith(("https://", "http://", "/", "#", "?")) and not address.startswith("//")

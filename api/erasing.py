"""An erasure as the command line and HTTP show it.

Invariant: it is the same JSON on both, and holds no words of what goes but the title that people know it by.
"""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from graph.erasing import Doomed


def erasure_json(one: "Doomed") -> dict[str, Any]:
    """Return what goes of one article as JSON data; no words of it, but for its title."""
    return {
        "article": one.erasure.article,
        "contents": [{"kind": content.kind, "digest": content.digest} for content in one.erasure.contents],
        "asked": one.asked,
        "title": one.title,
        "published": one.published,
        "with_claims": one.erasure.with_claims,
        "in_the_log": list(one.in_the_log),
    }

"""The things of a dataset that have a text with certain words: from the index where it knows, else from every text.

Invariant: both ways give the same things.
"""

import contextlib
import time
from pathlib import Path
from typing import Final

from pyoxigraph import Store

from graph.iris import Iris
from graph.search.index import IndexUnusable, texts_in, things
from graph.search.wording import Wording

_LOOKS: Final = 1_000  # texts between two looks at the clock


class SearchTooSlow(Exception):
    """Every text has to be looked at, and the time was over before that."""


def find(
    store: Store,
    iris: Iris,
    position: int,
    index: Path | None,
    wording: Wording,
    most: int,
    deadline: float | None = None,
) -> list[str]:
    """Return the IRIs of the things of `store`, no more than `most`; `index` is the file of its index.

    Raises:
        SearchTooSlow: the monotonic clock has passed `deadline`.
    """
    if index is not None:
        with contextlib.suppress(IndexUnusable):
            return things(index, iris, wording, position, most)
    found: dict[str, None] = {}
    for number, (thing, text) in enumerate(texts_in(store)):
        if number % _LOOKS == 0 and deadline is not None and time.monotonic() > deadline:
            raise SearchTooSlow
        if thing not in found and wording.matches(text):
            found[thing] = None
            if len(found) >= most:
                break
    return list(found)

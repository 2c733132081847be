"""Values as the graph writes them: terms of N-Quads, in the form that the store would give them anyway.

Invariant: the same value is always the same characters, so that two statements are the same exactly where their lines
are; and no character of a value ends the term that it stands in.
"""

import re
from datetime import UTC, date, datetime
from decimal import Decimal
from functools import lru_cache
from typing import Final

from pyoxigraph import Literal, NamedNode

from graph.terms import Node, Term

TRUE: Final[Node] = str(Literal(True))
FALSE: Final[Node] = str(Literal(False))

_INTEGER: Final = str(Literal(0)).removeprefix('"0"')
_ESCAPED: Final = str.maketrans({"\\": "\\\\", '"': '\\"', "\n": "\\n", "\r": "\\r"})


def plain(text: str) -> Node:
    r"""Return a literal without a language.

    >>> print(plain('said "no"'))
    "said \"no\""
    """
    if '"' in text or "\\" in text or "\n" in text or "\r" in text:
        text = text.translate(_ESCAPED)
    return f'"{text}"'


def integer(number: int) -> Node:
    """Return an xsd:integer."""
    return f'"{number}"{_INTEGER}'


def typed(text: str, datatype: Node) -> Node:
    """Return a literal of a datatype; `text` must be in the canonical form of it."""
    return f"{plain(text)}^^{datatype}"


def tagged(text: str, language: str) -> Node:
    """Return `text` with its language, in lower case as the store keeps it; without one where the tag is malformed."""
    return plain(text) + _tag(language)


_LANGUAGE: Final = re.compile(r"[a-zA-Z]{1,8}(-[a-zA-Z0-9]{1,8})*")


@lru_cache(maxsize=256)
def _tag(language: str) -> str:
    if _LANGUAGE.fullmatch(language):
        try:
            Literal("", language=language.lower())
        except ValueError:
            return ""
        return f"@{language.lower()}"
    return ""


@lru_cache(maxsize=16384)
def outside(iri: str) -> Node:
    """Return an IRI that a record holds.

    Raises:
        ValueError: it is none.
    """
    return str(NamedNode(iri))


_SEGMENT: Final = re.compile(r"[\w.~:@!$&'()*+,;=-]+(/[\w.~:@!$&'()*+,;=-]+)*")


def below(node: Node, path: str) -> Node:
    """Return the IRI of what lies under `node`.

    Raises:
        ValueError: the path holds what no IRI may.

    >>> below("<https://a.example/b>", "c/1")
    '<https://a.example/b/c/1>'
    """
    if _SEGMENT.fullmatch(path) is None:
        return outside(f"{node[1:-1]}/{path}")
    return f"{node[:-1]}/{path}>"


@lru_cache(maxsize=4096)
def decimal(text: str) -> str:
    """Return a decimal number in the form that the store would make of it anyway.

    >>> decimal("36.20"), decimal("-0.0"), decimal("37")
    ('36.2', '0', '37')
    """
    number = Decimal(text)
    return "0" if number == 0 else format(number.normalize(), "f")


_DAY: Final = re.compile(r"\d{4}-\d{2}-\d{2}")


def time_literal(text: str) -> Literal:
    """Return an ISO 8601 day or time as xsd:date or xsd:dateTime (in UTC where it has a zone), else as plain words.

    >>> time_literal("2024-11-30T10:00:00.120000+02:00").value
    '2024-11-30T08:00:00.12Z'
    """
    try:
        if _DAY.fullmatch(text):
            date.fromisoformat(text)
            return Literal(text, datatype=Term.DATE)
        moment = datetime.fromisoformat(text)
    except ValueError:
        return Literal(text)
    zone = ""
    if moment.tzinfo is not None:
        try:
            moment, zone = moment.astimezone(UTC).replace(tzinfo=None), "Z"
        except OverflowError:
            return Literal(text)
    written = moment.isoformat()
    if "." in written:
        written = written.rstrip("0").rstrip(".")
    return Literal(written + zone, datatype=Term.DATE_TIME)


@lru_cache(maxsize=4096)
def moment(text: str) -> Node:
    """Return what `time_literal` makes of `text`."""
    return str(time_literal(text))


_ARABIC: Final = re.compile(r"[\u0600-\u06FF]")
_LATIN: Final = re.compile(r"[A-Za-z]")


def name_language(name: str, language: str) -> str:
    """Return the language of a name met in a text of `language`: a Latin name in an Arabic text is not Arabic."""
    if _ARABIC.search(name):
        return language if language in _ARABIC_SCRIPT else "ar"
    return "en" if language in _ARABIC_SCRIPT and _LATIN.search(name) else language


_ARABIC_SCRIPT: Final = frozenset({"ar", "fa", "ur", "ku", "ckb"})

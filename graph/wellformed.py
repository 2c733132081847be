"""XML as the engine writes it, and what must not go out as it is: results of queries, and RDF/XML.

Invariant: whoever reads XML to its end reads what was to be written. The engine escapes markup and nothing else, so
here carriage returns are escaped and labels of blank nodes made names; what XML cannot hold ends the writing.

Memory is constant, a tag aside that lies over the edge of two blocks. Nothing else of the project is imported: query
workers, which import little, use it too.
"""

import re
from collections.abc import Callable
from typing import IO, Final, cast

_GRAPHS: Final = "application/rdf+xml"
_TYPES: Final = ("application/sparql-results+xml", _GRAPHS)
# What XML 1.0 holds as it stands; 0xEF begins U+FFFE and U+FFFF, which it does not hold, among many others.
_PLAIN: Final = bytes(byte for byte in range(256) if (byte >= 0x20 and byte != 0xEF) or byte in b"\t\n")
_NO_CHARACTER: Final = re.compile(rb"[\x00-\x08\x0b\x0c\x0e-\x1f]|\xef\xbf[\xbe\xbf]")
# A tag without a local name, or one that namespaces or RDF/XML keep for themselves. Within text no "<" is raw.
_NO_NAME: Final = re.compile(
    rb"<([^<>\s:/]*:(?=[\s/>])|xmlns:[^\s/>]*|rdf:(?:bagID|aboutEach|aboutEachPrefix)(?=[\s/>]))"
    rb'(?: xmlns:oxprefix="([^"]*)")?'
)
_NODE: Final = b' rdf:nodeID="'
_NO_LABEL: Final = re.compile(_NODE + rb"(?=[0-9_])")  # "_" too, so that no two labels become one
_RESERVED: Final = "reserved syntax term"  # in what the engine says of such a predicate
_SHOWN: Final = 40  # bytes on either side of a character that XML does not hold


class NotInXml(Exception):
    """An answer cannot be written in XML; the message is what of it cannot, as the subject of a sentence."""


def write(out: IO[bytes], media_type: str, serialize: Callable[[IO[bytes]], object]) -> None:
    """Let `serialize` write into `out` what the engine writes in a form, XML checked and mended block by block.

    Raises:
        NotInXml: what came before it may be in `out`, and is no whole document.
    """
    if media_type not in _TYPES:
        serialize(out)
        return
    try:
        serialize(cast("IO[bytes]", _Checked(out, graph=media_type == _GRAPHS)))
    except OSError as error:
        if _RESERVED not in str(error):
            raise
        raise NotInXml("A predicate that RDF/XML keeps for its own syntax, as rdf:li and rdf:Description,") from None


class _Checked:
    """The file that the engine writes XML into: it needs no more than write and flush."""

    def __init__(self, out: IO[bytes], *, graph: bool) -> None:
        self._out = out
        self._graph = graph
        self._held = b""  # the beginning of what lies over the edge of two blocks

    def write(self, data: bytes) -> int:
        block = self._held + data
        end = _end(block)
        self._held = block[end:]
        self._out.write(self._mended(block[:end]))
        return len(data)

    def flush(self) -> None:
        self._out.flush()

    def _mended(self, block: bytes) -> bytes:
        if block.translate(None, _PLAIN):
            found = _NO_CHARACTER.search(block)
            if found is not None:
                raise NotInXml(_character(block, found))
            block = block.replace(b"\r", b"&#13;")
        if not self._graph:
            return block
        found = _NO_NAME.search(block)
        if found is not None:
            name = f"<{_text(found[2])}>" if found[2] is not None else _text(found[1])
            raise NotInXml(f"{name}, a predicate or type of which RDF/XML can make no name of an element,")
        return _NO_LABEL.sub(_NODE + b"_", block) if _NODE in block else block


def _end(block: bytes) -> int:
    """Return where the last tag of a block begins that is not whole, or else its last character."""
    tag = block.rfind(b"<")
    if tag > block.rfind(b">"):
        return tag
    for ending in (b"\xef", b"\xef\xbf"):
        if block.endswith(ending):
            return len(block) - len(ending)
    return len(block)


def _character(block: bytes, found: re.Match[bytes]) -> str:
    """Name a character with the text that it stands in, its control characters visible."""
    before = re.split(rb'[<>"]', block[max(0, found.start() - _SHOWN) : found.start()])[-1]
    after = re.split(rb'[<>"]', block[found.end() : found.end() + _SHOWN])[0]
    code = f"{ord(found[0].decode()):04X}"
    return f"The character U+{code} in “{_visible(before)}\\u{code}{_visible(after)}”"


def _visible(escaped: bytes) -> str:
    return "".join(c if c.isprintable() else f"\\u{ord(c):04X}" for c in _text(escaped))


def _text(escaped: bytes) -> str:
    """Return what a piece of XML says; a piece of a character at its edge is left out."""
    from html import unescape

    return unescape(escaped.decode("utf-8", "ignore"))

"""Reading a file of places: its lines or items one by one, and what is wrong with one of them.

Invariant: a fault names file, line (or item) and field; nothing of a file is held in memory but the item at hand; no
line, name or list of names is longer than the limits allow.
"""

import gzip
import io
import json
import re
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, TypeVar, cast

_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\ufffe\uffff]")
_FORMATTING = re.compile("[\u200b\u200e\u200f\u202a-\u202e\u2060-\u2069\ufeff\u00ad]")
_NUMBER = re.compile(r"-?\d{1,3}(?:\.\d{1,20})?", re.ASCII)
_COUNTRY = re.compile("[A-Z]{2}")
_MOST_PEOPLE = 10**11
_CHUNK = 1 << 16
_SHOWN = 40
_BEHIND_VALUES = tuple(",:]} \t\r\n")
_UNPACKED_AT_LEAST = 1 << 26  # bytes: what unpacks to less than this may be packed as tightly as it likes
_ARCHIVES = {b"PK\x03\x04": "ZIP", b"\x1f\x8b": "gzip", b"7z\xbc\xaf": "7z", b"BZh": "bzip2", b"\xfd7zXZ": "xz"}
_TAR = (257, b"ustar")  # https://www.gnu.org/software/tar/manual/html_node/Standard.html
_LINES = frozenset({".jsonl", ".ndjson", ".geojsonl", ".geojsons"})  # one item a line
_Item = TypeVar("_Item")


@dataclass(frozen=True, slots=True)
class Limits:
    """What is too much: bytes of a line or item, characters of a name, names of a place, rows of a file.

    `ratio` is how many times as large as the archive its content may be; dumps of GeoNames are four times as large.
    """

    line: int = 1_000_000
    name: int = 400
    names: int = 2_000
    rows: int = 50_000_000
    ratio: int = 200


class BadSourceFile(ValueError):
    """A file of places that cannot be used; the message names file, line and field."""


class BadRow(BadSourceFile):
    """One row of the file that cannot be used."""


class SourceFile:
    """A file of places that is read once, from its beginning."""

    def __init__(self, path: Path, limits: Limits) -> None:
        self.path = path
        self.limits = limits
        self.unit = "line"
        self.done = 0  # bytes of the file that were read, for a progress bar
        self.behind = 0  # rows up to this one are not looked at: an earlier run has staged them
        self.forgive: Callable[[BadRow], None] | None = None  # told of a faulty row that is left out

    def row(self, number: int, read: Callable[[], _Item | None]) -> tuple[int, _Item | None]:
        """Return a row with what it says, None where that is nothing, an earlier run had it, or a fault is forgiven."""
        if number <= self.behind:
            return number, None
        try:
            return number, read()
        except BadRow as bad:
            if self.forgive is None:
                raise
            self.forgive(bad)
            return number, None

    def fault(self, number: int | None, field: str | None, reason: str) -> BadRow:
        """Return the exception for what is wrong with a row."""
        where = f"{self.path.name}, {self.unit} {number}" if number else self.path.name
        return BadRow(f"{where}, {field}: {reason}." if field else f"{where}: {reason}.")

    def lines(self) -> Iterator[tuple[int, str]]:
        """Yield the lines with their numbers, without line ends and byte order mark."""
        limit = self.limits.line
        with self._opened() as (stream, tell):
            number = 0
            while raw := stream.readline(limit + 1):
                number += 1
                if len(raw) > limit:
                    raise self.fault(number, None, f"it is longer than {limit} bytes (WAQAI_GAZETTEER_LINE_BYTES)")
                if number % 4096 == 1:
                    self._passed(stream, tell())
                try:
                    text = raw.decode("utf-8")
                except UnicodeDecodeError as error:
                    raise self.fault(number, None, f"byte {error.start + 1} is not UTF-8") from None
                yield number, text.removeprefix("\ufeff").rstrip("\r\n") if number == 1 else text.rstrip("\r\n")

    def items(self, array: str) -> Iterator[tuple[int, Any]]:
        """Yield the items of a JSON array with their numbers: the top level, or the member `array` of the top level.

        One item a line is read too. No more than one item is held.
        """
        if _LINES & {suffix.lower() for suffix in self.path.suffixes}:
            for number, line in self.lines():
                if line.strip():
                    try:
                        yield number, json.loads(line)
                    except (ValueError, RecursionError) as error:
                        raise self.fault(number, None, f"this is not JSON ({error})") from None
            return
        with self._opened() as (stream, tell):
            text = io.TextIOWrapper(stream, encoding="utf-8-sig", newline="")
            try:
                for number, item in enumerate(_items(text, array, self), 1):
                    self._passed(stream, tell())
                    yield number, item
            except UnicodeDecodeError as error:
                raise self.fault(None, None, f"it is not UTF-8: {error.reason}") from None

    def head(self, size: int = _CHUNK) -> str:
        """Return how the file begins, for telling its format."""
        with self._opened() as (stream, _):
            return stream.read(size).decode("utf-8-sig", errors="replace")

    @contextmanager
    def _opened(self) -> Iterator[tuple[IO[bytes], Any]]:
        suffix = self.path.suffix.lower()
        try:
            with self.path.open("rb") as file:
                if suffix == ".zip":
                    with zipfile.ZipFile(file) as archive, self._unpacked(archive) as stream:
                        yield self._plain(cast("io.BufferedReader", stream)), file.tell
                elif suffix == ".gz":
                    with gzip.open(file) as unpacked:
                        yield self._plain(cast("io.BufferedReader", unpacked)), file.tell
                else:
                    yield self._plain(file), file.tell
        except (zipfile.BadZipFile, EOFError, gzip.BadGzipFile, zlib.error) as error:
            reason = f"the archive is damaged or was cut off ({error})"
            raise self.fault(None, None, reason) from error

    def _unpacked(self, archive: zipfile.ZipFile) -> IO[bytes]:
        try:
            return archive.open(self._member(archive))
        except (RuntimeError, NotImplementedError) as error:  # a password; a method that nobody uses
            raise self.fault(None, None, f"it cannot be unpacked here ({error}); unpack it first") from None

    def _plain(self, stream: io.BufferedReader) -> IO[bytes]:
        """Return the stream, if it does not begin as an archive does."""
        begin = stream.peek(512)
        held = next((name for mark, name in _ARCHIVES.items() if begin.startswith(mark)), None)
        if begin[_TAR[0] : _TAR[0] + len(_TAR[1])] == _TAR[1]:
            held = "tar"
        if held:
            raise self.fault(None, None, f"it holds a {held} archive: unpack that first, and import the file in it")
        return stream

    def _passed(self, stream: IO[bytes], done: int) -> None:
        """Note how far the file is read, and stop where an archive holds far more than a dump would."""
        self.done = done
        unpacked = stream.tell()
        if unpacked > max(_UNPACKED_AT_LEAST, self.limits.ratio * max(done, 1)):
            most = f"{self.limits.ratio} times its size (WAQAI_GAZETTEER_RATIO)"
            raise self.fault(None, None, f"its content is larger than {most}; unpack it first, if it may be trusted")

    def _member(self, archive: zipfile.ZipFile) -> str:
        names = [i.filename for i in archive.infolist() if not i.is_dir() and "readme" not in i.filename.lower()]
        named = [n for n in names if Path(n).stem.lower() == self.path.stem.lower()]
        if len(named or names) != 1:
            raise self.fault(None, None, f"it must hold one file of places, and holds {len(names)}")
        return (named or names)[0]

    # --- fields ---

    def name(self, number: int, field: str, value: str) -> str:
        """Return a name without marks of direction."""
        if _CONTROL.search(value):
            raise self.fault(number, field, f"{_shown(value)} has a control character")
        value = _FORMATTING.sub("", value) if not value.isascii() else value
        value = " ".join(value.split())
        if len(value) > self.limits.name:
            raise self.fault(
                number, field, f"{len(value)} characters are too many for a name (WAQAI_GAZETTEER_NAME_CHARS)"
            )
        return value

    def point(self, number: int, lat: str, lon: str, fields: tuple[str, str]) -> tuple[str, str] | tuple[None, None]:
        """Return a point as decimal strings, none where both are empty."""
        if not lat.strip() and not lon.strip():
            return None, None
        return self._degrees(number, fields[0], lat, 90), self._degrees(number, fields[1], lon, 180)

    def _degrees(self, number: int, field: str, value: str, most: int) -> str:
        value = value.strip()
        if not _NUMBER.fullmatch(value):
            raise self.fault(number, field, f"{_shown(value)} is not a number of degrees")
        if not -most <= float(value) <= most:
            raise self.fault(number, field, f"{value} is out of range (-{most} to {most})")
        text = value.rstrip("0").rstrip(".") if "." in value else value
        if text[0] in "-0":
            whole, dot, part = text.lstrip("-").partition(".")
            text = f"{'-' if text[0] == '-' else ''}{whole.lstrip('0') or '0'}{dot}{part}"
        return "0" if text == "-0" else text

    def people(self, number: int, field: str, value: str) -> int:
        """Return a count of people, 0 where there is none."""
        if not value:
            return 0
        if not (value.isascii() and value.isdigit()) or len(value) > 12 or int(value) > _MOST_PEOPLE:
            raise self.fault(number, field, f"{_shown(value)} is not a count of people")
        return int(value)

    def country(self, number: int, field: str, value: str) -> str:
        """Return a country code, empty where there is none."""
        if value and not _COUNTRY.fullmatch(value):
            raise self.fault(number, field, f"{_shown(value)} is not a country code of two capitals")
        return value

    def several(self, number: int, field: str, values: list[_Item]) -> list[_Item]:
        """Return the names of one place, if they are not too many."""
        if len(values) > self.limits.names:
            raise self.fault(
                number, field, f"{len(values)} names are too many for one place (WAQAI_GAZETTEER_PLACE_NAMES)"
            )
        return values


def _shown(value: str) -> str:
    return repr(value if len(value) <= _SHOWN else value[: _SHOWN - 1] + "…")


def _items(text: io.TextIOWrapper, array: str, file: SourceFile) -> Iterator[Any]:
    """Yield the items of the array, from a buffer that holds one of them at most."""
    reader = _Buffer(text, file)
    first = reader.skip_space()
    if first == "":
        raise file.fault(None, None, "it is empty")
    if first not in "{[":
        raise file.fault(None, None, "it is no JSON array or object")
    if first == "{":
        reader.to_member(array)
    yield from reader.elements()


class _Buffer:
    """What was read of a JSON text and not yet used."""

    def __init__(self, text: io.TextIOWrapper, file: SourceFile) -> None:
        self._text, self._file = text, file
        self._buffer, self._at, self._ended = "", 0, False
        self._decode = json.JSONDecoder().raw_decode
        self._count = 0

    def _more(self) -> bool:
        if self._ended:
            return False
        chunk = self._text.read(_CHUNK)
        self._buffer, self._at = self._buffer[self._at :] + chunk, 0
        self._ended = not chunk
        if len(self._buffer) > self._file.limits.line + _CHUNK:
            raise self._fault(f"it is longer than {self._file.limits.line} bytes (WAQAI_GAZETTEER_LINE_BYTES)")
        return bool(chunk)

    def _fault(self, reason: str) -> BadRow:
        return self._file.fault(self._count + 1, None, reason)

    def skip_space(self) -> str:
        """Return the next character that is no space, without taking it; empty at the end."""
        while True:
            while self._at < len(self._buffer) and self._buffer[self._at] in " \t\r\n":
                self._at += 1
            if self._at < len(self._buffer):
                return self._buffer[self._at]
            if not self._more():
                return ""

    def value(self) -> Any:
        """Take one JSON value."""
        self.skip_space()
        tried = 0
        while True:
            # Trying again costs the whole value: only once the buffer has doubled.
            if self._ended or len(self._buffer) - self._at >= 2 * tried:
                tried = len(self._buffer) - self._at
                try:
                    value, end = self._decode(self._buffer, self._at)
                except (ValueError, RecursionError) as error:
                    if self._ended:
                        why = "the file was cut off here" if self._at + tried <= len(self._buffer) else str(error)
                        raise self._fault(f"{why}, or this is not JSON ({error})") from None
                else:
                    # A number may go on behind what was read: 0 is not yet 0.5.
                    if self._ended or self._buffer[end : end + 1] in _BEHIND_VALUES:
                        self._at = end
                        return value
            self._more()

    def to_member(self, name: str) -> None:
        """Go to the array of this name in the object that begins here."""
        mark = ","
        while mark == ",":
            self._at += 1
            if self.skip_space() != '"':
                break
            key = self.value()
            if self.skip_space() != ":":
                break
            self._at += 1
            if self.skip_space() == "[" and key == name:
                return
            self.value()
            mark = self.skip_space()
        raise self._file.fault(None, None, f"it has no array named {name!r}, or is not JSON")

    def elements(self) -> Iterator[Any]:
        """Yield the elements of the array that begins here."""
        self._at += 1
        if self.skip_space() == "]":
            return
        while True:
            yield self.value()
            self._count += 1
            mark = self.skip_space()
            self._at += 1
            if mark == "]":
                return
            if mark != ",":
                raise self._fault("the file was cut off here, or this is not JSON")

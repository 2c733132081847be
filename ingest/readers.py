"""From files, streams and bytes to articles.

Invariant: every input gives articles or says why not. Nothing that a file holds raises, nothing is dropped in
silence, and the stored text is the decoded original, untouched: not trimmed, not normalised, newlines as they are.
Only a byte order mark goes, because it is no character of the text. For a web page the stored text is the article
that the page shows; the bytes as retrieved are kept beside it, as they are for every text that was not plain UTF-8.
"""

import json
import os
import re
import stat
from collections.abc import Callable, Iterator
from dataclasses import dataclass, fields
from datetime import date, datetime
from functools import partial
from io import BytesIO
from pathlib import Path
from typing import Any, BinaryIO

from ingest import language as languages
from ingest.encoding import Decoded, Undecodable, binary_kind, decode, has_utf16_mark
from ingest.webpage import NoArticleError, read_page
from ontology.model import Article

PUBLISHED_FORMS = "a day (2024-11-30) or an ISO 8601 time (2024-11-30T18:05, 2024-11-30T18:05:00+03:00, …Z)"

_HTML_SUFFIXES = (".html", ".htm", ".xhtml")
_LINES_SUFFIXES = (".jsonl", ".ndjson")
_SUFFIXES = (".txt", ".json", *_LINES_SUFFIXES, *_HTML_SUFFIXES)
_DATA_FOLDER_MARKS = ("log.sqlite", ".waqai-data", ".waqai-demo")  # what no folder of articles holds
_CHUNK = 65_536
_PUBLISHED = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}(?:T[0-9]{2}:[0-9]{2}(?::[0-9]{2}(?:\.[0-9]{1,6})?)?(?:Z|[+-][0-9]{2}:?[0-9]{2})?)?"
)
_URL = re.compile(r"https?://[^\s\x00-\x20\x7f-\x9f<>\"{}|\\^`]+", re.IGNORECASE)
_HTML_START = re.compile(  # possessive throughout: a run of comments must not be matched in many ways
    r"(?:<\?xml[^>]*+>|<!--(?:(?!-->).)*+-->|\s)*+<(?:!doctype\s+html|html|head|body)\b", re.IGNORECASE | re.DOTALL
)
_HTML_CHARSET = re.compile(rb"<meta[^>]{0,200}?charset\s*=\s*[\"']?\s*([A-Za-z0-9_.:-]{2,40})", re.IGNORECASE)
_KINDS = {
    bool: "true or false",
    int: "a number",
    float: "a number",
    list: "a list",
    dict: "an object",
    type(None): "null",
}


@dataclass(frozen=True, slots=True)
class Limits:
    """How much one call may read.

    `max_bytes` is the size of one article's file, page or JSON document (the setting WAQAI_MAX_ARTICLE_BYTES), and
    `max_line` that of one line of JSON Lines; a JSON Lines file may be of any size. `max_articles` counts all
    articles that one call yields.
    """

    max_bytes: int = 10_000_000
    max_articles: int = 1_000_000
    max_line: int = 10_000_000


@dataclass(frozen=True, slots=True)
class Overrides:
    """What the caller knows about the input. Each value given wins over what the input says."""

    published: str | None = None
    publisher: str | None = None
    language: str | None = None
    url: str | None = None
    title: str | None = None


@dataclass(frozen=True, slots=True)
class Rejected:
    """An input, or a part of one, that gives no article.

    `where` names the input (for an item of a JSON array with its index, `a.json[3]`), `line` counts from 1, `offset`
    is in bytes from 0 of the input. `reason` is a predicate without a full stop: "articles.txt: is empty".
    """

    where: str
    reason: str
    line: int | None = None
    offset: int | None = None


@dataclass(frozen=True, slots=True)
class _Context:
    where: str
    overrides: Overrides
    limits: Limits

    def rejected(self, reason: str, line: int | None = None, offset: int | None = None) -> Rejected:
        return Rejected(self.where, reason, line, offset)


class _RefusedError(ValueError):
    """What makes one article unusable, as the reason to give."""


_DEFAULT_OVERRIDES = Overrides()
_DEFAULT_LIMITS = Limits()


def read_path(
    path: Path, overrides: Overrides = _DEFAULT_OVERRIDES, limits: Limits = _DEFAULT_LIMITS
) -> Iterator[Article | Rejected]:
    """Read a file, or every file below a folder, sorted by name.

    Hidden files and folders are skipped. In a folder, files without one of the suffixes .txt, .html, .json and .jsonl
    and the like are rejected by name, and so is, as one, a data folder of ours; a single file with any other suffix is
    judged by its content.
    """
    yield from _at_most(limits, _shown(path), _checked(_shown(path), overrides, _walk(path, overrides, limits)))


def read_stream(
    stream: BinaryIO,
    where: str = "<stdin>",
    overrides: Overrides = _DEFAULT_OVERRIDES,
    limits: Limits = _DEFAULT_LIMITS,
    suffix: str = "",
) -> Iterator[Article | Rejected]:
    """Read one input from a stream of bytes. `suffix` (".txt", ".jsonl") names its format; "" judges by content."""
    found = _read(stream, _Context(where, overrides, limits), suffix, None)
    yield from _at_most(limits, where, _checked(where, overrides, found))


def read_bytes(
    data: bytes,
    where: str = "<bytes>",
    overrides: Overrides = _DEFAULT_OVERRIDES,
    limits: Limits = _DEFAULT_LIMITS,
    suffix: str = "",
) -> Iterator[Article | Rejected]:
    """Read one input from bytes in memory, as `read_stream` does."""
    found = _read(BytesIO(data), _Context(where, overrides, limits), suffix, len(data))
    yield from _at_most(limits, where, _checked(where, overrides, found))


def published_problem(value: str) -> str | None:
    """Return why `value` cannot be a publication date, None where it can. A date is kept exactly as given.

    >>> published_problem("2024-11-30"), published_problem("2024-11-30T18:05:00+03:00")
    (None, None)
    >>> published_problem("30/11/2024") is None
    False
    """
    why = _unusable_date(value)
    return None if why is None else f"has the publication date {_quoted(value)}: give {PUBLISHED_FORMS}"


def _unusable_date(value: str) -> str | None:
    try:
        if _PUBLISHED.fullmatch(value):
            _ = datetime.fromisoformat(value) if "T" in value else date.fromisoformat(value)
            return None
    except ValueError:
        pass
    return f"{_quoted(value)} is no publication date: give {PUBLISHED_FORMS}"


def override_problem(overrides: Overrides) -> tuple[str, str] | None:
    """Return the field of `overrides` that cannot be used and why, without a full stop; None where all can.

    >>> override_problem(Overrides(publisher=" "))
    ('publisher', 'it is blank')
    """
    for field in fields(overrides):
        value = getattr(overrides, field.name)
        if value is not None and (why := _unusable(field.name, value)):
            return field.name, why
    return None


def _unusable(field: str, value: str) -> str | None:
    if field == "published":
        return _unusable_date(value)
    if not value.strip():
        return "it is blank"
    if field == "url" and not _URL.fullmatch(value):
        return f"{_quoted(value)} is no http or https address"
    if field == "language" and languages.supported(value) is None:
        return f"{_quoted(value)} is not a language that is read: give ar or en"
    try:
        _check_string(field, value)
    except _RefusedError as refused:
        return f"it {refused}"
    return None


def _shown(path: Path) -> str:
    return os.fsencode(path).decode("utf-8", "replace")


def _quoted(value: str) -> str:
    short = value if len(value) <= 60 else value[:57] + "..."
    return json.dumps(short, ensure_ascii=not short.isprintable())


def _at_most(limits: Limits, where: str, found: Iterator[Article | Rejected]) -> Iterator[Article | Rejected]:
    articles = 0
    for item in found:
        if isinstance(item, Article):
            articles += 1
            if articles > limits.max_articles:
                yield Rejected(where, f"holds more than {limits.max_articles:,} articles: ingest the rest on its own")
                return
        yield item


def _checked(where: str, overrides: Overrides, found: Iterator[Article | Rejected]) -> Iterator[Article | Rejected]:
    """Pass `found` on, unless the caller's own values are unusable: then say that once and read nothing."""
    problem = override_problem(overrides)
    if problem is not None:
        yield Rejected(where, f"cannot be read with the {problem[0]} that was given: {problem[1]}")
    else:
        yield from found


# Files and folders


def _walk(path: Path, overrides: Overrides, limits: Limits) -> Iterator[Article | Rejected]:
    try:
        is_folder = path.is_dir()
    except (OSError, ValueError) as error:
        yield Rejected(_shown(path), f"cannot be opened: {_why(error)}")
        return
    if not is_folder:
        yield from _file(path, overrides, limits)
        return
    empty = True
    for found in _files(path):
        empty = False
        if isinstance(found, Rejected):
            yield found
        elif found.suffix.lower() not in _SUFFIXES:
            yield Rejected(_shown(found), f"is skipped: in a folder only {', '.join(_SUFFIXES)} files are read")
        else:
            yield from _file(found, overrides, limits)
    if empty:
        yield Rejected(_shown(path), "is a folder without files to read")


def _files(folder: Path) -> Iterator[Path | Rejected]:
    """Yield the regular files below `folder`, depth first and sorted, and what cannot be looked into."""
    pending: list[Path] = [folder]
    while pending:
        path = pending.pop()
        try:
            mode = path.lstat().st_mode if path != folder else path.stat().st_mode
            if stat.S_ISLNK(mode) and path.is_file():
                yield path
            elif stat.S_ISDIR(mode) and any((path / mark).exists() for mark in _DATA_FOLDER_MARKS):
                yield Rejected(_shown(path), "is skipped: it is a data folder of waqai, and its files are no articles")
            elif stat.S_ISDIR(mode):
                inside = sorted(path.iterdir(), key=os.fsencode, reverse=True)
                pending.extend(child for child in inside if not child.name.startswith("."))
            elif stat.S_ISREG(mode):
                yield path
            else:
                yield Rejected(
                    _shown(path), "is neither a regular file nor a folder, and links to folders are not followed"
                )
        except OSError as error:
            yield Rejected(_shown(path), f"cannot be opened: {_why(error)}")


def _file(path: Path, overrides: Overrides, limits: Limits) -> Iterator[Article | Rejected]:
    context = _Context(_shown(path), overrides, limits)
    try:
        with path.open("rb") as stream:
            status = os.fstat(stream.fileno())
            size = status.st_size if stat.S_ISREG(status.st_mode) else None
            yield from _read(stream, context, path.suffix.lower(), size)
    except (OSError, ValueError) as error:
        yield context.rejected(f"cannot be opened: {_why(error)}")


def _why(error: Exception) -> str:
    if isinstance(error, FileNotFoundError):
        return "no such file or folder"
    if isinstance(error, PermissionError):
        return "no permission to read it"
    return (error.strerror or str(error)) if isinstance(error, OSError) else str(error)


# One input


def _read(stream: BinaryIO, context: _Context, suffix: str, size: int | None) -> Iterator[Article | Rejected]:
    """Read one input; `size` is its length in bytes where it is known before reading."""
    try:
        head = _up_to(stream, _CHUNK)
        kind = binary_kind(head)
        if kind:
            yield context.rejected(f"looks like {kind}: give its text as .txt, .html or .jsonl", offset=0)
            return
        if not has_utf16_mark(head) and _holds_lines(head, suffix):
            yield from _read_lines(head, stream, context)
            return
        limit = context.limits.max_bytes
        if size is not None and size > limit:
            yield _too_large(context, f"{size:,} bytes")
            return
        data = head + _up_to(stream, limit + 1 - len(head))
    except OSError as error:
        yield context.rejected(f"cannot be read: {_why(error)}")
        return
    if len(data) > limit:
        yield _too_large(context, f"more than {limit:,} bytes")
        return
    yield from _read_whole(data, context, suffix)


def _too_large(context: _Context, size: str) -> Rejected:
    return context.rejected(
        f"holds {size}, and one article may have {context.limits.max_bytes:,}: "
        "raise WAQAI_MAX_ARTICLE_BYTES, or give many articles as JSON Lines (.jsonl)"
    )


def _up_to(stream: BinaryIO, count: int) -> bytes:
    """Read `count` bytes, fewer only at the end; pipes hand out less at a time."""
    parts: list[bytes] = []
    while count > 0 and (part := stream.read(count)):
        parts.append(part)
        count -= len(part)
    return b"".join(parts)


def _holds_lines(head: bytes, suffix: str) -> bool:
    if suffix in _LINES_SUFFIXES:
        return True
    if suffix not in ("", ".json"):
        return False
    first, newline, _ = head.removeprefix(b"\xef\xbb\xbf").lstrip().partition(b"\n")
    if not re.match(rb'\{\s*"', first):
        return False
    if not newline:  # one line: an object, or the beginning of a long line that can only be an object's
        return len(head) >= _CHUNK and suffix == ""
    return isinstance(_parsed_or_none(first), dict)


def _parsed_or_none(data: bytes) -> Any:
    try:
        return json.loads(data)
    except (ValueError, RecursionError):
        return None


def _read_whole(data: bytes, context: _Context, suffix: str) -> Iterator[Article | Rejected]:
    declared = _HTML_CHARSET.search(data[:8192])
    decoded = decode(data, declared.group(1).decode("ascii") if declared else None)
    if isinstance(decoded, Undecodable):
        yield context.rejected(decoded.reason, offset=decoded.offset)
        return
    text = decoded.text
    as_html = suffix in _HTML_SUFFIXES or (suffix != ".json" and _HTML_START.match(text[:_CHUNK]) is not None)
    if not text.strip("\ufeff\u200b\u200e\u200f \t\r\n\f\v\u00a0"):
        yield context.rejected("is empty" if not data else "holds nothing but white space")
    elif as_html:
        yield _attempt(context, partial(_page, data, text, context))
    elif suffix == ".json" or (suffix == "" and re.match(r'\s*(?:\{\s*"|\[\s*[{\]])', text)):
        yield from _read_json(text, context)
    elif suffix in _LINES_SUFFIXES:
        yield context.rejected(f"is {decoded.encoding.upper()}: JSON Lines must be UTF-8")
    elif re.match(r"\s*<\?xml\b|\s*<(?:rss|feed)\b", text):
        yield context.rejected("looks like XML or a feed, not like an article: give the article as .txt or .html")
    else:
        yield _attempt(context, partial(_plain, data, decoded, context))


def _attempt(context: _Context, make: Callable[[], Article], line: int | None = None) -> Article | Rejected:
    try:
        return make()
    except _RefusedError as refused:
        return context.rejected(str(refused), line)


def _plain(data: bytes, decoded: Decoded, context: _Context) -> Article:
    given = context.overrides
    return Article(
        text=decoded.text,
        language=_language(decoded.text, given.language, None),
        title=given.title,
        published=given.published,
        publisher=given.publisher,
        url=given.url,
        original=None if data == decoded.text.encode("utf-8") else data,
    )


def _page(data: bytes, text: str, context: _Context) -> Article:
    given = context.overrides
    try:
        page = read_page(text)
    except NoArticleError as error:
        raise _RefusedError(str(error)) from error
    for key, value in (("text", page.text), ("title", page.title), ("publisher", page.publisher)):
        _check_string(key, value)
    # What a page says about itself in a form nobody can use counts as not said: its reader cannot mend it.
    published = next((value for value in page.published if published_problem(value) is None), None)
    return Article(
        text=page.text,
        language=_language(page.text, given.language, None, hint=page.language),
        title=given.title or page.title,
        published=given.published or published,
        publisher=given.publisher or page.publisher,
        url=given.url or (page.url if page.url and _URL.fullmatch(page.url) else None),
        media_type="text/html",
        original=data,
    )


def _language(text: str, override: str | None, field: str | None, hint: str | None = None) -> str:
    """Return the language to read `text` in: what the caller insists on, else what the input says or the text is.

    Raises:
        _RefusedError: where that is a language that the pipeline does not read.

    """
    if override is not None:
        return languages.supported(override) or override
    found = languages.detect(text)
    if field is not None:
        stated = languages.supported(field)
        if stated is None:
            raise _RefusedError(
                f"is said to be in {_quoted(field)}: only Arabic (ar) and English (en) are read; {_INSIST}"
            )
        # Stated en over a text in Arabic script is a slip of the feed, and the English pipeline would find nothing.
        return found if found in languages.SUPPORTED else stated
    if found is None:
        found = languages.supported(hint) if hint else None
        if found is None:
            raise _RefusedError(f"holds no words to tell the language by; {_INSIST}")
    if found not in languages.SUPPORTED:
        raise _RefusedError(
            f"seems to be in {languages.name(found)}, and only Arabic (ar) and English (en) are read; {_INSIST}"
        )
    return found


_INSIST = "give --language ar or --language en to insist"


# JSON


def _read_json(text: str, context: _Context) -> Iterator[Article | Rejected]:
    try:
        data = json.loads(text)
    except (ValueError, RecursionError) as error:
        line = error.lineno if isinstance(error, json.JSONDecodeError) else None
        yield context.rejected(_json_problem(error), line)
        return
    if isinstance(data, dict):
        yield _attempt(context, partial(_from_fields, data, context))
    elif isinstance(data, list):
        if not data:
            yield context.rejected("is an empty JSON array")
        for index, item in enumerate(data):
            part = _Context(f"{context.where}[{index}]", context.overrides, context.limits)
            yield _attempt(part, partial(_from_fields, item, part))
    else:
        yield context.rejected(f"is JSON but holds {_kind(data)}: give an object with a text, or an array of them")


def _json_problem(error: Exception) -> str:
    if isinstance(error, json.JSONDecodeError):
        return f"is broken JSON: {error.msg} at column {error.colno}"
    if isinstance(error, RecursionError):
        return "is JSON that is nested too deeply"
    return f"is broken JSON: {str(error).split(':')[0]}"


def _kind(value: object) -> str:
    return _KINDS.get(type(value), "a string")


def _read_lines(head: bytes, stream: BinaryIO, context: _Context) -> Iterator[Article | Rejected]:
    number, found = 0, False
    for number, (offset, line) in enumerate(_lines(head, stream, context.limits.max_line), start=1):
        if number == 1 and line is not None:
            line = line.removeprefix(b"\xef\xbb\xbf")
        if line is None:
            found = True
            size = f"more than {context.limits.max_line:,} bytes"
            yield context.rejected(f"holds a line of {size}: raise WAQAI_MAX_ARTICLE_BYTES", number, offset)
        elif line.strip():
            found = True
            yield _line(line, number, offset, context)
    if not found:
        yield context.rejected("is empty" if number == 0 else "holds nothing but white space")


def _line(line: bytes, number: int, offset: int, context: _Context) -> Article | Rejected:
    try:
        data = json.loads(line.decode("utf-8"))
    except UnicodeDecodeError as error:
        byte = line[error.start]
        reason = f"is not UTF-8, as JSON must be: byte {error.start} of the line is 0x{byte:02x}"
        return context.rejected(reason, number, offset + error.start)
    except (ValueError, RecursionError) as error:
        return context.rejected(_json_problem(error), number)
    return _attempt(context, partial(_from_fields, data, context), number)


def _lines(head: bytes, stream: BinaryIO, limit: int) -> Iterator[tuple[int, bytes | None]]:
    """Yield each line's offset and bytes without its newline; None for one longer than `limit`, which is not kept."""
    parts: list[bytes] = []
    start = position = length = 0
    chunk = head
    while chunk:
        pieces = chunk.split(b"\n")
        for index, piece in enumerate(pieces):
            length += len(piece)
            if length <= limit:
                parts.append(piece)
            else:
                parts.clear()
            position += len(piece)
            if index < len(pieces) - 1:
                yield start, b"".join(parts) if length <= limit else None
                parts, length = [], 0
                position += 1
                start = position
        chunk = stream.read(_CHUNK)
    if length:
        yield start, b"".join(parts) if length <= limit else None


def _from_fields(data: object, context: _Context) -> Article:
    if not isinstance(data, dict):
        raise _RefusedError(f"holds {_kind(data)} where an object with a text belongs")
    given = context.overrides
    text = data.get("text")
    if not isinstance(text, str):
        what = f"has {_kind(text)} as its text" if "text" in data else 'has no field "text"'
        raise _RefusedError(f"{what}: it must be a string")
    _check_string("text", text)
    if not text.strip():
        raise _RefusedError("has an empty text")
    if len(text) > context.limits.max_bytes or len(text.encode("utf-8")) > context.limits.max_bytes:
        raise _RefusedError(
            f"has a text of more than {context.limits.max_bytes:,} bytes: raise WAQAI_MAX_ARTICLE_BYTES to read it"
        )
    published = given.published or _string(data, "published")
    _check_published(published)
    return Article(
        text=text,
        language=_language(text, given.language, _string(data, "language") or _string(data, "lang")),
        title=given.title or _string(data, "title"),
        published=published,
        publisher=given.publisher or _string(data, "publisher"),
        url=given.url or _string(data, "url"),  # as given: feeds put catalogue numbers here too
        external_id=_external_id(data.get("id")),
    )


def _string(data: dict[str, Any], key: str) -> str | None:
    """Return the string under `key`, None where it is absent, null or blank.

    Raises:
        _RefusedError: for any other type, and for characters that cannot be stored.

    """
    value = data.get(key)
    if value is None:
        return None
    if not isinstance(value, str):
        raise _RefusedError(f'has {_kind(value)} as its "{key}": it must be a string')
    _check_string(key, value)
    return value if value.strip() else None


def _external_id(value: object) -> str | None:
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    return _string({"id": value}, "id")


def _check_string(key: str, value: str | None) -> None:
    if value is None:
        return
    if "\x00" in value:
        raise _RefusedError(f"has a NUL character in its {key}, at character {value.index(chr(0))}")
    try:
        value.encode("utf-8")
    except UnicodeEncodeError as error:
        raise _RefusedError(f"has half of a surrogate pair in its {key}, at character {error.start}") from None


def _check_published(value: str | None) -> None:
    if value is not None and (problem := published_problem(value)):
        raise _RefusedError(problem)

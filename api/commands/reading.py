"""Inputs of `ingest` and `extract`: paths, folders and standard input, as articles and rejections.

Invariant: every input is either read or named as rejected; one bad input never stops the others.
"""

import sys
import traceback
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from api.failures import Misuse, debugging

if TYPE_CHECKING:
    from ingest.readers import Limits, Overrides, Rejected
    from ontology.model import Article

PathsArgument = Annotated[
    list[str],
    typer.Argument(metavar="PATH...", help="Files, folders (walked), web addresses, or - for stdin."),
]
PublishedOption = Annotated[
    str | None, typer.Option("--published", help="When the article was published (ISO 8601, e.g. 2024-11-30).")
]
PublisherOption = Annotated[str | None, typer.Option("--publisher", help="Who published it.")]
LanguageOption = Annotated[str | None, typer.Option("--language", help="ar or en; detected where not given.")]
UrlOption = Annotated[str | None, typer.Option("--url", help="Where it was published.")]
TitleOption = Annotated[str | None, typer.Option("--title", help="Its headline; a plain text states none.")]

ProcessesOption = Annotated[
    int, typer.Option("--processes", min=1, max=64, help="Processes that extract articles side by side.")
]


def read_inputs(
    paths: list[str],
    *,
    published: str | None,
    publisher: str | None,
    language: str | None,
    url: str | None,
    title: str | None,
    max_bytes: int,
) -> "Iterator[tuple[str, Article | Rejected]]":
    """Return what every path holds, in the order given, each with that path; nothing is read before it is asked for.

    Raises:
        Misuse: for a path or an option that cannot be meant, at once.
    """
    from ingest.readers import Limits, Overrides, override_problem

    for path in paths:
        if not path.strip():
            raise Misuse("a path is empty: name a file or a folder (. is the current one), or - for standard input.")
    overrides = Overrides(published=published, publisher=publisher, language=language, url=url, title=title)
    problem = override_problem(overrides)
    if problem is not None:
        raise Misuse(f"--{problem[0]}: {problem[1]}.")
    return _read(paths, overrides, Limits(max_bytes=max_bytes))


def _read(paths: list[str], overrides: "Overrides", limits: "Limits") -> "Iterator[tuple[str, Article | Rejected]]":
    from ingest.readers import read_path, read_stream

    for path in paths:
        if path == "-":
            where, found = "<stdin>", read_stream(sys.stdin.buffer, "<stdin>", overrides, limits)
        elif path.startswith(("http://", "https://")):
            where, found = path, _read_address(path, overrides, limits)
        else:
            where, found = path, read_path(Path(path), overrides, limits)
        for item in found:
            yield where, item


def _read_address(address: str, overrides: "Overrides", limits: "Limits") -> "Iterator[Article | Rejected]":
    from api.settings import load_settings
    from api.webpages import read_address

    settings = load_settings()
    seconds, redirects = settings.fetch_seconds, settings.fetch_redirects
    return read_address(address, overrides, limits, seconds=seconds, redirects=redirects)


def failure(where: str, failed: Exception) -> "Rejected":
    """Return an article that could not go in as a rejected input; show what caused it if asked for."""
    from ingest.readers import Rejected

    if debugging() and failed.__cause__ is not None:
        sys.stderr.writelines(traceback.format_exception(failed.__cause__))
    return Rejected(where, str(failed))


def rejection(rejected: "Rejected") -> str:
    """Return a rejected input as one line: where, and why."""
    where = rejected.where
    if rejected.line is not None:
        where += f", line {rejected.line}"
    if rejected.offset is not None:
        where += f", byte {rejected.offset}"
    return f"rejected {where}: {rejected.reason}"

"""Inputs of `ingest` and `extract`: paths, folders and standard input, as articles and rejections.

Invariant: every input is either read or named as rejected; one bad input never stops the others.
"""

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from api.failures import Misuse

if TYPE_CHECKING:
    from ingest.readers import Rejected
    from ontology.model import Article

PathsArgument = Annotated[
    list[str], typer.Argument(metavar="PATH...", help="Files, folders (walked) or - for standard input.")
]
PublishedOption = Annotated[
    str | None, typer.Option("--published", help="When the article was published (ISO 8601, e.g. 2024-11-30).")
]
PublisherOption = Annotated[str | None, typer.Option("--publisher", help="Who published it.")]
LanguageOption = Annotated[str | None, typer.Option("--language", help="ar or en; detected where not given.")]
UrlOption = Annotated[str | None, typer.Option("--url", help="Where it was published.")]


def read_inputs(
    paths: list[str],
    *,
    published: str | None,
    publisher: str | None,
    language: str | None,
    url: str | None,
    max_bytes: int,
) -> "Iterator[Article | Rejected]":
    """Read every path in the order given.

    Raises:
        Misuse: for a web address in place of a path.
    """
    from ingest.readers import Limits, Overrides, read_path, read_stream

    for path in paths:
        if path.startswith(("http://", "https://")):
            raise Misuse(f"{path} is an address: save the page to a file and give its address with --url.")
    overrides = Overrides(published=published, publisher=publisher, language=language, url=url)
    limits = Limits(max_bytes=max_bytes)
    for path in paths:
        if path == "-":
            yield from read_stream(sys.stdin.buffer, "<stdin>", overrides, limits)
        else:
            yield from read_path(Path(path), overrides, limits)


def rejection(rejected: "Rejected") -> str:
    """Return a rejected input as one line: where, and why."""
    where = rejected.where
    if rejected.line is not None:
        where += f", line {rejected.line}"
    if rejected.offset is not None:
        where += f", byte {rejected.offset}"
    return f"rejected {where}: {rejected.reason}"

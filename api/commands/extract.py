"""`waqai extract`: claims as JSON, without a data folder.

Invariant: the log is never opened; the output is one JSON object an article in the order of the input.
"""

import contextlib
import sys
from typing import Annotated

import typer

from api.commands import reading
from api.commands.options import note, one_of, settings_of
from api.commands.progress import progress


def extract(
    paths: reading.PathsArgument,
    published: reading.PublishedOption = None,
    publisher: reading.PublisherOption = None,
    language: reading.LanguageOption = None,
    url: reading.UrlOption = None,
    title: reading.TitleOption = None,
    output: Annotated[str, typer.Option("--format", help="jsonl: one object an article; json: indented.")] = "jsonl",
) -> None:
    """Print the claims of articles as JSON; nothing is stored.

    Inputs that cannot be read are named on stderr, and the others are printed; the exit code is then 1.

    Example: waqai extract article.txt --published 2024-11-30 --format jsonl
    """
    one_of("--format", output, ("jsonl", "json"))
    settings = settings_of()
    inputs = reading.read_inputs(
        paths,
        published=published,
        publisher=publisher,
        language=language,
        url=url,
        title=title,
        max_bytes=settings.max_article_bytes,
    )
    import orjson

    from api import extraction
    from ontology.model import Article
    from ontology.wire import extraction_json

    option = orjson.OPT_INDENT_2 if output == "json" else 0
    extractor = None
    done = rejected = 0
    with contextlib.nullcontext(_nothing) if sys.stdout.isatty() else progress("extracting") as step:
        for where, item in inputs:
            if not isinstance(item, Article):
                rejected += 1
                note(reading.rejection(item))
                continue
            extractor = extractor or extraction.load_extractor()
            try:
                extracted = extraction.extract(extractor, item)
            except extraction.ExtractorFailed as failed:
                rejected += 1
                note(reading.rejection(reading.failure(where, failed)))
                continue
            typer.echo(orjson.dumps(extraction_json(extracted), option=option).decode())
            done += 1
            step(done)
    if not done and not rejected:
        note("no article was found in what you gave.")
    if rejected or not done:
        raise typer.Exit(1)


def _nothing(_: int) -> None:
    """Show no progress: the articles themselves appear on the terminal."""

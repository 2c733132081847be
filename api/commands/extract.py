"""`waqai extract`: claims as JSON, or why they are as they are, without a data folder.

Invariant: the log is never opened; the output is one JSON object (or one explanation) an article in the order of the
input. A page of explanations is whole or is not there.
"""

import contextlib
import functools
import itertools
import os
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import IO, TYPE_CHECKING, Annotated, Any, cast

import typer

from api.commands import reading
from api.commands.options import note, one_of, settings_of
from api.commands.progress import progress

if TYPE_CHECKING:
    from ingest.explanation import Explanation
    from ingest.readers import Rejected
    from ingest.wording import Tongue
    from ontology.model import Extraction


def extract(
    paths: reading.PathsArgument,
    published: reading.PublishedOption = None,
    publisher: reading.PublisherOption = None,
    language: reading.LanguageOption = None,
    url: reading.UrlOption = None,
    title: reading.TitleOption = None,
    processes: reading.ProcessesOption = 1,
    output: Annotated[str, typer.Option("--format", help="jsonl: one object an article; json: indented.")] = "jsonl",
    explain: Annotated[
        bool, typer.Option("--explain", help="Print, instead of JSON, what each article was taken for and why.")
    ] = False,
    explain_html: Annotated[
        Path | None, typer.Option("--explain-html", metavar="FILE", help="Write the explanations to one HTML page.")
    ] = None,
    explain_in: Annotated[str, typer.Option("--explain-in", help="Language of the explanations: en or ar.")] = "en",
) -> None:
    """Print the claims of articles as JSON; nothing is stored.

    With --explain the text comes instead with its mentions, the rule behind every slot, and what was let go and why;
    --explain-html writes the same as a page that needs nothing else.

    Inputs that cannot be read are named on stderr, and the others are printed; the exit code is then 1.

    Example: waqai extract article.txt --published 2024-11-30 --format jsonl
    """
    one_of("--format", output, ("jsonl", "json"))
    tongue = cast("Tongue", one_of("--explain-in", explain_in, ("en", "ar")))
    if explain_html is not None and not explain_html.absolute().parent.is_dir():
        raise typer.BadParameter(f"there is no folder {explain_html.absolute().parent}.", param_hint="--explain-html")
    if explain_html is not None and explain_html.is_dir():
        raise typer.BadParameter(f"{explain_html} is a folder.", param_hint="--explain-html")
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
    from api import extraction
    from ontology.model import Article

    load = functools.partial(extraction.load_extractor, settings.article_seconds, settings.gazetteer_folder)
    explaining = explain or explain_html is not None
    done = rejected = 0
    with contextlib.ExitStack() as stack:
        step = stack.enter_context(contextlib.nullcontext(_nothing) if sys.stdout.isatty() else progress("extracting"))
        results: Iterator[tuple[str, Article | Rejected, Any]]
        if explaining:
            show: Callable[[Any], None] = stack.enter_context(_explained(tongue, explain, explain_html))
            results = extraction.explain_all(load, inputs)
        else:
            show = functools.partial(_print, indented=output == "json")
            results = extraction.extract_all(load, inputs, processes)
        for where, item, made in results:
            if not isinstance(item, Article):
                rejected += 1
                note(reading.rejection(item))
                continue
            if isinstance(made, extraction.ExtractorFailed):
                rejected += 1
                note(reading.rejection(reading.failure(where, made)))
                continue
            show(made)
            done += 1
            step(done)
    if not done and not rejected:
        note("no article was found in what you gave.")
    if rejected or not done:
        raise typer.Exit(1)


def _print(extracted: "Extraction", *, indented: bool) -> None:
    import orjson

    from ontology.wire import extraction_json

    option = orjson.OPT_INDENT_2 if indented else 0
    typer.echo(orjson.dumps(extraction_json(extracted), option=option).decode())


@contextlib.contextmanager
def _explained(tongue: "Tongue", printed: bool, page: Path | None) -> "Iterator[Callable[[Explanation], None]]":
    """Give what takes each explanation to the terminal and into the page, which takes its place when all are in it."""
    from api import explanation_text
    from api.pages import explanation as pages
    from ingest.wording import Wording

    wording = Wording.load(tongue)
    with contextlib.ExitStack() as stack:
        file = None if page is None else stack.enter_context(_replacing(page))
        if file is not None:
            file.write(pages.opening(wording))
        numbers = itertools.count(1)

        def show(explanation: "Explanation") -> None:
            number = next(numbers)
            if printed:
                typer.echo("\n" * (number > 1) + explanation_text.render(explanation, wording), nl=False)
            if file is not None:
                file.write(pages.section(explanation, wording, number))

        yield show
        if file is not None:
            file.write(pages.CLOSING)


@contextlib.contextmanager
def _replacing(path: Path) -> Iterator[IO[str]]:
    """Open a file that takes the place of `path` once it is whole."""
    beside = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        with beside.open("x", encoding="utf-8", newline="\n") as file:
            yield file
        beside.replace(path)
    finally:
        beside.unlink(missing_ok=True)


def _nothing(_: int) -> None:
    """Show no progress: the articles themselves appear on the terminal."""

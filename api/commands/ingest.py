"""`waqai ingest`: articles into the log and the graph.

Invariant: a line "ingested" or "already there" is printed only after the article's records are on disk.
"""

import getpass
import sys
from typing import TYPE_CHECKING, Annotated, Any, NamedTuple

import typer

from api.commands import reading
from api.commands.differences import revision_lines
from api.commands.options import DataOption, isolated, note, one_of, open_workspace, settings_of
from api.extraction import ExtractorFailed, extract_all
from api.failures import Misuse

if TYPE_CHECKING:
    from collections.abc import Iterator

    from api.workspace import IngestOutcome, Workspace
    from ingest.readers import Rejected
    from ontology.model import Article, Extraction


def ingest(
    paths: reading.PathsArgument,
    published: reading.PublishedOption = None,
    publisher: reading.PublisherOption = None,
    language: reading.LanguageOption = None,
    url: reading.UrlOption = None,
    title: reading.TitleOption = None,
    processes: reading.ProcessesOption = 1,
    restore: Annotated[
        str | None,
        typer.Option("--restore", metavar="REASON", help="Store words again that were erased, and record why."),
    ] = None,
    revisions: Annotated[
        str,
        typer.Option(
            help="A later text of a known address: report what changed and keep both, accept it as a correction, or "
            "separate: do not look."
        ),
    ] = "report",
    reason: Annotated[
        str | None, typer.Option("--reason", help="Why later texts are accepted; it stays in the log for ever.")
    ] = None,
    output: Annotated[str, typer.Option("--format", help="text, or json for one object a line.")] = "text",
    data: DataOption = None,
) -> None:
    """Read articles (text, HTML, JSON lines), extract their claims, and add them to the log and the graph.

    An article that is there already is left alone; one whose text was erased is refused. A text that differs from the
    one known of its address is told with what changed; --revisions accept records a correction where claims changed.
    Inputs that cannot be read are named, and the others go in; the exit code is then 1.

    Example: waqai ingest article.txt --published 2024-11-30 --publisher "Example News"
    """
    one_of("--format", output, ("text", "json"))
    one_of("--revisions", revisions, ("report", "accept", "separate"))
    if revisions == "accept" and not (reason or "").strip():
        raise Misuse("--revisions accept decides on articles, so it needs --reason.")
    settings = settings_of(data=data)
    from api.addresses import Addresses
    from api.deciding import Refused
    from api.decisions import order_of
    from api.revisions import Revisions
    from api.revisions import ingest as ingest_one
    from api.workspace import ErasedBefore
    from ontology.model import Article

    if restore is not None and not restore.strip():
        raise Misuse("--restore needs a reason.")
    counts = {"ingested": 0, "already": 0, "rejected": 0}
    inputs = reading.read_inputs(
        paths,
        published=published,
        publisher=publisher,
        language=language,
        url=url,
        title=title,
        max_bytes=settings.max_article_bytes,
    )
    actor = settings.reviewer or getpass.getuser()
    order = order_of(settings, reason, actor) if revisions == "accept" else None
    with open_workspace(settings, create=True) as workspace:
        addresses = Addresses(workspace)
        workspace.project()  # a graph that cannot be used is named before anything is written
        for where, item, extracted in _extracted(workspace, inputs, processes):
            if not isinstance(item, Article):
                counts["rejected"] += 1
                _reject(item, output)
                continue
            try:
                if isinstance(extracted, ExtractorFailed):
                    raise extracted
                outcome, revision = ingest_one(
                    workspace,
                    addresses,
                    item,
                    extracted,
                    policy=Revisions(revisions),
                    order=order,
                    restore=restore,
                )
            except (ExtractorFailed, ErasedBefore, Refused) as failed:
                counts["rejected"] += 1
                _reject(reading.failure(where, failed), output)
                continue
            counts["ingested" if outcome.new else "already"] += 1
            if outcome.warning:
                note(f"warning: {outcome.article}: {outcome.warning}.")
            if output == "json":
                _print_json(_outcome_json(outcome, item) | ({} if revision is None else {"revision": revision.json()}))
            else:
                typer.echo(_outcome_line(outcome, item))
                if revision is not None:
                    typer.echo("\n".join(revision_lines(revision)))
        behind = workspace.project() is None
        head = workspace.log.head()
    if behind:
        note("another process serves this folder: it will add the new records to the graph by itself.")
    if output == "json":
        _print_json({**counts, "position": head})
    else:
        typer.echo(
            f"{counts['ingested']} ingested, {counts['already']} already there, {counts['rejected']} rejected; "
            f"the log is at position {head}."
        )
    if not sum(counts.values()):
        note("no article was found in what you gave.")
    if counts["rejected"] or not sum(counts.values()):
        raise typer.Exit(1)


class _There(NamedTuple):
    """An article that need not be extracted."""

    article: "Article"


def _extracted(
    workspace: "Workspace", inputs: "Iterator[tuple[str, Article | Rejected]]", processes: int
) -> "Iterator[tuple[str, Article | Rejected, Extraction | ExtractorFailed | None]]":
    """Return the inputs, with several processes also what they made of those that are not there already."""
    if processes == 1:
        yield from ((where, item, None) for where, item in inputs)
        return
    from ontology.model import Article

    def marked() -> "Iterator[tuple[str, Article | Rejected | _There]]":
        for where, item in inputs:
            yield where, _There(item) if isinstance(item, Article) and workspace.holds(item) else item

    made: Iterator[tuple[str, Article | Rejected | _There, Extraction | ExtractorFailed | None]]
    made = extract_all(lambda: workspace.extractor, marked(), processes)
    for where, item, extracted in made:
        yield where, item.article if isinstance(item, _There) else item, extracted


def _reject(rejected: "Rejected", output: str) -> None:
    note(reading.rejection(rejected))
    if output == "json":
        where = {"rejected": rejected.where, "line": rejected.line, "offset": rejected.offset}
        _print_json({**where, "reason": rejected.reason})


def _outcome_line(outcome: "IngestOutcome", article: "Article") -> str:
    name = isolated(" ".join((article.title or article.text[:80]).split())[:80])
    if not outcome.new:
        return f"already there  {outcome.article}  already ingested at position {outcome.first}  {name}"
    claims = "1 claim" if outcome.claims == 1 else f"{outcome.claims} claims"
    return f"ingested       {outcome.article}  {claims}, positions {outcome.first}-{outcome.last}  {name}"


def _outcome_json(outcome: "IngestOutcome", article: "Article") -> dict[str, Any]:
    return {
        "article": outcome.article,
        "id": article.external_id,
        "ingested": outcome.new,
        "first": outcome.first,
        "last": outcome.last,
        "claims": outcome.claims,
        "warning": outcome.warning,
    }


def _print_json(value: dict[str, Any]) -> None:
    import orjson

    typer.echo(orjson.dumps(value).decode())
    sys.stdout.flush()

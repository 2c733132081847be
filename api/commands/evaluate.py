"""`waqai evaluate`: how right the extraction is, against gold made by people.

Invariant: the figures are those that docs/quality.md defines; only they and the mistakes go to standard output.
"""

import functools
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from api.commands.options import FormatOption, note, one_of, settings_of
from api.commands.progress import progress
from api.failures import Failure, Misuse

if TYPE_CHECKING:
    from api.evaluation import Comparison, Evaluation
    from api.extraction import ExtractorFailed

_SHOWN_PROBLEMS = 20


def evaluate(
    gold: Annotated[
        Path | None, typer.Argument(metavar="GOLD", help="Articles with the events that people found (JSON Lines).")
    ] = None,
    incidents: Annotated[
        Path | None,
        typer.Option("--incidents", metavar="FILE", help="Instead of GOLD: texts, each with a coded incident."),
    ] = None,
    predicted: Annotated[
        Path | None,
        typer.Option("--predicted", metavar="FILE", help="Compare these claims (of `waqai extract`); extract nothing."),
    ] = None,
    language: Annotated[str | None, typer.Option("--lang", "--language", help="Only articles in ar or en.")] = None,
    types: Annotated[
        str, typer.Option("--types", help="all, or core: Takeover, Airstrike, Withdrawal, Evacuation.")
    ] = "all",
    by: Annotated[
        str | None,
        typer.Option(
            "--by", help="Tables, with commas: type, slot, outlet, language; of incidents also belligerent, precision."
        ),
    ] = None,
    outlets: Annotated[
        list[str] | None,
        typer.Option("--outlets", help="Only articles of these outlets, with commas; may be repeated."),
    ] = None,
    without: Annotated[
        list[str] | None, typer.Option("--without-outlets", help="All articles but those of these outlets.")
    ] = None,
    errors: Annotated[
        str | None,
        typer.Option("--errors", metavar="N|FILE", help="Also list N mistakes, or write all as JSON Lines to FILE."),
    ] = None,
    dated: Annotated[
        bool, typer.Option("--dated", help="With --incidents: give the extractor the day that a text was published.")
    ] = False,
    output: FormatOption = "text",
) -> None:
    """Score the extraction against gold: per type, per slot, per outlet, per language, with a list of mistakes.

    docs/quality.md defines each figure. Hold outlets out while you write rules, and report both:
    --without-outlets A,B for those you looked at, --outlets A,B for those you did not.

    Example: waqai evaluate gold.jsonl --lang ar --by type,outlet --errors 10
    """
    from api import evaluation, extraction

    one_of("--format", output, ("text", "json"))
    one_of("--types", types, ("all", "core"))
    if language is not None:
        one_of("--lang", language, ("ar", "en"))
    if (gold is None) == (incidents is None):
        raise Misuse("give a gold file, or --incidents with a file of texts and coded incidents.")
    if incidents is not None and (errors is not None or types != "all"):
        raise Misuse("--errors and --types are for a gold file: an incident says nothing about the words of a text.")
    if gold is not None and dated:
        raise Misuse("--dated is for --incidents: the articles of a gold file state when they were published.")
    allowed = evaluation.DIMENSIONS if incidents is None else evaluation.INCIDENT_DIMENSIONS
    chosen = by if by is not None else "type,slot" if incidents is None else "language"
    dimensions = [one_of("--by", name.strip(), allowed) for name in chosen.split(",") if name.strip()]
    settings = settings_of()
    failures: list[str] = []

    def failed(failure: "ExtractorFailed") -> None:
        failures.append(failure.article.external_id or failure.article.id)
        note(str(failure))

    with progress("extracting") as step:
        given: dict[str, Any] = {
            "choice": evaluation.Choice(language, outlets or (), without or ()),
            "predicted": predicted,
            "extractor": functools.partial(extraction.load_extractor, imports=settings.gazetteer_folder),
            "step": step,
            "failed": failed,
        }
        try:
            if incidents is not None:
                from ingest.evaluation.incidents import Parties, read_mapping

                parties = Parties(read_mapping())
                _print_comparison(
                    evaluation.evaluate_incidents(incidents, parties=parties, dated=dated, **given), dimensions, output
                )
            elif gold is not None:
                done = evaluation.evaluate(gold, types=types, **given)
                if predicted is not None and done.absent:
                    shown = ", ".join(done.absent[:3])
                    note(
                        f"warning: {len(done.absent)} articles have no prediction and count as empty, such as {shown}."
                    )
                _print_evaluation(done, dimensions, output, errors)
        except ValueError as error:
            for line, reason in getattr(error, "problems", [])[1:_SHOWN_PROBLEMS]:
                note(f"line {line}: {reason}")
            raise
    if failures:
        raise Failure(f"the extractor failed on {len(failures)} articles, which count as empty.")


def _print_evaluation(done: "Evaluation", dimensions: list[str], output: str, errors: str | None) -> None:
    listed = list(done.mistakes()) if errors is not None else []
    number = int(errors) if errors is not None and errors.isdecimal() else None
    if errors is not None and number is None:
        import orjson

        Path(errors).write_bytes(b"".join(orjson.dumps(m.json()) + b"\n" for m in listed))
        note(f"{len(listed)} mistakes written to {errors}.")
        listed = []
    if output == "json":
        data = done.json(dimensions)
        if number is not None:
            data["mistakes"] = [m.json() for m in listed[:number]]
        _print_json(data)
        return
    from api.commands import scores

    scores.print_evaluation(done, dimensions)
    if number is not None:
        scores.print_mistakes(listed, number)


def _print_comparison(done: "Comparison", dimensions: list[str], output: str) -> None:
    if output == "json":
        _print_json(done.json(dimensions))
        return
    from api.commands import scores

    scores.print_comparison(done, dimensions)


def _print_json(data: dict[str, Any]) -> None:
    import orjson

    typer.echo(orjson.dumps(data, option=orjson.OPT_INDENT_2).decode())

"""`waqai consistency`: whether a source contradicts itself, by its claims alone.

Invariant: nothing is written; only the report goes to standard output. Exit code 1 where not everything was judged.
"""

from typing import TYPE_CHECKING, Annotated

import typer

from api.commands.options import (
    AtOption,
    DataOption,
    FormatOption,
    isolated,
    moment_at,
    note,
    one_of,
    open_workspace,
    settings_of,
)
from api.failures import Failure, Misuse

if TYPE_CHECKING:
    from collections.abc import Iterator

    from api.consistency import Passage, Report


def consistency(
    source: Annotated[
        str | None,
        typer.Argument(metavar="[SOURCE]", help="IRI, id or name of a source or an outlet.", show_default=False),
    ] = None,
    all_: Annotated[bool, typer.Option("--all", help="Every source, and which of them contradict each other.")] = False,
    at: AtOption = None,
    output: FormatOption = "text",
    data: DataOption = None,
) -> None:
    """Show which claims of one source do not go together: contradictions, changes over time, and what stays open.

    Each source is reasoned over alone (HermiT), never with what another one says. Stops after
    WAQAI_CONSISTENCY_SECONDS and names what was not judged, with exit code 1.

    Example: waqai consistency "Valley Observatory"
    """
    one_of("--format", output, ("text", "json"))
    if (source is None) != all_:
        raise Misuse("name one source, or give --all.")
    settings = settings_of(data=data)
    from api.consistency import SourceUnknown, report, report_json
    from ontology.onevoice import Judge

    with open_workspace(settings, create=False) as workspace:
        moment = moment_at(workspace, at)
        judge = Judge(seconds=settings.consistency_seconds, megabytes=settings.consistency_megabytes)
        try:
            found = report(
                workspace,
                judge,
                batch=settings.consistency_claims,
                source=source,
                position=None if moment is None else moment.position,
            )
        except SourceUnknown as error:
            raise Failure(str(error)) from None
        if output == "json":
            import orjson

            typer.echo(orjson.dumps(report_json(found, workspace), option=orjson.OPT_INDENT_2).decode())
        else:
            for line in _lines(found, everything=source is not None):
                typer.echo(line)
    if not found.complete:
        left = sum(len(unit) for checked in found.checked.values() for unit in checked.undecided)
        note(f"{left} claims were not judged in {settings.consistency_seconds:g} s (WAQAI_CONSISTENCY_SECONDS)")
        raise typer.Exit(1)


def _lines(found: "Report", *, everything: bool) -> "Iterator[str]":
    for key, checked in found.checked.items():
        voice = found.voices[key]
        if not everything and not checked.findings and not checked.undecided:
            continue
        count = len(voice.sayings)
        itself = "contradicts itself" if key in found.contradicting else "no contradiction found"
        batches = f"{checked.batches} {'batch' if checked.batches == 1 else 'batches'}"
        yield f"{isolated(voice.name)}: {itself} in {count} {'claim' if count == 1 else 'claims'} ({batches})"
        for finding in checked.findings:
            what = finding.aspect.value + (f", {finding.category}" if finding.category else "")
            yield f"  {finding.verdict.value} ({what})"
            for claim in finding.claims:
                yield f"    {_shown(voice.passages[claim])}"
        if checked.undecided:
            yield f"  not judged: {', '.join(claim for unit in checked.undecided for claim in unit)}"
    if not everything:
        for one in found.between:
            first, second = (found.voices[key] for key in one.voices)
            yield f"{isolated(first.name)} and {isolated(second.name)} contradict each other ({one.in_what})"
            for voice, claim in zip((first, second), one.claims, strict=True):
                yield f"    {_shown(voice.passages[claim])}"
        count = len(found.checked)
        yield (
            f"{len(found.contradicting)} of {count} {'source' if count == 1 else 'sources'} "
            f"contradict themselves, {len(found.between)} pairs of claims contradict each other "
            f"across sources, at log position {found.position}"
        )


def _shown(passage: "Passage") -> str:
    words = "(erased)" if passage.words is None else isolated(" ".join(passage.words.split()))
    return (
        f"{passage.claim}  {passage.published or 'undated'}  {isolated(passage.outlet or 'unknown outlet')}  "
        f"{passage.type}, {passage.modality.value}: {words}"
    )

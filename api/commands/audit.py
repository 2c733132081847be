"""`waqai audit`: why the graph says what it says about something."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NamedTuple

import typer

from api.commands.options import AtOption, DataOption, moment_at, note, one_of, open_workspace, settings_of
from api.failures import Failure, Misuse

if TYPE_CHECKING:
    from api.settings import Settings
    from api.workspace import Workspace
    from graph.audit import Audit
    from graph.travel.moments import Moment


def audit(
    names: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="IRI|TRIPLE",
            help="An IRI, a path such as id/claim/c-…, a bare id, a line of N-Triples or Turtle, or three terms.",
            show_default=False,
        ),
    ] = None,
    whole: Annotated[bool, typer.Option("--all", help="Check the whole graph in place of one thing.")] = False,
    sample: Annotated[
        int | None,
        typer.Option("--sample", metavar="N", min=1, help="With --all: explain N triples of the graph, no more."),
    ] = None,
    seed: Annotated[int, typer.Option("--seed", help="Chooses the sample, and the claims for the shapes.")] = 0,
    shapes: Annotated[
        int, typer.Option("--shapes", metavar="N", min=0, help="With --all: claims that the shapes are held against.")
    ] = 100,
    graph: Annotated[
        str | None,
        typer.Option("--graph", metavar="IRI", help="Ask for the triple in this graph only; '' is the default graph."),
    ] = None,
    bundle: Annotated[
        Path | None,
        typer.Option("--bundle", metavar="FILE", help="Also write a proof of the claim that anybody can check."),
    ] = None,
    limit: Annotated[
        int | None,
        typer.Option(
            "--limit",
            metavar="N",
            min=0,
            help="Show so many claims; 0: all, in one document. Not given: WAQAI_AUDIT_CLAIMS.",
            show_default=False,
        ),
    ] = None,
    offset: Annotated[
        int, typer.Option("--offset", metavar="N", min=0, help="Leave out so many claims before the first one shown.")
    ] = 0,
    at: AtOption = None,
    form: Annotated[str, typer.Option("--format", help="text, json, jsonld or html.")] = "text",
    output: Annotated[
        Path | None,
        typer.Option("--output", metavar="FILE", help="Write the report here; it appears whole or not at all."),
    ] = None,
    data: DataOption = None,
) -> None:
    """Explain something in the graph: its claims, the exact words, who says so, the record, and checks of all that.

    Where very many claims stand behind it, the first ones are shown; the report says how many there are in all, and
    --limit and --offset show the others.

    With --all, every triple of the default graph is traced to a record, every quote and word is compared with the
    stored text, and what is wrong is listed with what to do. A triple that is not there any more is answered with the
    record that took it away. The exit code is 1 where a check fails, or the triple is not there. A bundle proves one
    claim as of the last checkpoint (waqai log checkpoint); waqai verify-bundle checks it without the log; a script that
    docs/proof.md names does so without this program.

    Example: waqai audit c-0123456789abcdef0123 --format html --output report.html
    """
    from api.auditing import FORMATS, report_of, written
    from api.tombstones import moved

    if whole:
        if names or graph is not None or bundle is not None or output is not None or limit is not None or offset:
            raise Misuse(
                "--all checks the whole graph: leave out the name, --graph, --bundle, --output, --limit and --offset."
            )
        one_of("--format", form, ("text", "json"))
        _audit_all(settings_of(data=data), at, sample, seed, shapes, form)
        return
    if sample is not None:
        raise Misuse("--sample goes with --all.")
    if not names:
        raise Misuse("name one thing or one triple, or check the whole graph with --all.")
    one_of("--format", form, tuple(FORMATS))
    if at is not None and bundle is not None:
        raise Misuse("a bundle is of the last checkpoint: leave out --at, or --bundle.")
    settings = settings_of(data=data)
    with open_workspace(settings, create=False) as workspace:
        moment = moment_at(workspace, at)
        page = Page(settings.audit_claims if limit is None else limit or None, offset)
        found = _found(workspace, names, graph, moment, page)
        if len(others := moved(found, workspace.iris)) == 1:
            note(f"{found.subject} is part of {others[0]} now: this is the audit of that.")
            found = workspace.audit(others[0], moment, limit=page.limit, offset=page.offset)
        if bundle is not None and found.passed:
            _write_bundle(workspace, settings, found, bundle)
        report = written(report_of(found, settings, workspace.reader(moment)), form)
        if output is None:
            typer.echo(report, nl=False)
        else:
            from graph.durable import write_whole

            write_whole(output, report.encode())
            note(f"wrote {output}.")
    if not found.passed:
        raise typer.Exit(1)


def _audit_all(settings: "Settings", at: str | None, sample: int | None, seed: int, shapes: int, form: str) -> None:
    """Check the whole graph, or a sample of it, and say what is wrong."""
    import contextlib

    from api.audit_processes import elsewhere, processes_of
    from api.auditing_all import Whole, lines
    from api.commands.progress import progress

    with open_workspace(settings, create=False) as workspace:
        moment = moment_at(workspace, at)
        reader = workspace.reader(moment)
        total = sample if sample is not None else reader.position()
        processes = processes_of(settings, total) if sample is None else 1
        with progress("auditing", total) as step, contextlib.ExitStack() as ending:
            opening = ending.enter_context(elsewhere(reader, settings)) if processes > 1 else None
            audit = Whole(
                workspace,
                reader,
                sample=sample,
                seed=seed,
                shapes=shapes,
                progress=step,
                processes=processes,
                opening=opening,
            )
            if form == "json":
                import orjson

                body = audit.to_json()
                typer.echo(orjson.dumps(body, option=orjson.OPT_INDENT_2).decode())
            else:
                for line in ending.enter_context(contextlib.closing(lines(audit))):
                    typer.echo(line)
    if audit.found:
        raise typer.Exit(1)


class Page(NamedTuple):
    """Which claims are shown: at most `limit`, None for all, after the first `offset`."""

    limit: int | None
    offset: int


def _found(workspace: "Workspace", names: list[str], graph: str | None, moment: "Moment | None", page: Page) -> "Audit":
    """Return the audit of one name, of one line, or of three terms.

    Raises:
        Misuse: they are none of these.
    """
    from graph.audit import AskedTriple, BadTerm, BadTriple, is_triple, read_triple, triple_of

    def triple(asked: AskedTriple) -> "Audit":
        return workspace.audit_triple(asked, moment, limit=page.limit, offset=page.offset)

    try:
        if len(names) == 3:
            return triple(triple_of(names[0], names[1], names[2], graph, workspace.iris))
        if len(names) == 1 and is_triple(names[0]) and graph is not None:
            asked = read_triple(names[0], workspace.iris)
            terms = (asked.subject.value, asked.predicate.value, str(asked.object))
            return triple(triple_of(*terms, graph, workspace.iris))
        if len(names) == 1 and graph is None:
            return workspace.audit(names[0], moment, limit=page.limit, offset=page.offset)
    except (BadTerm, BadTriple) as error:
        raise Misuse(f"{error}.") from None
    if graph is not None and len(names) == 1:
        raise Misuse("--graph goes with a triple: name subject, predicate and object.")
    raise Misuse("name one thing, one triple as a line in quotes, or its three terms.")


def _write_bundle(workspace: "Workspace", settings: "Settings", found: "Audit", path: Path) -> None:
    """Write the bundle of the one claim that `found` explains."""
    from api.bundles import NoBundle, bundle_of
    from graph.durable import write_whole

    try:
        made = bundle_of(workspace, settings, found)
    except NoBundle as error:
        raise Failure(str(error)) from None
    write_whole(path, made.data)
    without = "" if made.text_included else "; its text is gone, so no quote can be checked"
    note(f"wrote {path}: proven as of checkpoint {made.size}{without}.")

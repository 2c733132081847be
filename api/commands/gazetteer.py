"""`waqai gazetteer`: import gazetteers, list and remove them, look a name up.

Invariant: nothing of a file is imported that has a fault, and the message names its file, line and field; the log is
never opened.
"""

import contextlib
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from api.commands.options import DataOption, FormatOption, isolated, note, one_of, settings_of
from api.commands.progress import progress
from api.failures import Failure, Misuse

if TYPE_CHECKING:
    from ingest.gazetteer import Entry
    from ingest.namequery import NameAnswer

app = typer.Typer(
    help="Import gazetteers beside the one that comes with Waqai, list and remove them, look a name up.\n\n"
    "Example: waqai gazetteer lookup إدلب --explain",
    no_args_is_help=True,
    rich_markup_mode=None,
)

_ALONE = 1000  # the margin where no other place comes into question


@app.command("import")
def import_(
    files: Annotated[list[Path], typer.Argument(metavar="FILE...", help="Files of places; .zip and .gz are unpacked.")],
    source: Annotated[
        str, typer.Option("--source", metavar="ID", help="Whose places these are: geonames, open-syria, or a new id.")
    ],
    format_: Annotated[
        str | None,
        typer.Option(
            "--as",
            metavar="FORMAT",
            help="geonames, geonames-names, geonames-admin, geonames-hierarchy, open-syria, csv, geojson or lpf; "
            "by default told from the file.",
        ),
    ] = None,
    licence: Annotated[str | None, typer.Option("--licence", help="Licence; geonames, open-syria have one.")] = None,
    attribution: Annotated[str | None, typer.Option("--attribution", help="Whom to name where data is shown.")] = None,
    title: Annotated[str | None, typer.Option("--title", help="What people call the source.")] = None,
    url: Annotated[str | None, typer.Option("--url", help="Where it can be had.")] = None,
    rank: Annotated[
        int | None, typer.Option("--rank", help="Who speaks first of a place in several sources: 1 to 99, default 50.")
    ] = None,
    columns: Annotated[
        list[str] | None,
        typer.Option("--column", metavar="FIELD=HEADER", help="Which column holds a field (name, lat, lon, kind, …)."),
    ] = None,
    kind: Annotated[str, typer.Option("--kind", help="Kind of places whose rows say none.")] = "unspecified",
    country: Annotated[str, typer.Option("--country", help="Country (ISO 3166) of places whose rows say none.")] = "",
    skip_faulty: Annotated[
        bool, typer.Option("--skip-faulty", help="Leave rows with a fault out, in place of refusing the file.")
    ] = False,
    output: FormatOption = "text",
    data: DataOption = None,
) -> None:
    """Import files of places. They are used from the next extraction on; a server has to be started again.

    A file appears whole or not at all. After an interruption the same command goes on where it was; the same file again
    changes nothing, and a newer file of the same name takes the place of the older one.

    Example: waqai gazetteer import SY.zip admin1CodesASCII.txt --source geonames
    """
    one_of("--format", output, ("text", "json"))
    settings = settings_of(data=data)
    from ingest.gazetteer.formats.fields import Assumed, BadColumn
    from ingest.gazetteer.formats.reading import Limits
    from ingest.gazetteer.formats.recognising import FORMATS
    from ingest.gazetteer.importing import import_file
    from ingest.gazetteer.source import BadSource, described

    if format_ is not None:
        one_of("--as", format_, tuple(FORMATS))
    mapping = dict(_pair(column) for column in columns or ())
    try:
        assumed = Assumed(mapping, kind, country.upper())
        whose = described(source, title=title, licence=licence, attribution=attribution, url=url, rank=rank)
    except (BadColumn, BadSource) as error:
        raise Misuse(str(error)) from None
    for file in files:
        if not file.is_file():
            raise Misuse(f"{file} is no file.")
    limits = Limits(
        line=settings.gazetteer_line_bytes,
        name=settings.gazetteer_name_chars,
        names=settings.gazetteer_place_names,
        rows=settings.gazetteer_rows,
        ratio=settings.gazetteer_ratio,
    )
    for file in files:
        with _Bars(file.name) as bars:
            done = import_file(
                file,
                settings.gazetteer_folder,
                whose,
                format=format_,
                assumed=assumed,
                limits=limits,
                batch=settings.gazetteer_batch,
                skip_faulty=skip_faulty,
                step=bars.step,
                fault=lambda sentence: note(f"left out: {sentence}"),
            )
        if output == "json":
            _print_json(done.json())
        else:
            typer.echo(_said(file.name, done))


@app.command("sources")
def sources(output: FormatOption = "text", data: DataOption = None) -> None:
    """List the sources of places with licence and version, in the order in which they speak of a place.

    Example: waqai gazetteer sources --format json
    """
    one_of("--format", output, ("text", "json"))
    settings = settings_of(data=data)
    from ingest.gazetteer import Gazetteer
    from ingest.gazetteer.imports import staged

    gazetteer = Gazetteer.open(imports=settings.gazetteer_folder)
    parts = {part.path: part for part in gazetteer.parts}
    if output == "json":
        files = [{**part.description, "path": str(path)} for path, part in parts.items()]
        listed = [source.json() for source in gazetteer.sources]
        _print_json({"version": gazetteer.version, "sources": listed, "files": files})
        return
    for source in gazetteer.sources:
        typer.echo(f"{source.id}: {source.title}, version {source.version} ({source.licence})")
        for path, part in parts.items():
            if source in part.sources:
                typer.echo(f"  {part.description['rows']:,} places of {part.description['file']} in {path}")
                if not part.finds_ids:
                    typer.echo("  made by an earlier version: import the same file again to find places by ids at once")
    for path in staged(settings.gazetteer_folder):
        if path.suffix == ".index":
            whose = path.name.partition(".")[0]
            typer.echo(f"{path}: an import that goes on or was interrupted; run it again, or remove {whose}")
    typer.echo(f"version {gazetteer.version}")


@app.command("remove")
def remove(
    source: Annotated[str, typer.Argument(metavar="SOURCE", help="Id of an imported source.")],
    data: DataOption = None,
) -> None:
    """Remove all that was imported as a source. What the log holds stays as it is.

    Example: waqai gazetteer remove open-syria
    """
    folder = settings_of(data=data).gazetteer_folder
    from ingest.gazetteer import imports
    from ingest.gazetteer.source import DEFAULTS

    if source in DEFAULTS:
        raise Misuse(f"{source} comes with the project and cannot be removed.")
    gone = imports.remove(folder, source)
    if not gone:
        known = sorted({path.name.partition(".")[0] for path in folder.glob("*.sqlite")})
        raise Failure(f"nothing was imported as {source}; there is {', '.join(known) or 'nothing'} in {folder}.")
    for path in gone:
        typer.echo(f"removed {path}")


@app.command("lookup")
def lookup(
    name: Annotated[str, typer.Argument(metavar="NAME", help="A name of a place, in Arabic or English.")],
    parent: Annotated[str | None, typer.Option("--in", metavar="PLACE", help="Only what lies in this place.")] = None,
    explain: Annotated[bool, typer.Option("--explain", help="What speaks for each place, and against it.")] = False,
    output: FormatOption = "text",
    data: DataOption = None,
) -> None:
    """Look a name up: which place it would be linked to, and which others bear it.

    Example: waqai gazetteer lookup "معرة النعمان" --in إدلب --explain
    """
    one_of("--format", output, ("text", "json"))
    settings = settings_of(data=data)
    from ingest.gazetteer import Gazetteer
    from ingest.namequery import ask

    if not name.strip():
        raise Misuse("give the name of a place.")
    gazetteer = Gazetteer.open(imports=settings.gazetteer_folder)
    answer = ask(gazetteer, name, parent)
    if output == "json":
        _print_json(_answer_json(answer, gazetteer.version))
    else:
        _print_answer(answer, explain=explain)
    if not answer.candidates:
        raise typer.Exit(1)


class _Bars(contextlib.ExitStack):
    """One progress bar after another: reading, importing, indexing."""

    def __init__(self, file: str) -> None:
        super().__init__()
        self._file, self._what = file, ""
        self._show: Callable[[int], None] = _nothing

    def step(self, what: str, done: int, total: int) -> None:
        """Show how far the import is."""
        if what != self._what:
            self.close()
            self._what = what
            self._show = self.enter_context(progress(f"{what} {self._file}", total or None))
        self._show(done)


def _nothing(done: int) -> None:
    """Show no progress."""


def _pair(column: str) -> tuple[str, str]:
    field, equals, header = column.partition("=")
    if not (field and equals and header):
        raise Misuse(f"{column!r} does not say which column holds which field: --column lat=LATITUDE.")
    return field, header


def _said(file: str, done: Any) -> str:
    if done.unchanged:
        there = "1 place is" if done.rows == 1 else f"{done.rows:,} places are"
        return f"{file}: nothing new, {there} there already ({done.source.id}, {done.source.licence})"
    resumed = f", going on behind row {done.resumed:,}" if done.resumed else ""
    others = [f"{done.left_out:,} of other kinds left out"] if done.left_out else []
    others += [f"{done.faults:,} faulty rows left out"] if done.faults else []
    replaced = ", in place of an earlier import" if done.replaced else ""
    more = f"; {', '.join(others)}" if others else ""
    return (
        f"{file}: {_count(done.rows, 'place')} with {_count(done.names, 'name')} imported as {done.source.id} "
        f"({done.source.licence}){resumed}{replaced}{more}"
    )


def _count(number: int, thing: str) -> str:
    return f"{number:,} {thing}" if number == 1 else f"{number:,} {thing}s"


def _print_json(value: object) -> None:
    import orjson

    typer.echo(orjson.dumps(value, option=orjson.OPT_INDENT_2).decode())


def _entry_json(entry: "Entry") -> dict[str, Any]:
    return {
        "id": f"place/{entry.id}",
        "key": entry.key,
        "names": entry.names,
        "kind": entry.kind,
        "lat": entry.lat,
        "lon": entry.lon,
        "precision": entry.precision.value,
        "country": entry.country,
        "population": entry.population,
        "within": [{"id": f"place/{area.id}", "names": area.names} for area in entry.within],
        "codes": entry.codes,
        "links": [{"relation": link.relation, "identifier": link.identifier} for link in entry.links],
        "sources": [{"source": a.source, "key": a.key} for a in entry.attested],
    }


def _answer_json(answer: "NameAnswer", version: str) -> dict[str, Any]:
    from ingest.linking import Linked

    outcome = answer.outcome
    linked = isinstance(outcome, Linked)
    return {
        "name": answer.name,
        "typeWord": answer.type_word,
        "within": None if answer.within is None else _entry_json(answer.within),
        "gazetteer": version,
        "linked": outcome.entry.key if isinstance(outcome, Linked) else None,
        "margin": outcome.margin if isinstance(outcome, Linked) else None,
        "reasons": [] if linked else list(getattr(outcome, "reasons", ())),
        "candidates": [
            {**_entry_json(c.entry), "score": c.score, "features": dict(c.parts), "against": c.against}
            for c in answer.candidates
        ],
        "similar": [{**_entry_json(entry), "likeness": round(ratio, 3)} for ratio, entry in answer.similar],
    }


def _print_answer(answer: "NameAnswer", *, explain: bool) -> None:
    from ingest.linking import Linked

    outcome = answer.outcome
    where = f" in {_called(answer.within)}" if answer.within is not None else ""
    if isinstance(outcome, Linked):
        ahead = f"{outcome.margin} thousandths ahead of the next" if outcome.margin < _ALONE else "with no rival"
        said = f"would be linked to {_called(outcome.entry)}, {ahead}"
    else:
        said = f"would not be linked: {'; '.join(outcome.reasons)}"
    typer.echo(f"{isolated(answer.name)}{where} {said}")
    for candidate in answer.candidates:
        entry = candidate.entry
        point = f"{entry.lat}, {entry.lon}" if entry.lat is not None else "no point"
        around = ", ".join(_shown(area.names) for area in entry.within)
        typer.echo(f"  {_called(entry)}; {entry.kind} in {around or 'nothing known'}; {point}")
        if explain:
            if candidate.against is not None:
                typer.echo(f"    ruled out: {candidate.against}")
            else:
                parts = ", ".join(f"{part} {points}" for part, points in candidate.parts)
                typer.echo(f"    score {candidate.score}: {parts}")
            codes = ", ".join(f"{kind} {code}" for kind, code in sorted(entry.codes.items()))
            listed = ", ".join(f"{a.key} ({a.source})" for a in entry.attested)
            typer.echo(f"    listed as {listed}{'; ' if codes else ''}{codes}")
    for ratio, entry in answer.similar:
        typer.echo(f"  similar ({ratio:.2f}): {_called(entry)}; {entry.kind}")


def _called(entry: "Entry") -> str:
    return f"{_shown(entry.names)} [{entry.key}, {entry.country or 'no country'}]"


def _shown(names: dict[str, str]) -> str:
    return " / ".join(isolated(names[language]) for language in ("en", "ar") if language in names) or "?"

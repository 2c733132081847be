"""`waqai export`: places, events and the event stream of the graph, for other programs.

Invariant: only the export goes to stdout; a file that is named appears whole or not at all.
"""

import os
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from api.commands.options import AtOption, DataOption, moment_at, note, one_of, open_workspace, settings_of
from api.commands.progress import progress
from api.failures import Failure, Misuse

if TYPE_CHECKING:
    from api.exporting.places import Asked

app = typer.Typer(
    help="Write places, events or all of the graph for other programs.\n\n"
    "Example: waqai export places --format geojson --output places.geojson",
    no_args_is_help=True,
    rich_markup_mode=None,
)
PLACE_FORMATS = ("lpf", "geojson", "csv")
NANOPUB_FORMATS = ("trig", "nq", "jsonld")
EVENT_FORMATS = ("geojson", "csv", "jsonl")
INCIDENT_FORMATS = ("acled", "ucdp", "ftm", "ftm-statements")
WithinOption = Annotated[
    str | None,
    typer.Option(
        "--within",
        metavar="PLACE",
        help="Only what lies in this place: a code (SY07), a link or an IRI.",
        show_default=False,
    ),
]
OutputOption = Annotated[
    Path | None, typer.Option("--output", "-o", metavar="FILE", help="Write into this file.", show_default=False)
]


@app.command("places")
def places(
    format_: Annotated[str, typer.Option("--format", help="lpf, geojson or csv.")] = "lpf",
    within: WithinOption = None,
    at: AtOption = None,
    output: OutputOption = None,
    data: DataOption = None,
) -> None:
    """Write the places that articles name, and what contains them, with names, links, codes, points and precision.

    lpf is Linked Places Format 1.3; a place of which no point is known has the geometry null. With --output, licence
    and sources are written beside, into FILE-metadata.json.

    Example: waqai export places --format csv --within SY07 --output idlib.csv
    """
    one_of("--format", format_, PLACE_FORMATS)
    from api.exporting import placeformats
    from api.exporting.places import places as found

    settings = settings_of(data=data)
    with open_workspace(settings, create=False) as workspace:
        moment = moment_at(workspace, at)
        asked = workspace.as_of(moment)
        chosen = found(asked, within=_area(asked, within))
        write(getattr(placeformats, format_)(chosen), output)
        columns = placeformats.COLUMNS if format_ == "csv" else ()
        position = workspace.graph().position() if moment is None else moment.position
        _accompany("places", columns, output, position, settings.data_license, asked)


@app.command("events")
def events(
    format_: Annotated[
        str, typer.Option("--format", "--as", help="geojson, csv, jsonl, acled, ucdp, ftm or ftm-statements.")
    ] = "geojson",
    type_: Annotated[
        str | None,
        typer.Option(
            "--type",
            metavar="TYPE",
            help="Only this type (a name or a label, Arabic too) and its subtypes.",
            show_default=False,
        ),
    ] = None,
    within: WithinOption = None,
    bom: Annotated[bool, typer.Option("--bom", help="Begin CSV with a byte order mark, for Excel.")] = False,
    at: AtOption = None,
    output: OutputOption = None,
    data: DataOption = None,
) -> None:
    """Write the events that are reported to have happened, one row for each place of an event.

    What is denied, planned, feared or told as history is left out. jsonl gives one event a line, as /events does.

    acled and ucdp are tables with the columns of those projects, ftm and ftm-statements JSON Lines of FollowTheMoney:
    a row or an entity an incident, with all claims about it; totals that sources state are no incidents. With --output,
    licence, sources and columns are written beside, into FILE-metadata.json; without, standard error says them.

    Example: waqai export events --type Airstrike --as acled --output airstrikes.csv
    """
    one_of("--format", format_, (*EVENT_FORMATS, *INCIDENT_FORMATS))
    if bom and format_ not in ("csv", "acled", "ucdp"):
        raise Misuse("--bom is for tables: csv, acled, ucdp.")
    if format_ in INCIDENT_FORMATS:
        _incidents(format_, type_, within, at, output, data, bom=bom)
        return
    from api.exporting import events as exported
    from ontology.vocabulary import UnknownTerm

    settings = settings_of(data=data)
    with open_workspace(settings, create=False) as workspace:
        moment = moment_at(workspace, at)
        asked = workspace.as_of(moment)
        try:
            batches = exported.all_events(asked, type_=type_, within=_area(asked, within))
            if format_ == "jsonl":
                written = exported.jsonl(event for batch in batches for event in batch)
            else:
                rows = (row for batch in batches for row in exported.happenings(asked, batch))
                written = exported.geojson(rows) if format_ == "geojson" else exported.csv(rows, bom=bom)
            write(written, output)
        except UnknownTerm as error:
            raise Misuse(f"{error}.") from None
        columns = exported.COLUMNS if format_ == "csv" else ()
        position = workspace.graph().position() if moment is None else moment.position
        _accompany("events", columns, output, position, settings.data_license, asked)


def _incidents(
    format_: str,
    type_: str | None,
    within: str | None,
    at: str | None,
    output: Path | None,
    data: Path | None,
    *,
    bom: bool,
) -> None:
    from api.exporting import acled, ftm, ucdp
    from api.exporting.happened import Happenings
    from api.ledger.book import book
    from ontology.eventtypes import event_type_called
    from ontology.vocabulary import UnknownTerm

    settings = settings_of(data=data)
    try:
        cls = None if type_ is None else event_type_called(type_)
    except UnknownTerm as error:
        raise Misuse(f"{error}.") from None
    with open_workspace(settings, create=False) as workspace:
        moment = moment_at(workspace, at)
        asked = workspace.as_of(moment)
        place = _area(asked, within)
        found = book(workspace, None if moment is None else moment.position)
        happenings = Happenings(workspace, found)
        chosen = happenings.all(type_=cls, within=None if place is None else place.rpartition("/")[2])
        columns: tuple[str, ...] = ()
        if format_ in ("acled", "ucdp"):
            columns = acled.COLUMNS if format_ == "acled" else ucdp.COLUMNS
            written = acled.csv(chosen, bom=bom) if format_ == "acled" else ucdp.csv(chosen, bom=bom)
        else:
            written = (ftm.entities if format_ == "ftm" else ftm.statements)(chosen, happenings)
        write(written, output)
        _accompany(format_, columns, output, found.position, settings.data_license, asked)


def _accompany(
    kind: str,
    columns: tuple[str, ...],
    output: Path | None,
    position: int,
    licence: str | None,
    asked: "Asked",
) -> None:
    """Say beside an export what it is and whom to name: in a file beside the one of the export, else on stderr."""
    from api.exporting.accompanying import ENDING, metadata, sentences

    if output is None:
        for sentence in sentences(kind, licence, asked):
            note(sentence)
        return
    import orjson

    told = metadata(kind, columns, file=output.name, position=position, licence=licence, asked=asked)
    write([orjson.dumps(told, option=orjson.OPT_INDENT_2) + b"\n"], output.with_name(f"{output.name}{ENDING}"))


@app.command("ldes")
def ldes(
    folder: Annotated[
        Path, typer.Argument(metavar="FOLDER", help="Where the files go; earlier ones are kept up to date.")
    ],
    format_: Annotated[str, typer.Option("--format", help="nquads, trig or jsonld.")] = "nquads",
    address: Annotated[
        str | None,
        typer.Option(
            "--address", metavar="URL", help="Where the folder will be; by default the base IRI.", show_default=False
        ),
    ] = None,
    data: DataOption = None,
) -> None:
    """Write the event stream as files, to be given away by any web server: others make replicas from them.

    The same folder again writes only what is new. Files of other views, and those from before an erasure, are removed.

    Example: waqai export ldes public --address https://example.org/data/
    """
    from api.exporting.stream import ENDINGS, export
    from graph.iris import BadBaseIri, Iris
    from graph.stream.nodes import Sizes

    one_of("--format", format_, tuple(ENDINGS))
    settings = settings_of(data=data)
    try:
        place = Iris(address).base if address is not None else None
    except BadBaseIri as error:
        raise Misuse(f"--address: {error}.") from None
    with (
        open_workspace(settings, create=False) as workspace,
        progress("exporting", workspace.log.head()) as step,
    ):
        done = export(
            workspace,
            folder,
            ending=ENDINGS[format_],
            sizes=Sizes(settings.stream_records, settings.stream_pages),
            address=place,
            progress=step,
        )
    typer.echo(done.root)
    note(f"the stream is at position {done.position}; files written: {done.written}")


@app.command("nanopub")
def nanopub(
    claims: Annotated[
        list[str] | None, typer.Argument(metavar="[CLAIM]...", help="Ids or IRIs of claims.", show_default=False)
    ] = None,
    all_: Annotated[bool, typer.Option("--all", help="Every claim that is in force.")] = False,
    format_: Annotated[str, typer.Option("--format", help="trig, nq or jsonld.")] = "trig",
    at: AtOption = None,
    output: OutputOption = None,
    data: DataOption = None,
) -> None:
    """Write claims as nanopublications: assertion, provenance and publication info, under a trusty URI each.

    What is denied, planned, feared or background is not asserted. Nothing is published anywhere. jsonld gives one
    document a line.

    Example: waqai export nanopub c-0123456789abcdef0123 --output claim.trig
    """
    one_of("--format", format_, NANOPUB_FORMATS)
    if bool(claims) == all_:
        raise Misuse("name one claim or more, or give --all.")
    from api.exporting.nanopub import NoClaim, Publisher

    settings = settings_of(data=data)
    with open_workspace(settings, create=False) as workspace:
        asked = workspace.as_of(moment_at(workspace, at))
        publisher = Publisher(asked, workspace.iris, licence=settings.data_license, proof=settings.proof_folder)
        try:
            made = (publisher.nanopub(claim).write(format_) for claim in claims or publisher.claims())
            write((data if data.endswith(b"\n") else data + b"\n" for data in made), output)
        except NoClaim as error:
            raise Failure(str(error)) from None


@app.command("claimreview")
def claimreview(
    claims: Annotated[
        list[str] | None,
        typer.Argument(metavar="[CLAIM]...", help="Ids or IRIs of claims; by default all.", show_default=False),
    ] = None,
    at: AtOption = None,
    output: OutputOption = None,
    data: DataOption = None,
) -> None:
    """Write what reviewers judged of claims as ClaimReview (schema.org) in JSON-LD: retracted or reinstated, and why.

    Only claims on which such a decision stands are in it, and no truth value is made of it.

    Example: waqai export claimreview --output reviews.jsonld
    """
    import orjson

    from api.exporting.claimreview import claim_reviews, document

    settings = settings_of(data=data)
    with open_workspace(settings, create=False) as workspace:
        moment = moment_at(workspace, at)
        position = None if moment is None else moment.position
        named = None if not claims else [name.rpartition("/")[2] for name in claims]
        found = document(claim_reviews(workspace, position, claims=named, licence=settings.data_license))
        judged = {review["itemReviewed"]["@id"].rpartition("/")[2] for review in found["@graph"]}
        if lacking := sorted(set(named or ()) - judged):
            raise Failure(f"Nobody judged {', '.join(lacking)}: see waqai query --saved retracted.")
        write([orjson.dumps(found, option=orjson.OPT_INDENT_2) + b"\n"], output)


def _area(asked: "Asked", name: str | None) -> str | None:
    from api.exporting.places import UnknownArea, area

    if name is None:
        return None
    try:
        return area(asked, name)
    except UnknownArea as error:
        raise Failure(f"{error}.") from None


def write(pieces: Iterable[bytes], output: Path | None) -> None:
    """Write pieces to standard output, or to a file, which appears whole or not at all.

    Raises:
        Failure: the file cannot be written.
    """
    if output is None:
        sys.stdout.flush()
        for piece in pieces:
            sys.stdout.buffer.write(piece)
        sys.stdout.buffer.flush()
        return
    beside = output.with_name(f"{output.name}.{os.getpid()}.part")
    try:
        with beside.open("wb") as file:
            for piece in pieces:
                file.write(piece)
        beside.replace(output)
    except OSError as error:
        raise Failure(f"{output} cannot be written: {error.strerror or error}; nothing was left there.") from None
    finally:
        beside.unlink(missing_ok=True)
    note(f"written to {output}")

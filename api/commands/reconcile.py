"""`waqai reconcile`: ask an outside reconciliation service for candidates, for names or for a column of a table.

Invariant: nothing is asked but the service that was named, and nothing that the log can answer; every answer is in the
log before it is printed. An answer links nothing.
"""

import csv
import io
import sys
import unicodedata
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from api.commands.options import DataOption, isolated, note, one_of, open_workspace, settings_of
from api.commands.progress import progress
from api.failures import Failure, Misuse

if TYPE_CHECKING:
    from api.reconciliation.client import Asked
    from api.reconciliation.remembering import Answer
    from api.settings import Settings

_ADDED = ("candidate id", "candidate name", "candidate score", "candidate match", "candidate address")


def reconcile(
    names: Annotated[list[str] | None, typer.Argument(metavar="[NAME...]", help="Names to ask about.")] = None,
    service: Annotated[
        str,
        typer.Option("--service", metavar="NAME|URL", help="One of WAQAI_RECONCILE_SERVICES, or an address."),
    ] = "",
    table: Annotated[
        Path | None, typer.Option("--csv", metavar="FILE", help="A table (CSV or TSV with a header) in place of names.")
    ] = None,
    column: Annotated[
        str | None, typer.Option("--column", help="The column of the table that holds the names.")
    ] = None,
    type_: Annotated[str | None, typer.Option("--type", metavar="ID", help="Id of a type of the service.")] = None,
    where: Annotated[
        list[str] | None,
        typer.Option(
            "--where",
            metavar="PROPERTY=VALUE",
            help="Id of a property of the service and a value; with --csv, =@COLUMN takes the value of each row.",
        ),
    ] = None,
    limit: Annotated[int, typer.Option("--limit", min=1, max=50, help="Candidates a name.")] = 3,
    again: Annotated[bool, typer.Option("--again", help="Ask anew what the log already answers.")] = False,
    api: Annotated[
        str | None, typer.Option("--api", help="0.2 or 1.0-draft; by default what the service says.")
    ] = None,
    output: Annotated[
        str | None, typer.Option("--format", help="text, json or csv; text by default, csv with --csv.")
    ] = None,
    data: DataOption = None,
) -> None:
    """Ask a reconciliation service (Wikidata, a register, another Waqai) for candidates, and remember the answers.

    Each answer becomes a record of the log, so the same question is not asked twice and an audit can see what was
    offered; nothing is linked by it. With --csv the table is printed with the best candidate beside each row.

    Example: waqai reconcile "Saraqib" --service wikidata --type Q486972
    """
    shown = one_of("--format", output or ("csv" if table is not None else "text"), ("text", "json", "csv"))
    if api is not None:
        one_of("--api", api, ("0.2", "1.0-draft"))
    settings = settings_of(data=data)
    address = _address(service, settings)
    rows, questions = _questions(names or [], table, column, type_, where or [], limit, settings)
    from api.reconciliation.client import Service
    from api.reconciliation.fetching import Bounds
    from api.reconciliation.remembering import ask

    bounds = Bounds(
        settings.reconcile_service_seconds, settings.reconcile_service_bytes, settings.reconcile_service_redirects
    )
    asked = [question for question in questions if question is not None]
    with open_workspace(settings, create=True, actor="waqai reconcile") as workspace:
        answers: list[Answer] = []
        with progress(f"asking {address}", len(asked)) as step:
            for answer in ask(workspace, Service(address, bounds, api), asked, again=again):
                answers.append(answer)
                step(len(answers))
    told = iter(answers)
    by_row = [None if question is None else next(told) for question in questions]
    if shown == "json":
        _print_json(answers)
    elif shown == "csv":
        _print_csv(rows, by_row)
    else:
        for answer in answers:
            _print_answer(answer)
    new = sum(answer.new for answer in answers)
    note(f"{new} asked, {len(answers) - new} answered from the log.")
    if table is None and not any(answer.received.offers for answer in answers):
        raise typer.Exit(1)


def _address(service: str, settings: "Settings") -> str:
    """Return the address of the service that is meant.

    Raises:
        Misuse: where none is named, or the name is not configured.
    """
    known = settings.services
    if "://" in service:
        return service
    if service in known:
        return known[service]
    names = f"known are {', '.join(sorted(known))}" if known else "WAQAI_RECONCILE_SERVICES names none"
    missing = f"there is no service {service!r}" if service else "no service is named"
    raise Misuse(f"{missing}: {names}; give --service a name or an address.")


def _questions(
    names: Sequence[str],
    table: Path | None,
    column: str | None,
    type_: str | None,
    where: Sequence[str],
    limit: int,
    settings: "Settings",
) -> tuple[list[dict[str, str]], "list[Asked | None]"]:
    """Return the rows and the question of each, None for a row without a name.

    Raises:
        Misuse, Failure: for what cannot be asked.
    """
    from api.reconciliation.client import Asked

    if (table is None) == (not names):
        raise Misuse("give names, or a table with --csv and --column.")
    conditions = dict(_condition(item) for item in where)
    if table is None:
        rows = [{"name": name} for name in names]
        column = "name"
    else:
        rows = _table(table, settings.reconcile_rows)
        columns = list(rows[0]) if rows else []
        if column not in columns:
            raise Misuse(f"{table} has no column {column!r}; give --column one of {', '.join(columns)}.")
        for value in conditions.values():
            if value.startswith("@") and value[1:] not in columns:
                raise Misuse(f"{table} has no column {value[1:]!r}; it has {', '.join(columns)}.")
    longest = settings.reconcile_characters
    questions: list[Asked | None] = []
    for number, row in enumerate(rows, start=1):
        name = " ".join(row[column].split())
        if len(name) > longest:
            raise Failure(f"row {number}: the name has more than {longest} characters (WAQAI_RECONCILE_CHARACTERS).")
        values = {
            prop: given
            for prop, value in conditions.items()
            if (given := row[value[1:]].strip() if table is not None and value.startswith("@") else value)
        }
        questions.append(Asked(name, type_, values, limit) if name else None)
    return rows, questions


def _condition(item: str) -> tuple[str, str]:
    prop, equals, value = item.partition("=")
    if not equals or not prop or not value:
        raise Misuse(f"{item!r} does not say which property has which value: --where P17=Q858.")
    return prop, value


def _table(path: Path, most: int) -> list[dict[str, str]]:
    """Return the rows of a table.

    Raises:
        Misuse, Failure: where it is none, or too long.
    """
    if not path.is_file():
        raise Misuse(f"{path} is no file.")
    try:
        text = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise Failure(f"{path} is not UTF-8 text (byte {error.start}); save it as CSV UTF-8.") from None
    header = text.partition("\n")[0]
    delimiter = max(",;\t", key=header.count)
    try:
        found = list(_rows(csv.reader(io.StringIO(text), delimiter=delimiter, strict=True), path, most))
    except csv.Error as error:
        raise Failure(f"{path} is no table: {error}.") from None
    if not found:
        raise Failure(f"{path} has no rows below its header.")
    return found


def _rows(reader: Any, path: Path, most: int) -> Iterator[dict[str, str]]:
    header: list[str] = next(reader, [])
    if len(set(header)) != len(header):
        raise Failure(f"{path}: two columns have the same name in the header.")
    for number, fields in enumerate((fields for fields in reader if fields), start=1):
        if number > most:
            raise Failure(f"{path} has more than {most} rows (WAQAI_RECONCILE_ROWS).")
        if len(fields) != len(header):
            raise Failure(f"{path}, line {reader.line_num}: it has {len(fields)} fields, the header {len(header)}.")
        yield dict(zip(header, fields, strict=True))


def _print_answer(answer: "Answer") -> None:
    received = answer.received
    when = "" if answer.new else f" (from the log, {answer.recorded[:10]})"
    typer.echo(f"{_plain(answer.asked.name)}: {len(received.offers)} candidates of {_plain(received.name)}{when}")
    for offer in received.offers:
        sure = ", a match" if offer.match else ""
        score = f"score {offer.score}{sure}" if offer.score is not None else f"no score{sure}"
        about = f"; {_plain(offer.description)}" if offer.description else ""
        typer.echo(f"  {_plain(offer.name)} [{_plain(offer.id)}], {score}{about}")
        if offer.iri is not None and offer.iri != offer.id:
            typer.echo(f"    {offer.iri}")


def _plain(text: str) -> str:
    """Return foreign text without signs that act on a terminal or on the order of the line."""
    return isolated("".join(c for c in text if unicodedata.category(c) not in ("Cc", "Cf") or c == "\u200c"))


def _print_csv(rows: Sequence[dict[str, str]], answers: "Sequence[Answer | None]") -> None:
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow([*rows[0], *_ADDED])
    for row, answer in zip(rows, answers, strict=True):
        best = answer.received.offers[0] if answer is not None and answer.received.offers else None
        cells = (
            ["", "", "", "", ""]
            if best is None
            else [best.id, best.name, best.score or "", "true" if best.match else "false", best.iri or ""]
        )
        writer.writerow([*row.values(), *map(_cell, cells)])
    sys.stdout.write(out.getvalue())


def _cell(text: str) -> str:
    """Return a cell that no spreadsheet takes for a formula."""
    return f"'{text}" if text[:1] in ("=", "+", "-", "@") and not text[1:].replace(".", "", 1).isdigit() else text


def _print_json(answers: "Sequence[Answer]") -> None:
    import orjson

    body = [
        {
            "name": answer.asked.name,
            "service": answer.received.service,
            "serviceName": answer.received.name,
            "version": answer.received.version,
            "position": answer.position,
            "recorded": answer.recorded,
            "new": answer.new,
            "candidates": [
                {
                    "id": offer.id,
                    "name": offer.name,
                    "score": None if offer.score is None else float(offer.score),
                    "match": offer.match,
                    "types": list(offer.types),
                    "description": offer.description,
                    "iri": offer.iri,
                }
                for offer in answer.received.offers
            ],
        }
        for answer in answers
    ]
    typer.echo(orjson.dumps(body, option=orjson.OPT_INDENT_2).decode())

"""Tables of places: CSV with commas or semicolons, TSV; one header line, then a place a line.

Invariant: every row has as many fields as the header; which of them is what, `formats.fields` says.
"""

import csv
from collections.abc import Iterator, Mapping
from functools import partial

from ingest.gazetteer.draft import Draft
from ingest.gazetteer.formats.fields import Assumed, BadColumn, columns_of, draft_of
from ingest.gazetteer.formats.reading import SourceFile


def places(file: SourceFile, source: str, assumed: Assumed) -> Iterator[tuple[int, Draft | None]]:
    """Yield the places of a table."""
    number = 0

    def lines() -> Iterator[str]:
        nonlocal number
        for number, line in file.lines():  # noqa: B007 (read by the caller)
            yield line + "\n"

    delimiter = "\t" if "tsv" in file.path.suffixes[-1].lower() else None
    text = lines()
    header = next(text, "")
    if delimiter is None:
        delimiter = max(",;\t", key=header.count)
    rows = csv.reader(text, delimiter=delimiter, strict=True)
    headers = next(csv.reader([header], delimiter=delimiter), [])
    try:
        columns = columns_of(headers, assumed)
    except BadColumn as error:
        raise file.fault(1, None, str(error).rstrip(".")) from None
    at = {name: headers.index(header) for name, header in columns.items()}
    while True:
        begun = number + 1
        try:
            row = next(rows, None)
        except csv.Error as error:
            raise file.fault(begun, None, f"it is no row of a table ({error})") from None
        if row is None:
            return
        if not row:
            continue
        yield file.row(begun, partial(_place, file, begun, source, assumed, row, len(headers), at, columns))


def _place(
    file: SourceFile,
    number: int,
    source: str,
    assumed: Assumed,
    row: list[str],
    width: int,
    at: Mapping[str, int],
    columns: Mapping[str, str],
) -> Draft | None:
    if len(row) != width:
        raise file.fault(number, None, f"{len(row)} fields where the header has {width}")
    values = {name: row[place].rstrip("\n") for name, place in at.items() if row[place]}
    return draft_of(file, number, source, values, columns, assumed)

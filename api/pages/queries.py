"""The pages of saved queries: what there is, and for each one a form and the table of its answer."""

from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import urlencode

from pyoxigraph import Literal, NamedNode

from api.html import Child, Html, element
from api.pages.layout import bidi, link, page
from api.queries.parameters import Parameter
from api.queries.saved import SavedQuery, cut_short
from graph.store import Answer

_SHOWN = 1000  # rows of an answer on a page; the other formats have all
_DOWNLOADS = ("csv", "json", "geojson", "rq")


def list_page(saved: Mapping[str, SavedQuery]) -> str:
    """Return the page that lists them."""
    return page(
        "Saved queries",
        element("h1", None, "Saved queries"),
        element("p", None, "Each is an address with parameters, and answers in many formats, such as ?format=csv."),
        [
            element(
                "section",
                None,
                element("h2", None, element("a", {"href": f"/queries/{query.name}"}, query.summary["en"])),
                element("p", None, bidi(query.summary.get("ar", ""), "ar")),
                element("p", {"class": "quiet"}, query.description.get("en", "")),
            )
            for query in saved.values()
        ],
    )


def query_page(
    query: SavedQuery, values: Sequence[tuple[str, str]], found: Answer | None, base: str, *, cut: int | None = None
) -> str:
    """Return the page of one query: its form with `values`, and its answer where it was asked.

    `cut` says how many rows the answer has where it would have more.
    """
    given = dict(values)
    fields: list[Child] = [_field(parameter, given.get(parameter.name, "")) for parameter in query.parameters]
    return page(
        query.summary["en"],
        element("h1", None, query.summary["en"]),
        element("p", None, bidi(query.summary.get("ar", ""), "ar")),
        [element("p", {"class": "quiet"}, bidi(text, tongue)) for tongue, text in query.description.items()],
        element(
            "form",
            {"action": f"/queries/{query.name}", "method": "get"},
            element("input", {"type": "hidden", "name": "format", "value": "html"}),
            fields,
            element("p", None, element("button", None, "Ask")),
        ),
        None if found is None else _answer(query, given, found, base, cut),
    )


def _field(parameter: Parameter, value: str) -> Html:
    name = parameter.name
    must = not parameter.optional and parameter.default is None
    shown = value or parameter.default or ""
    box: Html
    if parameter.choices:
        offered = ([""] if parameter.optional else []) + list(parameter.choices)
        box = element(
            "select",
            {"name": name, "id": name},
            [element("option", {"value": choice, "selected": choice == shown}, choice) for choice in offered],
        )
    else:
        attributes: dict[str, str | int | bool | None] = {
            "name": name,
            "id": name,
            "value": shown or None,
            "placeholder": parameter.example,
            "required": must,
            "dir": "auto",
        }
        box = element("input", attributes)
    meaning: list[Child] = [parameter.meaning.get("en", ""), " ", bidi(parameter.meaning.get("ar", ""), "ar")]
    return element("p", None, element("label", {"for": name}, name, " "), box, " ", element("small", None, meaning))


def _answer(query: SavedQuery, given: Mapping[str, str], found: Answer, base: str, cut: int | None) -> list[Child]:
    names = found.variables
    rows: list[Html] = []
    more = False
    for row in found.rows():
        if len(rows) == _SHOWN:
            more = True
            break
        rows.append(element("tr", None, [element("td", {"dir": "auto"}, _cell(term, base)) for term in row]))
    kept = {name: value for name, value in given.items() if value and name != "format"}
    points = "wkt" in names or {"lat", "long"} <= set(names)
    downloads: list[Child] = [
        [element("a", {"href": f"/queries/{query.name}?{urlencode({**kept, 'format': kind})}"}, kind), " "]
        for kind in _DOWNLOADS
        if kind != "geojson" or points
    ]
    counted = f"{len(rows)} {'row' if len(rows) == 1 else 'rows'}"
    if more:
        counted = f"the first {len(rows)} rows; the other formats have all" + ("" if cut is None else f" {cut}")
    elif cut is not None:
        counted = f"the first {cut} rows; there are more"
    head = element("tr", None, [element("th", None, name) for name in names])
    return [
        element("p", {"class": "quiet"}, f"{counted}, log position {found.position} · ", downloads),
        None if cut is None else _cut(query, kept, cut),
        element("div", {"class": "scroll"}, element("table", None, head, rows)),
    ]


def _cut(query: SavedQuery, kept: Mapping[str, str], rows: int) -> Html:
    """Return what says that an answer is not all there is, with a link to more where more can be had."""
    said, wider = cut_short(query, rows), query.more(rows)
    more: list[Child] = []
    if wider is not None:
        address = f"/queries/{query.name}?{urlencode({**kept, str(query.bound): wider, 'format': 'html'})}"
        more = [" ", element("a", {"href": address}, f"{query.bound}={wider}")]
    return element("p", {"role": "note"}, element("strong", None, said["en"], " ", bidi(said["ar"], "ar")), more)


def _cell(term: Any, base: str) -> Child:
    if isinstance(term, NamedNode):
        iri = term.value
        return link(iri, iri[len(base) :] if iri.startswith(base) else iri, base)
    if isinstance(term, Literal):
        return bidi(term.value, term.language)
    return ""

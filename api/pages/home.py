"""The start page: what this is, a box for queries, the newest events."""

from api.findings import ClaimFound, EventFound, EventsFound, Named
from api.html import Child, Html, element, fragment
from api.pages.layout import bidi, link, page
from api.queries.saved import examples


def home_page(found: EventsFound, base: str) -> str:
    """Return the start page with one page of events."""
    first = next(iter(examples().values()))
    return page(
        "Start",
        element("h1", None, "Who did what, where and when, and who says so"),
        element(
            "p",
            None,
            "Waqai turns Arabic and English news articles into a knowledge graph in which every statement leads back "
            "to the exact words of an article, to the source that said them and to the record that brought them in. "
            f"This graph is at log position {found.position} and holds ",
            element("a", {"href": "/events"}, f"{found.total} events"),
            ". Programs can ",
            element("a", {"href": "/docs"}, "read all of it"),
            ", and follow it as an ",
            element("a", {"href": "/ldes"}, "event stream"),
            ".",
        ),
        element("h2", None, "Ask in SPARQL"),
        element(
            "form",
            {"id": "sparql", "data-base": base, "action": "/sparql", "method": "post"},
            element(
                "p",
                None,
                element("label", {"for": "examples"}, "Examples "),
                element(
                    "select",
                    {"id": "examples"},
                    element("option", {"value": ""}, "choose one …"),
                    [element("option", {"value": f"example-{n}"}, name) for n, name in enumerate(examples())],
                ),
            ),
            element("label", {"for": "query", "hidden": True}, "Query"),
            element("textarea", {"id": "query", "name": "query", "spellcheck": "false"}, first),
            element(
                "p", None, element("button", None, "Ask"), " ", element("span", {"id": "status", "role": "status"})
            ),
        ),
        [element("pre", {"id": f"example-{n}", "hidden": True}, text) for n, text in enumerate(examples().values())],
        element("div", {"id": "answer", "class": "scroll", "aria-live": "polite"}),
        element("h2", None, "Newest events"),
        _events(found, base),
        scripts=("sparql.js",),
    )


def _events(found: EventsFound, base: str) -> Html:
    if not found.events:
        return element("p", None, "Nothing yet: add articles with ", element("code", None, "waqai ingest PATH"), ".")
    head = [element("th", None, name) for name in ("What", "Where", "When", "Who", "Figures", "Says who", "In")]
    rows = [_row(event, claim, base) for event in found.events for claim in event.claims]
    return element(
        "div",
        {"class": "scroll"},
        element("table", None, element("thead", None, element("tr", None, head)), element("tbody", None, rows)),
    )


def _row(event: EventFound, claim: ClaimFound, base: str) -> Html:
    """Return the row of a claim; the first one of an event begins with the event."""
    what: list[Child] = [link(event.event, ", ".join(event.whole.types) or "Event", base)]
    if event.whole.contested:
        what += [" ", element("span", {"class": "pill"}, "contested")]
    first = element("td", {"dir": "auto", "rowspan": len(event.claims)}, what) if claim is event.claims[0] else None
    said: list[Child] = [link(claim.claim, "claim", base), " · "]
    if claim.modality != "asserted":
        said = [element("span", {"class": "pill"}, claim.modality), " ", *said]
    article = bidi(claim.outlet.name() if claim.outlet else claim.headline or "article")
    cells: list[Child] = [
        _names(claim.places, base),
        claim.date or "",
        _names(claim.agents, base),
        [element("div", None, bidi(str(figure))) for figure in claim.figures],
        _names(claim.sources, base) if claim.sources else element("span", {"class": "quiet"}, "no source named"),
        [*said, link(claim.article, article, base)],
    ]
    return element("tr", None, first, [element("td", {"dir": "auto"}, cell) for cell in cells])


def _names(things: list[Named], base: str) -> Html:
    shown: dict[str, Named] = {thing.iri: thing for thing in things}
    return fragment([element("div", None, link(t.iri, bidi(t.name("ar")), base)) for t in shown.values()])

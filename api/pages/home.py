"""The start page: what this is, a box for queries, the newest events.

Invariant: what is denied or disputed says so beside the event; what is only denied, planned or feared stands apart.
"""

from collections.abc import Sequence

from api.findings import ClaimFound, EventFound, EventsFound, Named
from api.html import Child, Html, element, fragment
from api.pages.layout import bidi, link, page
from api.queries.saved import examples


def home_page(found: EventsFound, others: Sequence[ClaimFound], base: str) -> str:
    """Return the start page with one page of events; `others` are claims that report no event."""
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
        _others(others, base),
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
        said_in = ", ".join(event.whole.contested_in)
        what += [
            " ",
            element("span", {"class": "pill", "title": f"claims contradict each other: {said_in}"}, "contested"),
        ]
    if event.whole.denying is not None:
        what += [" ", element("span", {"class": "pill", "title": _denied(event.whole.denying.claims)}, "denied")]
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


def _denied(number: int) -> str:
    return "a claim says that it did not happen" if number == 1 else f"{number} claims say that it did not happen"


def _others(claims: Sequence[ClaimFound], base: str) -> Child:
    """Return what was told lately and is not reported to have happened, each with the way in which it was said."""
    if not claims:
        return None
    items = []
    for claim in claims:
        label = claim.labels.get("ar") or next(iter(claim.labels.values()), "claim")
        by: list[Child] = [" · ", _names(claim.sources, base)] if claim.sources else []
        pill = element("span", {"class": "pill"}, claim.modality)
        items.append(element("li", {"dir": "auto"}, pill, " ", link(claim.claim, bidi(label), base), by))
    more = element("a", {"href": "/queries/not-happened?format=html"}, "All of them")
    return [element("h2", None, "Not reported to have happened"), element("ul", None, items), element("p", None, more)]


def _names(things: list[Named], base: str) -> Html:
    shown: dict[str, Named] = {thing.iri: thing for thing in things}
    return fragment([element("div", None, link(t.iri, bidi(t.name("ar")), base)) for t in shown.values()])

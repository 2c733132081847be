"""What the page of an event says of it as a whole: who reports and who denies it, the tolls, each claim in its words.

Invariant: claims stand one below the other, none is left out, and where two contradict each other both say so. Words
shown as evidence are sliced from the stored text here and now.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Final

from api.eventfacts import Addend, RelationFound, Voices, Whole
from api.findings import ClaimFound, EventFound, Retracted
from api.html import Child, Html, element
from api.pages.layout import bidi, link
from api.resources import short

Texts = Callable[[str], str | None]
Evidence = Mapping[str, Sequence[tuple[int, int]]]

_RULES: Final = {
    "only": "one voice gives it",
    "agreed": "all give the same",
    "most": "most named origins give it",
    "open": "they differ, none is better supported",
}
_GONE: Final = "The text of this article was erased, is lost or damaged."


def event_sections(found: EventFound, evidence: Evidence, text_of: Texts, base: str) -> list[Child]:
    """Return what stands above the facts of an event.

    Args:
        found: the event.
        evidence: start and end of the passages of each claim, by its IRI.
        text_of: gives a stored text by the IRI of its article, None where it is gone.
        base: the base IRI; links under it become paths of this server.
    """
    whole = found.whole
    claims = sorted(found.claims, key=lambda claim: (claim.published or "", claim.position, claim.claim))
    numbers = {claim.claim: number for number, claim in enumerate((*claims, *found.denials), start=1)}

    def one(claim: ClaimFound) -> Html:
        return _claim(claim, numbers, whole, evidence.get(claim.claim, ()), text_of, base)

    return [
        _summary(whole, base) if whole.voices.claims else None,  # of one that is gone the graph states nothing
        _tolls(whole, numbers),
        _sums(whole, base),
        element("h2", None, f"Claims ({len(claims)})"),
        [one(claim) for claim in claims],
        [element("h2", None, f"Denied by ({len(found.denials)})"), [one(claim) for claim in found.denials]]
        if found.denials
        else None,
        _possible(whole, numbers, base),
    ]


def _summary(whole: Whole, base: str) -> Child:
    rows: list[Child] = [element("dt", None, "Reported by"), element("dd", None, _voices(whole.voices))]
    if whole.denying is not None:
        rows += [element("dt", None, "Denied by"), element("dd", None, _voices(whole.denying))]
    if whole.contested:
        said = ", ".join(whole.contested_in)
        pill = element("span", {"class": "pill"}, "contested")
        rows += [element("dt", None, "Claims contradict each other"), element("dd", None, pill, " ", said)]
    if whole.aliases:
        links = [element("div", None, link(alias, short(alias, base), base)) for alias in whole.aliases]
        rows += [element("dt", None, "Known before as"), element("dd", None, links)]
    return element("dl", {"class": "facts"}, rows)


def _voices(voices: Voices) -> str:
    least, most = voices.origins_at_least, voices.origins_at_most
    origins = f"{least}" if least == most else f"{least} to {most}"
    interested = f", {voices.interested} of them a party to the fighting" if voices.interested else ""
    unknown = f", {voices.unknown} unknown" if voices.unknown else ""
    return (
        f"{_counted(voices.claims, 'claim')} of {_counted(voices.outlets, 'outlet')}; "
        f"independent origins: {origins}{interested}{unknown}"
    )


def _counted(number: int, what: str) -> str:
    return f"{number} {what}" if number == 1 else f"{number} {what}s"


def _tolls(whole: Whole, numbers: Mapping[str, int]) -> Child:
    if not whole.tolls:
        return None
    head = element("tr", None, [element("th", None, name) for name in ("", "low", "best", "high", "why", "by claims")])
    rows = []
    for toll in whole.tolls:
        name = toll.category if toll.of is None else f"{toll.category} ({toll.of})"
        bounds = ["" if bound is None else str(bound) for bound in (toll.low, toll.best, toll.high)]
        by: list[Child] = [_number(claim, numbers) for claim in toll.claims]
        if toll.replaced:
            by += ["; replaced by later figures: ", [_number(claim, numbers) for claim in toll.replaced]]
        cells: list[Child] = [name, *bounds, _RULES.get(toll.rule, toll.rule), by]
        rows.append(element("tr", None, [element("td", None, cell) for cell in cells]))
    table = element("table", None, element("thead", None, head), element("tbody", None, rows))
    return [element("h2", None, "Tolls"), element("div", {"class": "scroll"}, table)]


def _sums(whole: Whole, base: str) -> Child:
    """Return the totals that one of the claims gives or is part of: what is counted in them is never counted again."""
    if not whole.sums:
        return None
    items = []
    for found in whole.sums:
        parts = [[" + " if at else " = ", _addend(part, base)] for at, part in enumerate(found.parts)]
        items.append(element("li", None, f"{found.category}: ", _addend(found.total, base), parts))
    return [element("h2", None, "Totals and their parts"), element("ul", None, items)]


def _addend(one: Addend, base: str) -> Child:
    return [str(one.number), " (", link(one.claim, short(one.claim, base), base), ")"]


def _number(claim: str, numbers: Mapping[str, int]) -> Child:
    number = numbers.get(claim)
    return None if number is None else [element("a", {"href": f"#claim-{number}"}, str(number)), " "]


def _claim(
    claim: ClaimFound,
    numbers: Mapping[str, int],
    whole: Whole,
    passages: Sequence[tuple[int, int]],
    text_of: Texts,
    base: str,
) -> Html:
    number = numbers[claim.claim]
    label = claim.labels.get("ar") or next(iter(claim.labels.values()), short(claim.claim, base))
    outlet: list[Child] = [] if claim.outlet is None else [link(claim.outlet.iri, bidi(claim.outlet.name("ar")), base)]
    chain: list[Child] = [*outlet, *(link(s.iri, bidi(s.name("ar")), base) for s in claim.sources)]
    steps = [[" ← " if at else None, step] for at, step in enumerate(chain)]
    text = text_of(claim.article)
    quotes: list[Child] = [element("p", None, _GONE)] if text is None else []
    if text is not None:
        quotes += [element("blockquote", {"dir": "auto"}, text[start:end]) for start, end in passages]
    said = [bidi(part) for part in (claim.date or "", *map(str, claim.figures)) if part]
    return element(
        "section",
        {"id": f"claim-{number}"},
        element(
            "h3",
            None,
            f"{number}. ",
            link(claim.claim, bidi(label), base),
            [" ", element("span", {"class": "pill"}, claim.modality)] if claim.modality != "asserted" else None,
        ),
        _retracted(claim.retracted, base),
        element("p", None, "Who says so: ", steps, " ← no source named" if not claim.sources else None),
        quotes,
        element("p", {"class": "quiet"}, [[" · " if at else None, part] for at, part in enumerate(said)]),
        element(
            "p",
            {"class": "quiet"},
            link(claim.article, bidi(claim.headline or "the article"), base),
            f", {claim.published}" if claim.published else None,
        ),
        _standing(claim.claim, whole.relations, numbers),
    )


def _retracted(out: Retracted | None, base: str) -> Child:
    if out is None:
        return None
    record = link(out.record, f"record {out.position}", base)
    pill = element("span", {"class": "pill"}, "retracted")
    return element("p", None, pill, " by ", bidi(out.actor), " in ", record, ": ", bidi(out.reason))


def _standing(claim: str, relations: Sequence[RelationFound], numbers: Mapping[str, int]) -> Child:
    """Return how a claim stands to the others of the event, in both directions."""
    said: dict[str, list[Child]] = {}
    for one in relations:
        if claim not in (one.claim, one.other):
            continue
        other = one.other if claim == one.claim else one.claim
        backwards = claim == one.other and one.kind in ("repeats", "supersedes")
        what = f" in {', '.join(one.in_what)}" if one.in_what else ""
        said.setdefault(f"{_BACK[one.kind] if backwards else one.kind}{what}", []).append(_number(other, numbers))
    if not said:
        return None
    return element(
        "ul",
        None,
        [
            element("li", {"class": "hint" if kind.startswith("contra") else None}, kind, " ", by)
            for kind, by in said.items()
        ],
    )


def _possible(whole: Whole, numbers: Mapping[str, int], base: str) -> Child:
    if not whole.possible:
        return None
    items = []
    for match in whole.possible:
        other = match.event or match.other
        shown = link(other, short(other, base), base)
        line: list[Child] = [shown, f": score {match.score} of 1000, by claim ", _number(match.claim, numbers)]
        items.append(element("li", None, line, " and ", link(match.other, short(match.other, base), base)))
    return [element("h2", None, "May be the same as"), element("ul", None, items)]


_BACK: Final = {"repeats": "is repeated by", "supersedes": "is superseded by"}

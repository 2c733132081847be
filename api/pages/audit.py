"""The report of an audit: one page that needs nothing else, to be read, kept, printed and handed on.

Invariant: the page holds no script and loads nothing, and its own policy forbids both; words of an article become text
only, each run of them in its own direction, and what would act in them is shown by its name. The same audit gives the
same bytes.
"""

import base64
import hashlib
import re
from collections.abc import Iterable, Iterator
from typing import Final

from api.auditing import Because, Report, event_lines
from api.html import Child, Html, element, fragment
from api.pages.signs import plain, signs
from graph.audit import (
    Audit,
    AuditedArticle,
    AuditedClaim,
    AuditedDecision,
    AuditedPatch,
    AuditedRecord,
    AuditedReview,
    ChainLink,
    Check,
    Slot,
)

# No quotes, angle brackets or ampersands: the policy names the digest of these very characters.
_STYLE: Final = """
:root { --ink: #111; --line: #999; --quiet: #555; --soft: #f3f3f0; --good: #0a5c2b; --bad: #a40000; --mark: #ffe9a8; }
* { box-sizing: border-box; }
body { background: #fff; color: var(--ink); font: 15px/1.55 system-ui, Segoe UI, Noto Sans, Noto Sans Arabic, Tahoma,
  sans-serif; margin: 0 auto; max-width: 62rem; padding: 1rem 1.2rem 3rem; }
h1 { font-size: 1.5rem; margin: .4rem 0; }
h2 { border-top: 2px solid var(--ink); font-size: 1.15rem; margin: 2rem 0 .5rem;
  padding-top: .6rem; } h3 { font-size: 1rem; margin: 1.1rem 0 .3rem; }
p, li, blockquote, dd, td code { overflow-wrap: anywhere; } td { overflow-wrap: break-word; }
@media (max-width: 40rem) { td { overflow-wrap: anywhere; } }
.verdict { border: 2px solid; font-weight: 600; padding: .4rem .8rem; }
.good { color: var(--good); } .bad { color: var(--bad); } .quiet, .rule, .at { color: var(--quiet); }
.rule, .at, code { font-family: ui-monospace, Menlo, Consolas, Courier New, monospace; font-size: .8rem; }
.at { white-space: nowrap; }
blockquote { background: var(--soft); border-inline-start: 5px solid var(--line); font-size: 1.15rem; line-height: 2;
  margin: .5rem 0; padding: .5rem 1rem; white-space: pre-wrap; }
:lang(ar) { font-family: Noto Naskh Arabic, Amiri, Scheherazade New, Geeza Pro, Traditional Arabic, Segoe UI, Tahoma,
  serif; }
blockquote .around { color: var(--quiet); } mark { background: var(--mark); color: inherit; padding: 0 .1em; }
table { border-collapse: collapse; width: 100%; } thead { display: table-header-group; }
th, td { border: 1px solid var(--line); padding: .3rem .5rem; text-align: start; vertical-align: top; }
th { background: var(--soft); font-weight: 600; } ul, ol { margin: .3rem 0; padding-inline-start: 1.4rem; }
dl { display: grid; gap: .15rem 1rem; grid-template-columns: max-content 1fr; margin: .4rem 0; }
dt { color: var(--quiet); } dd { margin: 0; }
@page { margin: 18mm 15mm 20mm; }
@media print { body { font-size: 10.5pt; max-width: none; padding: 0; } h2, h3 { break-after: avoid; }
  tr, blockquote, li, .verdict { break-inside: avoid; } section.claim + section.claim { break-before: page; }
  mark { background: none; text-decoration: underline; text-underline-offset: .3em; } a { color: inherit; } }
"""
_DIGEST: Final = base64.b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode()
POLICY: Final = f"default-src 'none'; style-src 'sha256-{_DIGEST}'; base-uri 'none'; form-action 'none'"
_ARABIC: Final = re.compile("^[^a-zA-Z]*[\u0600-\u06ff]")  # a sentence that the data give in Arabic
_MARKS: Final = {True: ("good", "passed"), False: ("bad", "FAILED"), None: ("quiet", "could not be made")}
_STATES: Final = {
    "holds": "holds",
    "waits": "waits for approval",
    "undone": "was taken back",
    "decides": "decides",
    "overruled": "a later one overrules it",
}


def audit_page(report: Report) -> str:
    """Return the report as a whole page."""
    audit = report.audit
    head = element(
        "head",
        None,
        element("meta", {"charset": "utf-8"}),
        element("meta", {"http-equiv": "Content-Security-Policy", "content": POLICY}),
        element("meta", {"name": "viewport", "content": "width=device-width, initial-scale=1"}),
        element("title", None, f"Audit of {_name(audit)}"),
        element("style", None, _STYLE),
    )
    body = element("body", None, element("main", None, *_Page(report).content()))
    return f"<!doctype html>\n{element('html', {'lang': 'en', 'dir': 'ltr'}, head, body)}\n"


class _Page:
    def __init__(self, report: Report) -> None:
        self.report, self.audit = report, report.audit

    def content(self) -> Iterator[Child]:
        audit = self.audit
        yield element("h1", None, "Audit · ", element("bdi", {"lang": "ar"}, "تدقيق"))
        yield element("p", None, element("code", None, element("bdi", None, _name(audit))))
        yield from self._verdict()
        yield element("p", {"class": "quiet"}, f"The graph as of log position {audit.position}.")
        if audit.ended:
            yield element("p", None, audit.ended)
        for iri in audit.instead:
            yield element("p", None, "In its place stands ", _link(iri), ".")
        if audit.together:
            yield element("p", None, "No claim says so by itself: it follows from these together.")
        if audit.because:
            yield element("p", None, f"{audit.because}.")
        yield from self._before()
        if self.report.event is not None:
            yield element("h2", None, "The event as a whole")
            yield element("ul", None, [element("li", None, plain(line)) for line in event_lines(self.report.event)])
        yield from self._shown()
        for number, claim in enumerate(audit.claims, start=audit.offset + 1):
            yield self._claim(number, claim)
        if audit.decisions:
            yield element("h2", None, "Decisions on the thing itself")
            yield element("ul", None, [_decision(one) for one in audit.decisions])
        if audit.records:
            yield element("h2", None, "Records that state it")
            yield _records([("record", record) for record in audit.records])
        if audit.patches:
            yield element("h2", None, "Written in curation graphs")
            yield from (_patch(patch) for patch in audit.patches)
        yield from self._rest()

    def _verdict(self) -> Iterator[Html]:
        audit = self.audit
        checks = list(audit.checks())
        failed = sum(check.passed is False for check in checks)
        unmade = sum(check.passed is None for check in checks)
        if not audit.stands:
            said = "The graph does not hold this triple."
        elif audit.unexplained:
            said = "Unexplained: the graph holds it, and no claim, record or patch states it."
        elif failed:
            said = f"A check failed: {failed} of {len(checks)}. See below."
        else:
            said = "Every check passed." if not unmade else "No check failed."
        more = f" {len(checks) - failed - unmade} passed, {unmade} could not be made." if checks else ""
        yield element("p", {"class": f"verdict {'good' if audit.passed else 'bad'}"}, said, more)

    def _before(self) -> Iterator[Html]:
        before = self.audit.before
        if before is None:
            return
        where = "the default graph" if before.graph is None else before.graph
        taken = before.until
        yield element(
            "p",
            None,
            f"It was in {where} from position {before.since.position} and was taken away by record {taken.position}, ",
            f"{taken.type} by ",
            _words(taken.actor),
            f" at {taken.recorded}.",
        )
        yield _records([("brought by", before.since), ("taken away by", before.until)])

    def _shown(self) -> Iterator[Html]:
        if self.audit.shown:
            yield element("p", None, self.audit.shown)
        pages = self.report.pages
        if pages is not None:
            named = (
                ("previous claims", pages.previous),
                ("next claims", pages.next),
                ("all in one document", pages.all),
            )
            links = [
                element("li", None, element("a", {"href": href}, name)) for name, href in named if href is not None
            ]
            yield element("ul", None, links)

    def _claim(self, number: int, claim: AuditedClaim) -> Html:
        language, of = claim.article.language, self.audit.total
        parts: list[Child] = [
            element("h2", None, f"Claim {number} of {of}: {claim.event_type} ({claim.modality})"),
            _facts(("claim", _link(claim.iri)), ("event", _link(claim.event) if claim.event else "none")),
        ]
        if claim.retracted_by is not None:
            said = f"Retracted by record {claim.retracted_by}: it counts for nothing in the default graph."
            parts.append(element("p", {"class": "bad"}, said))
        parts.append(element("h3", None, "The words"))
        parts += _quotes(claim)
        parts.append(element("h3", None, "What was read from them"))
        parts.append(self._slots(claim.slots, language))
        parts.append(element("h3", None, "Who says so, outermost first"))
        parts.append(self._chain(claim.sources, language))
        parts.append(element("h3", None, "The article"))
        parts += _article(claim.article)
        if claim.reviews or claim.decisions:
            parts.append(element("h3", None, "Later corrections"))
            parts.append(
                element(
                    "ul", None, [_review(one) for one in claim.reviews], [_decision(one) for one in claim.decisions]
                )
            )
        run = claim.run
        parts.append(element("h3", None, "Records and checks"))
        parts.append(_records([("of the article", claim.article.record), ("of the claim", claim.record)]))
        parts.append(
            element("p", None, f"Extracted by {run.name} {run.version}, lexicon ", element("code", None, run.lexicon))
        )
        parts.append(_checks(claim.checks))
        return element("section", {"class": "claim"}, *parts)

    def _slots(self, slots: Iterable[Slot], language: str) -> Html:
        heads = ("slot", "words", "value", "characters", "rule")
        rows = [
            element(
                "tr",
                None,
                element("th", {"scope": "row"}, slot.name),
                element("td", None, _text(slot.words, language)),
                element("td", None, _words(slot.value)),
                element("td", None, _at(slot.start, slot.end)),
                element("td", None, self._rule(slot.rule)),
            )
            for slot in slots
        ]
        head = element("tr", None, [element("th", {"scope": "col"}, name) for name in heads])
        return element("table", None, element("thead", None, head), element("tbody", None, rows))

    def _rule(self, rule: str) -> Html:
        return fragment(
            element("bdi", {"class": "rule", "dir": "ltr"}, rule),
            [self._because(one) for one in self.report.rules.get(rule, ())],
        )

    def _because(self, one: Because) -> Html:
        entry: Child = None
        if one.entry is not None:
            entry = [" ", element("a", {"class": "rule", "href": one.entry}, "entry ", _words(one.lemma or one.part))]
        return fragment(
            element("div", {"lang": "en"}, element("bdi", {"dir": "ltr"}, plain(one.en)), entry),
            element("div", {"lang": "ar", "dir": "rtl"}, plain(one.ar)) if _ARABIC.search(one.ar) else None,
        )

    def _chain(self, chain: tuple[ChainLink, ...], language: str) -> Html:
        if not chain:
            return element("p", None, "The text names no source; it speaks for itself.")
        return element(
            "ol",
            None,
            [
                element(
                    "li",
                    None,
                    _words(link.name or "unnamed"),
                    f" ({link.kind}{', party to the fighting' if link.party else ''}): ",
                    _text(link.words, language),
                    [", with the verb ", _text(link.verb, language)] if link.verb is not None else None,
                    " ",
                    _at(link.start, link.end),
                    element("div", None, self._rule(link.rule)),
                )
                for link in chain
            ],
        )

    def _rest(self) -> Iterator[Html]:
        audit, proof = self.audit, self.report.proof
        yield from self._shown()
        if audit.unexamined:
            yield element("p", None, f"{audit.unexamined} more claims name its subject, and were not looked at.")
        yield element("h2", None, "Proof")
        if proof is None:
            yield element(
                "p",
                None,
                "There is no signed checkpoint to prove it to others with: waqai log checkpoint makes one. The digests "
                "above can be compared with the log and the stored text only.",
            )
        else:
            yield _facts(
                ("checkpoint of", proof.origin),
                ("size", str(proof.size)),
                ("root", element("code", None, proof.root)),
                ("claims that it covers", f"{len(proof.covered)} of {len(audit.claims)}"),
            )
            yield element(
                "ul",
                None,
                [
                    element("li", None, element("code", None, f"waqai audit {iri.rpartition('/')[2]} --bundle FILE"))
                    for iri in proof.covered
                ],
            )
        yield element(
            "p",
            {"class": "quiet"},
            "This report shows that the words stand in the stored text and where each statement came from. It does not "
            "show that the article is true, or that the publisher whom the record names wrote it.",
        )


def _quotes(claim: AuditedClaim) -> Iterator[Html]:
    language = claim.article.language
    for passage in claim.passages:
        if passage.quote is None:
            yield element("p", None, "[erased] ", _at(passage.start, passage.end))
            continue
        marked = [slot for slot in claim.slots if passage.start <= slot.start < slot.end <= passage.end]
        yield element(
            "blockquote",
            {"lang": language, "dir": "rtl" if language == "ar" else "auto"},
            element("span", {"class": "around"}, *signs(passage.before or "")),
            *_highlighted(passage.quote, passage.start, marked),
            element("span", {"class": "around"}, *signs(passage.after or "")),
        )
        yield element("p", None, _at(passage.start, passage.end))


def _highlighted(quote: str, offset: int, slots: list[Slot]) -> Iterator[Child]:
    """Yield a quote with what fills a slot marked; where slots overlap, the first one counts."""
    at = 0
    for slot in sorted(slots, key=lambda slot: (slot.start, slot.start - slot.end)):
        start, end = slot.start - offset, slot.end - offset
        if start < at:
            continue
        yield from signs(quote[at:start])
        yield element("mark", {"title": slot.name}, *signs(quote[start:end]))
        at = end
    yield from signs(quote[at:])


def _article(article: AuditedArticle) -> Iterator[Html]:
    digest = article.text_sha256 or f"gone; salted {article.text_digest}"
    yield _facts(
        ("article", _link(article.iri)),
        ("title", None if article.title is None else _text(article.title, article.language)),
        ("publisher", None if article.publisher is None else _words(article.publisher)),
        ("published", article.published or "not given"),
        ("address", None if article.url is None else element("bdi", {"dir": "ltr"}, plain(article.url))),
        ("text", f"{article.text_length} code points"),
        ("SHA-256", element("code", None, digest)),
    )
    for erasure in article.erasures:
        by = erasure.record
        said = f"Erased: {', '.join(erasure.contents)}, by record {by.position} of {by.recorded}. Basis: "
        yield element("p", {"class": "bad"}, said, _words(erasure.basis), ". Reason: ", _words(erasure.reason))


def _review(review: AuditedReview) -> Html:
    record = review.record
    return element(
        "li",
        None,
        f"Review of place {review.number}: {review.decision}, which {_STATES[review.state]}; by ",
        _words(record.actor),
        f" at {record.recorded} (record {record.position}), because: ",
        _words(review.reason),
        ". Before: ",
        _words(review.before),
        ". Now: ",
        _words(review.now),
        ". The machine had said: ",
        _words(review.machine),
        _checks(record.checks),
    )


def _decision(decision: AuditedDecision) -> Html:
    record = decision.record
    return element(
        "li",
        None,
        f"{decision.type}, which {_STATES[decision.state]}; by ",
        _words(record.actor),
        f" at {record.recorded} (record {record.position}), because: ",
        _words(decision.reason),
        [[" ", _link(iri)] for iri in decision.about],
        _checks(record.checks),
    )


def _patch(patch: AuditedPatch) -> Html:
    changed, record = patch.changed, patch.record
    lines = [(sign, triple) for sign, some in (("+", changed.added), ("−", changed.removed)) for triple in some]
    return element(
        "section",
        None,
        element(
            "p", None, "In ", _link(changed.graph), " by ", _words(record.actor), f" at {record.recorded}, because: "
        ),
        element("p", None, _words(changed.reason)),
        element("ul", None, [element("li", None, f"{sign} ", element("bdi", None, plain(one))) for sign, one in lines]),
        element("p", None, f"and {changed.omitted} more") if changed.omitted else None,
        [element("p", None, f"taken back by record {position}") for position in changed.undone_by],
        _records([("of the change", record)]),
    )


def _records(records: Iterable[tuple[str, AuditedRecord]]) -> Html:
    heads = ("record", "position", "type", "recorded", "by", "SHA-256 of its body")
    rows = [
        element(
            "tr",
            None,
            element("th", {"scope": "row"}, title),
            [element("td", None, value) for value in (str(record.position), record.type, record.recorded)],
            element("td", None, _words(record.actor)),
            element("td", None, element("code", None, record.body_sha256), _checks(record.checks)),
        )
        for title, record in records
    ]
    head = element("tr", None, [element("th", {"scope": "col"}, name) for name in heads])
    return element("table", None, element("thead", None, head), element("tbody", None, rows))


def _checks(checks: Iterable[Check]) -> Html:
    return element(
        "ul",
        None,
        [
            element(
                "li",
                {"class": _MARKS[check.passed][0]},
                f"{_MARKS[check.passed][1]}: {check.name}: {plain(check.detail)}",
            )
            for check in checks
        ],
    )


def _facts(*facts: tuple[str, Child]) -> Html:
    return element(
        "dl",
        None,
        [[element("dt", None, name), element("dd", None, value)] for name, value in facts if value is not None],
    )


def _name(audit: Audit) -> str:
    return plain(audit.triple or audit.subject)


def _link(iri: str) -> Html:
    return element("a", {"href": iri}, element("bdi", {"dir": "ltr"}, iri))


def _words(text: str) -> Html:
    return element("bdi", None, plain(text))


def _text(words: str | None, language: str) -> Html:
    return element("bdi", {"lang": language}, "[erased]" if words is None else plain(words))


def _at(start: int, end: int) -> Html:
    return element("bdi", {"class": "at", "dir": "ltr"}, f"[{start}, {end})")

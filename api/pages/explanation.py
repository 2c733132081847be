"""The page of explanations: one file that needs nothing else, for a person who checks an extraction against its text.

Invariant: the page holds no script and loads nothing, and its own policy forbids both; words of an article become
text only, and their direction and control characters are shown by name and never act. It is right-to-left where its
own words are Arabic; each line of an article runs in its own direction.
"""

import base64
import hashlib
import itertools
from collections.abc import Iterable, Iterator
from typing import Final

from api.html import Child, Html, element, fragment
from api.pages.signs import plain, signs
from ingest.explanation import Candidate, ExplainedClaim, Explanation, Mark
from ingest.rulebook import Reason
from ingest.wording import Wording
from ontology.model import Span

_BREAKS: Final = {"\n", "\r"}
_ISOLATE: Final = ("\u2068", "\u2069")
# Of kinds that overlap, the first colours the words.
_KINDS: Final = ("trigger", "cue", "verb", "figure", "date", "source", "actor", "people", "place", "facility")

# No quotes, angle brackets or ampersands: the policy names the digest of these very characters.
_STYLE: Final = """
:root { color-scheme: light dark; --line: #8886; --soft: #8881; --quiet: #666; --link: #0b57a4; --trigger: #ffb3a7;
  --cue: #e3b7ff; --verb: #cfd4da; --figure: #ffd97a; --date: #b6e3a8; --source: #a9d6ff; --actor: #f7c6dd;
  --people: #f0d9c0; --place: #9fe6d8; --facility: #d8d8a8; }
@media (prefers-color-scheme: dark) { :root { --quiet: #aaa; --link: #8ab8ff; --trigger: #8a2f20; --cue: #5f2f80;
  --verb: #4a5058; --figure: #6b5200; --date: #2f5a22; --source: #1d4d78; --actor: #742a50; --people: #5c4530;
  --place: #12594d; --facility: #55552a; } }
* { box-sizing: border-box; }
body { font: 16px/1.7 system-ui, Noto Naskh Arabic, Segoe UI, Tahoma, sans-serif; margin: 0 auto; max-width: 76rem;
  padding: 0 1rem 4rem; }
h1 { font-size: 1.5rem; line-height: 1.4; margin: 1.4rem 0 .3rem; }
h2 { border-top: 1px solid var(--line); font-size: 1.15rem; margin: 2rem 0 .5rem; padding-top: .8rem; }
h3 { font-size: 1.05rem; margin: 1.8rem 0 .4rem; }
article + article { border-top: 4px double var(--line); margin-top: 4rem; }
p, blockquote { overflow-wrap: anywhere; }
.facts, .id, .rule, .at { color: var(--quiet); }
.id, .rule, .at { font-size: .8rem; font-family: ui-monospace, Menlo, Consolas, monospace; font-weight: 400; }
.at { white-space: nowrap; }
.text { background: var(--soft); font-size: 1.1rem; line-height: 2.1; padding: .4rem 1rem; }
.text p { margin: .4rem 0; min-height: 1em; unicode-bidi: isolate; white-space: pre-wrap; }
.text a, .text span { color: inherit; text-decoration: none; }
.text a:hover, .text a:focus, .text a:target { outline: 2px solid currentColor; }
.text .used { text-decoration: underline 2px; text-underline-offset: .35em; }
.text .gone { text-decoration: underline wavy 1px; text-underline-offset: .35em; }
.trigger { background: var(--trigger); } .cue { background: var(--cue); } .verb { background: var(--verb); }
.figure { background: var(--figure); } .date { background: var(--date); } .source { background: var(--source); }
.actor { background: var(--actor); } .people { background: var(--people); } .place { background: var(--place); }
.facility { background: var(--facility); }
.sign { background: #c33; border-radius: .2rem; color: #fff; font: .75rem ui-monospace, Menlo, monospace;
  padding: 0 .2rem; }
.legend { display: flex; flex-wrap: wrap; gap: .4rem .8rem; list-style: none; margin: .6rem 0; padding: 0; }
.legend span { padding: 0 .4rem; }
blockquote { border-inline-start: 4px solid var(--line); margin: .5rem 0; padding: .1rem .9rem; }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; min-width: 40rem; width: 100%; }
th, td { border-bottom: 1px solid var(--line); padding: .35rem .7rem; text-align: start; vertical-align: top; }
td ul { list-style: none; margin: 0; padding: 0; }
td li + li { margin-top: .2rem; }
section:target, tr:target { background: var(--soft); }
a { color: var(--link); }
@media print { .text { background: none; } }
"""


CLOSING: Final = "</main></body></html>\n"


def opening(wording: Wording) -> str:
    """Return what stands before the first article of a page."""
    rtl = wording.tongue == "ar"
    digest = base64.b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode()
    policy = f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"
    head = element(
        "head",
        None,
        element("meta", {"charset": "utf-8"}),
        element("meta", {"http-equiv": "Content-Security-Policy", "content": policy}),
        element("meta", {"name": "viewport", "content": "width=device-width, initial-scale=1"}),
        element("title", None, f"{wording.label('title')} · Waqai"),
        element("style", None, _STYLE),
    )
    direction = "rtl" if rtl else "ltr"
    return f'<!doctype html>\n<html lang="{wording.tongue}" dir="{direction}">{head}<body><main>\n'


def section(explanation: Explanation, wording: Wording, number: int) -> str:
    """Return one article of a page; `number` sets its targets apart from those of the others."""
    return f"{_Article(explanation, wording, f'a{number}').html()}\n"


def page(explanations: Iterable[Explanation], wording: Wording) -> str:
    """Return a whole page."""
    sections = (section(explanation, wording, number) for number, explanation in enumerate(explanations, 1))
    return "".join((opening(wording), *sections, CLOSING))


class _Article:
    """One article of the page; `anchor` sets its targets apart from those of other articles."""

    def __init__(self, explanation: Explanation, wording: Wording, anchor: str) -> None:
        self.explanation, self.wording, self.anchor = explanation, wording, anchor
        self.text = explanation.article.text

    def html(self) -> Html:
        found, label = self.explanation, self.wording.label
        article = found.article
        facts = [
            f"{label(name)}: {_isolated(value)}"
            for name, value in (("published", article.published), ("publisher", article.publisher))
            if value
        ]
        return element(
            "article",
            {"id": self.anchor},
            element("h1", None, element("bdi", None, *signs(article.title or label("title")))),
            element("p", {"class": "facts"}, " · ".join(facts)) if facts else None,
            element("h2", None, label("text")),
            self._legend(),
            element("div", {"class": "text", "lang": article.language}, self._paragraphs()),
            element("h2", None, f"{label('claims')} ({len(found.claims)})"),
            [self._claim(claim) for claim in found.claims] or element("p", None, label("no_claims")),
            element("h2", None, f"{label('dropped')} ({len(found.dropped)})"),
            self._dropped(found.dropped) if found.dropped else element("p", None, label("nothing_dropped")),
        )

    # ------------------------------------------------------------------ the text

    def _legend(self) -> Html:
        there = {mark.kind for mark in self.explanation.marks}
        kinds = [kind for kind in _KINDS if kind in there]
        items = [element("li", None, element("span", {"class": kind}, self.wording.label(kind))) for kind in kinds]
        return element("ul", {"class": "legend"}, items)

    def _paragraphs(self) -> Iterator[Html]:
        line: list[Child] = []
        for span, marks, gone in self._segments():
            words = span.of(self.text)
            if words in _BREAKS:
                if line:
                    yield element("p", {"dir": "auto"}, line)
                line = []
                continue
            line.append(self._segment(words, marks, gone))
        if line:
            yield element("p", {"dir": "auto"}, line)

    def _segments(self) -> Iterator[tuple[Span, list[Mark], int | None]]:
        """Cut the text wherever a mark begins or ends and at line breaks; each piece comes with what covers it."""
        events = [(n, c) for n, c in enumerate(self.explanation.dropped, 1) if c.kind == "event"]
        cuts = {0, len(self.text)}
        for span in (*(m.span for m in self.explanation.marks), *(c.span for _, c in events)):
            cuts.update((span.start, span.end))
        for at, character in enumerate(self.text):
            if character in _BREAKS:
                cuts.update((at, at + 1))
        ordered = sorted(cuts)
        waiting = sorted(self.explanation.marks, key=lambda m: m.span.start, reverse=True)
        open_marks: list[Mark] = []
        for start, end in itertools.pairwise(ordered):
            open_marks = [m for m in open_marks if m.span.end > start]
            while waiting and waiting[-1].span.start <= start:
                open_marks.append(waiting.pop())
            gone = next((n for n, c in events if c.span.start <= start < c.span.end), None)
            yield Span(start, end), list(open_marks), gone

    def _segment(self, words: str, marks: list[Mark], gone: int | None) -> Child:
        if not marks and gone is None:
            return list(signs(words))
        marks = sorted(marks, key=lambda m: (_KINDS.index(m.kind) if m.kind in _KINDS else len(_KINDS), m.span))
        claims = sorted({number for mark in marks for number in mark.claims})
        classes = [
            *(m.kind for m in marks[:1]),
            *(["used"] if claims else []),
            *(["gone"] if gone and not claims else []),
        ]
        notes = [self._note(mark) for mark in marks]
        target = f"#{self.anchor}c{claims[0]}" if claims else f"#{self.anchor}d{gone}" if gone is not None else None
        attributes = {"class": " ".join(classes), "title": "\n".join(notes) or self.wording.label("dropped")}
        if target is None:
            return element("span", attributes, *signs(words))
        return element("a", {**attributes, "href": target}, *signs(words))

    def _note(self, mark: Mark) -> str:
        value = f" = {plain(mark.value)}" if mark.value else ""
        numbers = ", ".join(map(str, mark.claims))
        used = f" ({self.wording.label('in_claim')} {numbers})" if numbers else ""
        return f"{self.wording.label(mark.kind)}{value}{used} {_at(mark.span)} {mark.rule}"

    # ------------------------------------------------------------------ claims and what was let go

    def _claim(self, explained: ExplainedClaim) -> Html:
        claim, label = explained.claim, self.wording.label
        rows = [self._row(label(slot.name), slot.span, slot.value, slot.reasons) for slot in explained.slots]
        repeats = [
            self._row(f"{label('repeats')}: {repeat.type}", repeat.span, "", (repeat.reason,))
            for repeat in explained.repeats
        ]
        kind = claim.type if claim.subtype is None else f"{claim.type} / {claim.subtype}"
        return element(
            "section",
            {"id": f"{self.anchor}c{explained.number}"},
            element(
                "h3", None, f"{label('claim')} {explained.number}: {_isolated(f'{kind} ({claim.modality.value})')}"
            ),
            element("p", {"class": "id"}, element("bdi", None, f"{claim.id} {_at(claim.evidence[0])}")),
            element(
                "blockquote",
                {"dir": "auto", "lang": self.explanation.article.language},
                *signs(" ".join(claim.evidence[0].of(self.text).split("\n"))),
            ),
            self._table(("slot", "words", "value", "why"), [*rows, *repeats]),
        )

    def _dropped(self, candidates: tuple[Candidate, ...]) -> Html:
        rows = [
            self._row(self.wording.label(c.kind), c.span, None, c.reasons, f"{self.anchor}d{number}")
            for number, c in enumerate(candidates, 1)
        ]
        return self._table(("slot", "words", "why"), rows)

    def _table(self, heads: tuple[str, ...], rows: list[Html]) -> Html:
        head = element("tr", None, [element("th", {"scope": "col"}, self.wording.label(name)) for name in heads])
        table = element("table", None, element("thead", None, head), element("tbody", None, rows))
        return element("div", {"class": "scroll"}, table)

    def _row(
        self, name: str, span: Span | None, value: str | None, reasons: tuple[Reason, ...], anchor: str | None = None
    ) -> Html:
        return element(
            "tr",
            {"id": anchor},
            element("th", {"scope": "row"}, name),
            element("td", None, self._words(span) if span is not None else self.wording.label("no_words")),
            None if value is None else element("td", None, element("bdi", None, plain(value))),
            element("td", None, element("ul", None, [self._reason(reason, span) for reason in reasons])),
        )

    def _reason(self, reason: Reason, about: Span | None) -> Html:
        said = self.wording.sentence(reason, _isolated)
        other = self._words(reason.span) if reason.span is not None and reason.span != about else None
        rule = element("bdi", {"class": "rule", "dir": "ltr"}, reason.rule)
        return element("li", None, said, [" ", other] if other is not None else None, " ", rule)

    def _words(self, span: Span) -> Html:
        words = element("bdi", {"lang": self.explanation.article.language}, *signs(span.of(self.text)))
        return fragment(words, " ", element("bdi", {"class": "at", "dir": "ltr"}, _at(span)))


def _isolated(value: str) -> str:
    return f"{_ISOLATE[0]}{plain(value)}{_ISOLATE[1]}"


def _at(span: Span) -> str:
    return f"[{span.start}, {span.end})"

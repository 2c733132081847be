"""Dating: which of the text's dates is that of an event.

Invariant: an event has the date of its own clause, else the day that frames its passage in the text's own words, else
none; the publication date alone dates nothing.
"""

from calendar import monthrange
from collections import defaultdict
from collections.abc import Sequence
from datetime import date
from functools import cached_property

from ingest.dates import DateExpression
from ingest.drafts import Draft
from ingest.figures import FigureHit
from ingest.reading import Reading
from ingest.saying import said_on, saying_of
from ingest.triggers import TriggerHit
from ontology.model import Span
from ontology.tallies import tallies

_GOES_ON = 2  # sentences that go on from one that names a day
_DATELINE_WORDS = 10
_RETOLD_WITHIN = 4  # sentences from what is said to have happened to the mention that dates it
_PICTURES = frozenset({"photo", "photograph", "picture", "image", "footage", "video", "frame"})
_WHEN_REACH = 8  # words from "when" to its verb
_BEGINS = 5  # words from "since" to what it begins with
_SINCE = frozenset({"since", "منذ", "ومنذ"})
_LEAD = 3  # the last sentence, title included, in which the lead may name its day


class Dating:
    """Dates the triggers of one reading."""

    def __init__(self, reading: Reading, triggers: Sequence[TriggerHit]) -> None:
        self.reading, self.triggers = reading, list(triggers)
        self._dates_of: dict[int, list[DateExpression]] = defaultdict(list)
        for d in reading.dates:
            self._dates_of[reading.sentence_of[d.first]].append(d)
        self._triggers_of: dict[int, list[int]] = defaultdict(list)
        for t in self.triggers:
            self._triggers_of[reading.sentence_of[t.i]].append(t.i)
        self._trigger_tokens = frozenset(t.i for t in self.triggers)
        furniture = [a for a, _ in reading.sentences if reading.zones[a] in ("dateline", "repeated-title", "footer")]
        self._first = next((n for n, (a, _) in enumerate(reading.sentences) if reading.zones[a] == "body"), 0)
        self._lead = _LEAD + len([a for a in furniture if reading.sentence_of[a] <= _LEAD])

    def date_of(self, i: int) -> DateExpression | None:
        """The point in time that stands with a trigger: the nearest in its sentence, else the frame of the passage."""
        reading = self.reading
        here = self._dates_of.get(reading.sentence_of[i], ())
        for d in here:
            if d.kind == "point" and d.precision == "day" and self._taken_then(d):
                return d  # In this photo taken on June 8 …: all that a caption shows is of that day
        if (then := self._when(i, here)) is not None:
            return then
        near = [p for d in here if (p := self._as_point(d)) is not None and not self._this_year(p)]
        if not near:
            return self._framing_date(i)
        said = [d for d in near if saying_of(reading, d) not in (None, i)]
        own = [d for d in near if d not in said]
        if said and own:
            best = min(own, key=lambda d: self._cost(d, i))
            if self._cost(best, i)[0] <= 1 and not self._told_apart(best, i):
                return best
        best = min(said or own, key=lambda d: self._cost(d, i))
        limit = 0 if best.precision in ("year", "month") and best.first < i else 1
        if self._cost(best, i)[0] <= limit:
            return (self._retold(best) if said_on(reading, best) else None) or best
        framing = self._framing_date(i)
        if framing is not None and best.first < i and self._day_of_news(best):
            return best  # the day that its sentence names frames the rest of it, before that of the article
        return framing

    def _cost(self, d: DateExpression, i: int) -> tuple[int, int]:
        """How far a date is from the trigger at `i`: what stands between the two, then words."""
        reading = self.reading
        low, high = min(d.first, i), max(d.first, i)
        between = sum(1 for t in self._triggers_of[reading.sentence_of[i]] if low < t < high)
        # A date behind a clause word or a comma before the trigger belongs to the clause before.
        parted = len({*reading.between("clause", low, high), *reading.between("relative", low, high)})
        return between + (parted if d.first < i else min(parted, 1)), abs(d.first - i)

    def _told_apart(self, d: DateExpression, i: int) -> bool:
        """… killed five, and a strike on Sunday killed two: the day of another happening told beside that at `i`."""
        reading = self.reading
        low, high = min(d.first, i), max(d.first, i)
        others = [t for t in self._triggers_of[reading.sentence_of[i]] if low < t < high]
        begun = {*reading.between("complementiser", low, high), *reading.between("clause", low, high)}
        joined = any(reading.words[k] == "and" for t in others for k in range(max(low, t - 3), t))
        return bool(others) and (bool(begun) or joined or any(self._and(t) for t in others))

    def _and(self, t: int) -> bool:
        """Tell whether a word of an event bears و."""
        return any(x.pro.startswith("و") for x in self.reading.analyses[t])

    def _when(self, i: int, here: Sequence[DateExpression]) -> DateExpression | None:
        """Since 2014, when rebels seized X; منذ عام 2014، عندما سيطر: the clause of "when" is of the time before."""
        reading = self.reading
        a, _ = reading.sentences[reading.sentence_of[i]]
        when = next(iter(reading.between("whenWord", max(a, i - _WHEN_REACH) + 1, i)[::-1]), None)
        if when is None or not self._trigger_tokens.isdisjoint(range(when + 1, i)):
            return None
        end = when - (reading.raw[when - 1] in ("،", ","))
        d = next((d for d in here if d.last == end and d.kind in ("point", "since") and d.edtf is not None), None)
        if d is None or d.kind == "point" or d.start is None:
            return d
        day = (d.edtf or "").split("/")[0]
        precision = {4: "year", 7: "month", 10: "day"}.get(len(day))
        if precision is None:
            return None
        return d._replace(kind="point", edtf=day, start=d.start, end=_last_day(day), precision=precision)

    def _as_point(self, d: DateExpression) -> DateExpression | None:
        """A point of time; منذ فجر اليوم, since this morning: from a time of the day of the news on is that day."""
        if d.kind == "since" and d.start is not None and d.start[:10] == (self.reading.published or "")[:10]:
            return d._replace(kind="point", edtf=d.start[:10], start=d.start[:10], end=d.start[:10])
        return d if d.kind == "point" else None

    def _taken_then(self, d: DateExpression) -> bool:
        """Tell whether the date is that of a picture: this photo, taken on the day."""
        words, before = self.reading.words, range(max(0, d.first - 3), d.first + 1)
        taken = next((k for k in before if words[k] in ("taken", "shot", "filmed")), None)
        return taken is not None and any(words[k] in _PICTURES for k in range(max(0, taken - 3), taken))

    def _framing_date(self, i: int) -> DateExpression | None:
        """The day that the article's lead or dateline gives ("today, Saturday"), resolved by the text's own words."""
        reading = self.reading
        if reading.zones[i] not in ("title", "repeated-title", "body"):
            return None
        if reading.language == "en" and reading.zones[i] == "title":
            return None  # the body dates what the headline says
        recent = self._recent(i)
        if recent is not None:
            return recent
        for d in reading.dates:
            if (
                reading.sentence_of[d.first] > self._lead
                or reading.zones[d.first] != "body"
                or not self._day_of_news(d)
            ):
                continue
            if reading.language == "en" and self._of_wire(d):
                continue  # BEIRUT, Nov 24 (Agency) – Two people were killed yesterday
            if d.first < self._lead_end or d.first < i or reading.sentence_of[d.first] in self._telling:
                # What a later paragraph about something else dates frames nothing before it.
                return (self._retold(d) if said_on(reading, d) else None) or d
        if reading.sentence_of[i] <= self._first:
            # Fri Feb 27 2015 The capture of …: a bare dateline frames the lead; one that says "published" does not.
            for d in reading.dates:
                a, _b = reading.sentences[reading.sentence_of[d.first]]
                bare = d.first == a or reading.raw[a].isupper()
                if reading.zones[d.first] == "dateline" and reading.sentence_of[d.first] < self._first and bare:
                    return d if self._day_of_news(d) else None
        # ميدانيات 30 تشرين الثاني: a title beside the text that names the day of the news frames all of it.
        return next((d for d in reading.headline_dates if self._day_of_news(d)), None)

    def _recent(self, i: int) -> DateExpression | None:
        """The day of the news that a telling sentence right before has named: it frames what goes on from there."""
        reading = self.reading
        s = reading.sentence_of[i]
        return next(
            (
                d
                for n in range(s - 1, s - 1 - _GOES_ON, -1)
                for d in reversed(self._dates_of.get(n, ()))
                if reading.zones[d.first] == "body"
                and n in self._telling
                and self._day_of_news(d)
                and not said_on(reading, d)
            ),
            None,
        )

    def _retold(self, said: DateExpression) -> DateExpression | None:
        """Wednesday's strike: the day that a later mention of the lead's happening owns."""
        reading = self.reading
        here = reading.sentence_of[said.first]
        for d in reading.dates:
            if d.first <= said.last or d.kind != "point" or d.precision != "day":
                continue
            if reading.sentence_of[d.first] > here + _RETOLD_WITHIN:
                return None
            behind = range(d.last - 1, min(len(reading), d.last + 4))
            owns = any(reading.raw[k] in ("'s", "’s") for k in behind)
            if owns and any(reading.has(k, "anaphor") for k in behind) and d.start != said.start:
                return d
        return None

    def _of_wire(self, d: DateExpression) -> bool:
        """The date between the city and the agency that open a report, where its sentence names another day."""
        reading = self.reading
        a, b = reading.sentences[reading.sentence_of[d.first]]
        opens = d.first - a <= _DATELINE_WORDS and not any(
            reading.raw[k][:1].islower() for k in range(a, d.first) if not reading.punct[k]
        )
        marked = any(reading.raw[k] in ("(", "-", "–", "—", "/") for k in range(d.last, min(b, d.last + 3)))
        others = (x for x in self._dates_of[reading.sentence_of[d.first]] if x is not d)
        return opens and marked and any(self._day_of_news(x) for x in others)

    @cached_property
    def _telling(self) -> frozenset[int]:
        """The sentences that tell of an event."""
        return frozenset(self.reading.sentence_of[t.i] for t in self.triggers)

    @cached_property
    def _lead_end(self) -> int:
        """The token behind the first paragraph of the body."""
        reading = self.reading
        begin = next((k for k, zone in enumerate(reading.zones) if zone == "body" and not reading.punct[k]), 0)
        return next((k for k in range(begin, len(reading)) if "\n" in reading.raw[k]), len(reading))

    def _day_of_news(self, d: DateExpression) -> bool:
        published = self.reading.published
        if d.kind != "point" or d.precision != "day" or d.start is None or published is None:
            return False
        return abs(_days(d.start, published)) <= 1

    def _this_year(self, d: DateExpression) -> bool:
        """هذا العام: what news measures by (the deadliest this year), never when something happened."""
        published = self.reading.published
        return d.precision == "year" and d.anchor is not None and (d.start or "")[:4] == (published or "")[:4]

    def undated(self, drafts: list[Draft]) -> list[Draft]:
        """Return the drafts, those that count on from some time without the day of saying, or of the news."""
        for draft in drafts:
            if self._counts_on(draft.date, draft.at, draft.figures):
                draft.date = None
        return drafts

    def _counts_on(self, d: DateExpression | None, i: int, figures: Sequence[FigureHit]) -> bool:
        """Killed 74 since the start of the offensive: what counts on is not of the day of saying, or of the news."""
        reading = self.reading
        if d is None or not (self.frames(d, reading.sentence_of[i]) or said_on(reading, d)):
            return False
        return self._since(i) or any(self._from_then_on(f) for f in figures)

    def _from_then_on(self, figure: FigureHit) -> bool:
        """Tell whether the figure is a tally whose sentence says since when."""
        reading = self.reading
        a, b = reading.sentences[reading.sentence_of[figure.first]]
        if not any(reading.words[k] in _SINCE for k in range(figure.first, b)):
            return False
        sentence = reading.span(a, b)
        inside = Span(figure.span.start - sentence.start, figure.span.end - sentence.start)
        return tallies().counts_on(sentence.of(reading.plain), inside)

    def _since(self, i: int) -> bool:
        """Since (the start of) the offensive: what only begins a time is of no day that its sentence names."""
        reading = self.reading
        a, _ = reading.sentences[reading.sentence_of[i]]
        near = range(max(a, i - _BEGINS), i)
        return any(reading.words[k] in _SINCE and self._trigger_tokens.isdisjoint(range(k, i)) for k in near)

    def frames(self, d: DateExpression | None, sentence: int) -> bool:
        """Tell whether the date stands outside of the sentence, so that it only frames it."""
        return d is not None and (d.last == d.first or self.reading.sentence_of[d.first] != sentence)


def _last_day(day: str) -> str:
    """Return the last day of an EDTF year, month or day."""
    if len(day) == 10:
        return day
    year, month = (int(day), 12) if len(day) == 4 else (int(day[:4]), int(day[5:7]))
    return date(year, month, monthrange(year, month)[1]).isoformat()


def _days(a: str, b: str) -> int:
    try:
        return (date.fromisoformat(a[:10]) - date.fromisoformat(b[:10])).days
    except ValueError:
        return 999

"""Zones of an article (title, dateline, body, footer) and its sentences.

Invariant: every token is in exactly one zone and one sentence; sentences never cross a line end. Agencies set two
points for a dash in headlines, so `..` ends a sentence only in the body.
"""

import re

from ingest.normal import normal_words
from ingest.reading import Reading

TITLE, REPEATED_TITLE, DATELINE, BODY, FOOTER = "title", "repeated-title", "dateline", "body", "footer"

_FOOTER_LINES = (
    r"(?:المصدر|مصدر)\s*[:：].*",
    r"المصدر\s*/.*",
    r"شارك(?:ها)?(?:\s+(?:على|عبر|الخبر|المقال|هذا|مع)\b.*)?",
    r"مشاركة|طباعة|حفظ",
    r"[اإ]قرأ (?:أيضا|المزيد).*",
    r"كلمات (?:مفتاحية|دالة).*|الوسوم.*",
    r"source\s*:.*|share(?: this.*)?|tags?\s*:.*|read (?:more|also).*|follow us.*",
)
_DATELINES = (
    r"منذ\s+\S+(?:\s+\S+)?",
    r"نشرت? (?:في|بتاريخ).*|تاريخ النشر.*|آخر تحديث.*",
    r"(?:published|updated|last updated|posted)\b.*",
    r"\d{1,4}[./\-]\d{1,2}[./\-]\d{1,4}.{0,30}|\d{1,2}:\d{2}.{0,20}",
)
_FOOTER = re.compile(rf"^\s*(?:{'|'.join(_FOOTER_LINES)})\s*$", re.IGNORECASE)
_DATELINE = re.compile(rf"^\s*(?:{'|'.join(_DATELINES)})\s*$", re.IGNORECASE)
_STOPS = frozenset({".", "!", "?", "؟", "!!", "?!", "؟!", "…"})
_SOFT_STOPS = frozenset({"؛", "::", "|"})
_CLOSERS = frozenset({'"', "”", "»", "’", ")", "]", "'", "›"})
_ABBREVIATIONS = frozenset(
    {
        "mr",
        "mrs",
        "dr",
        "gen",
        "lt",
        "col",
        "maj",
        "sgt",
        "st",
        "jan",
        "feb",
        "mar",
        "apr",
        "jun",
        "jul",
        "aug",
        "sep",
        "sept",
        "oct",
        "nov",
        "dec",
        "no",
        "u.s",
        "u.n",
        "د",
        "أ",
        "م",
    }
)
_TITLE_MAX_WORDS = 30


def mark_zones(reading: Reading, title: str | None) -> None:
    """Set the zone of every token. A headline that stands again at the top of the body is `repeated-title`."""
    lines = _lines(reading)
    reading.zones = [BODY] * len(reading)
    spoken = [line for line in lines if any(not reading.punct[i] for i in range(*line))]
    if not spoken:
        return
    title_words = normal_words(title) if title else None
    first_words = _words(reading, spoken[0])
    headline: tuple[str, ...] | None = None
    for number, line in enumerate(spoken):
        words = _words(reading, line)
        text = reading.text[reading.starts[line[0]] : reading.ends[line[1] - 1]]
        zone = BODY
        if (
            number == 0
            and len(spoken) > 1
            and len(words) <= _TITLE_MAX_WORDS
            and _is_headline(text, words, title_words)
        ):
            zone, headline = TITLE, first_words
        elif number < 6 and headline is not None and words == headline:
            zone = REPEATED_TITLE
        elif _FOOTER.match(text):
            zone = FOOTER
        elif number < 6 and len(words) <= 12 and _DATELINE.match(text):
            zone = DATELINE
        if zone is not BODY:
            reading.zones[line[0] : line[1]] = [zone] * (line[1] - line[0])


def _is_headline(text: str, words: tuple[str, ...], title: tuple[str, ...] | None) -> bool:
    if title is not None and words == title:
        return True
    return not text.rstrip().endswith((".", "؟", "!", "،", ":"))


def _words(reading: Reading, line: tuple[int, int]) -> tuple[str, ...]:
    return tuple(reading.words[i] for i in range(*line) if not reading.punct[i])


def _lines(reading: Reading) -> list[tuple[int, int]]:
    lines, begin = [], 0
    for i, raw in enumerate(reading.raw):
        if not raw.strip() and "\n" in raw:
            if begin < i:
                lines.append((begin, i))
            begin = i + 1
    if begin < len(reading):
        lines.append((begin, len(reading)))
    return lines


def mark_sentences(reading: Reading) -> None:
    """Set sentence boundaries: line ends, full stops, question and exclamation marks, `..` in the body."""
    reading.sentences = []
    reading.sentence_of = [0] * len(reading)
    for begin, end in _lines(reading):
        start = begin
        i = begin
        while i < end:
            if reading.punct[i] and _ends_sentence(reading, i, begin, end):
                while i + 1 < end and (reading.raw[i + 1] in _CLOSERS or reading.raw[i + 1] in _STOPS):
                    i += 1
                reading.sentences.append((start, i + 1))
                start = i + 1
            i += 1
        if start < end:
            reading.sentences.append((start, end))
    reading.sentences = [
        s for s in reading.sentences if any(not reading.punct[i] for i in range(*s))
    ] or reading.sentences
    for number, (a, b) in enumerate(reading.sentences):
        reading.sentence_of[a:b] = [number] * (b - a)


def _dateline_follows(reading: Reading, i: int) -> bool:
    """(AP photo) BEIRUT Air strikes …: a place in capitals opens the report that a caption was run into."""
    word, following = reading.raw[i], reading.raw[i + 1]
    return word.isalpha() and word.isupper() and len(word) > 4 and following[:1].isupper() and following[1:2].islower()


def _ends_sentence(reading: Reading, i: int, begin: int, end: int) -> bool:
    raw = reading.raw[i]
    if raw in _SOFT_STOPS:
        return True
    if raw == ")" and i + 2 < end and reading.language == "en":
        return _dateline_follows(reading, i + 1)
    if raw.startswith("..") and set(raw) == {"."}:
        return reading.zones[i] not in (TITLE, REPEATED_TITLE)
    if raw not in _STOPS:
        return False
    if raw == "." and i > begin:
        before = reading.words[i - 1].rstrip(".")
        # An initial or an abbreviation is followed by more of the same sentence.
        if before in _ABBREVIATIONS and i + 1 < end:
            return False
        if len(before) == 1 and before.isalpha() and i + 1 < end:
            return False
    return True

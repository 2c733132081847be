"""Zones of an article (title, dateline, body, footer) and its sentences.

Invariant: every token is in exactly one zone and one sentence; sentences never cross a line end, nor a change of zone
where a page was run into one line. Lines that a wire cut at its fixed width count as one. Agencies set two points for
a dash in headlines, so `..` ends a sentence only in the body.
"""

import re
from bisect import bisect_left

from ingest.reading import Reading
from ontology.normal import normal_words

TITLE, REPEATED_TITLE, DATELINE, BODY, FOOTER = "title", "repeated-title", "dateline", "body", "footer"

_FOOTER_LINES = (
    r"(?:المصدر|مصدر)\s*[:：].*",
    r"المصدر\s*/.*",
    r"شارك(?:ها)?(?:\s+(?:على|عبر|الخبر|المقال|هذا|مع)\b.*)?",
    r"مشاركة|طباعة|حفظ",
    r"[اإ]قرأ(?:/ي|ي|وا)?\s+(?:أيض(?:ا|اً|ًا)|المزيد)\b.*",
    r"كلمات (?:مفتاحية|دالة).*|الوسوم.*",
    r"source\s*:.*|share(?: this.*)?|tags?\s*:.*|read (?:more|also).*|follow us.*",
)
_DATELINES = (
    r"منذ\s+\S+(?:\s+\S+)?",
    r"نشرت? (?:في|بتاريخ).*|تاريخ النشر.*|آخر تحديث.*",
    r"(?:published|updated|last updated|posted)\b.*",
    r"\d{1,4}[./\-]\d{1,2}[./\-]\d{1,4}.{0,30}|\d{1,2}:\d{2}.{0,20}",
)
# A page saved from a social network says whose it is; the name stands again before the post and in its headline.
_PAGE = re.compile(r"^(?:Facebook)?(?P<name>[^\n]{2,80}?)['’]s Post[ \t]*$", re.MULTILINE)
_FOOTER = re.compile(rf"^\s*(?:{'|'.join(_FOOTER_LINES)})\s*$", re.IGNORECASE)
_DATELINE = re.compile(rf"^\s*(?:{'|'.join(_DATELINES)})\s*$", re.IGNORECASE)
# A page whose parts were run into one line opens with its date of publication: Published October 29 2014 Militants …
_WRITTEN_DATE = (
    r"(?:[A-Z][a-z]{2,8},?\s+)?(?:\d{1,2}\s+[A-Z][a-z]{2,8}\.?,?|[A-Z][a-z]{2,8}\.?\s+\d{1,2},?)\s*(?:19|20)\d{2}"
)
_OPENING_DATE = re.compile(
    r"\s*(?:(?:[Dd]ate of publication|[Dd]ate published|(?:[Pp]ublished|[Pp]osted|(?:[Ll]ast )?[Uu]pdated)(?: on| at)?)"
    rf"\s*:?\s+|[A-Z]{{2,8}}\s+)?{_WRITTEN_DATE}(?:\s+\d{{1,2}}:\d{{2}}(?:\s+[A-Z]{{2,4}})?)?(?=\s+[A-Z\"“\d])"
)
_TAGS = frozenset({"tags", "keywords"})
_TAG_JOINS = frozenset({"of", "for", "the", "and", "in", "-"})
_RELATED = re.compile(
    r"^\s*(?:مقالات|مواضيع|مواد|أخبار|اخبار|موضوعات|قصص|related|more)\s+"
    r"(?:ذات صلة|متعلقة|مشابهة|مرتبطة|articles|stories|news|topics|on this story)\s*:?\s*$",
    re.IGNORECASE,
)
# The way to the article before and the one after this: behind it stand the headlines of both, and of others.
_NAVIGATION = re.compile(
    r"^\s*(?:(?:المقال|الخبر|الموضوع|المقالة)?\s*(?:السابق|التالي|السابقة|التالية)"
    r"|(?:previous|next)(?: (?:post|article|story))?)\s*(?::.*)?$",
    re.IGNORECASE,
)
_LABEL = re.compile(r"^\s*(?:date|by|التاريخ|تاريخ|بقلم|الكاتب)\s*:?\s*$", re.IGNORECASE)
_TEASED = re.compile(
    r"^\s*(?:[اإ]قرأ(?:/ي|ي|وا)?\s+(?:أيض(?:ا|اً|ًا)|المزيد)|read (?:more|also))\s*[:：]?\s*$", re.IGNORECASE
)
_TOLD_MIN_WORDS = 5
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
_WRAPPED_WIDTH = 90  # characters; a wire's lines are shorter
_WRAPPED_MIN_LINES = 3
_BULLETS = frozenset({"-", "•", "*", "–", "#", "▪"})
_LONGEST = 400  # tokens; a longer run without an end is no sentence, and rules look at every word of a sentence
_HEADLINE_MIN_WORDS, _HEADLINE_MAX_WORDS = 5, 18
_SITE_NAME = re.compile(r"\s+[-|–—]\s+")
_FURNITURE_REACH = 60  # tokens of a first line in which tags may stand


def mark_zones(reading: Reading, title: str | None) -> None:
    """Set the zone of every token. A headline that stands again at the top of the body is `repeated-title`."""
    lines = _lines(reading)
    reading.zones = [BODY] * len(reading)
    spoken = [line for line in lines if any(not reading.punct[i] for i in range(*line))]
    if not spoken:
        return
    title_words = normal_words(title) if title else None
    headline: tuple[str, ...] | None = None
    texts = [reading.text[reading.starts[a] : reading.ends[b - 1]] for a, b in spoken]
    label = len(spoken) > 1 and bool(_LABEL.match(texts[0]))  # a page that sets "Date:" before the headline
    related = told = False
    for number, (line, text) in enumerate(zip(spoken, texts, strict=True), start=-label):
        words = _words(reading, line)
        zone = BODY
        if _RELATED.match(text) or (told and _NAVIGATION.match(text)):
            related = True
        elif related and not told and _tells(text, words):
            related = False  # headlines of other articles set before the lead of this one
        if related:
            zone = FOOTER  # the headlines of other articles
        elif number > 0 and _TEASED.match(texts[number + label - 1]):
            zone = FOOTER
        elif (
            number == 0
            and len(spoken) > 1
            and len(words) <= _TITLE_MAX_WORDS
            and _is_headline(text, words, title_words)
        ):
            zone, headline = TITLE, words
        elif number < 6 and headline is not None and words == headline:
            zone = REPEATED_TITLE
        elif _FOOTER.match(text):
            zone = FOOTER
        elif number < 6 and len(words) <= 12 and _DATELINE.match(text) and _opening_date(reading, *line) == line[0]:
            zone = DATELINE
        told = told or (zone is BODY and _tells(text, words))
        if zone is not BODY:
            reading.zones[line[0] : line[1]] = [zone] * (line[1] - line[0])
        elif reading.language == "en" and number < 4:
            _mark_furniture(reading, line, normal_words(_SITE_NAME.split(title, maxsplit=1)[0]) if title else headline)


def _tells(text: str, words: tuple[str, ...]) -> bool:
    """A paragraph of an article: it ends in a full stop, or is longer than any headline; a teaser ends in "…"."""
    ends = text.rstrip('"”»’ ').endswith((".", "؟", "!"))
    return len(words) > _TITLE_MAX_WORDS or (ends and len(words) >= _TOLD_MIN_WORDS)


def _mark_furniture(reading: Reading, line: tuple[int, int], headline: tuple[str, ...] | None) -> None:
    """Mark what a page sets before its lead and a crawler ran into it: its date, its headline again, its tags."""
    at = line[0]
    for _ in range(3):
        end = _opening_date(reading, at, line[1])
        zone = DATELINE
        if end == at:
            end, zone = _opening_headline(reading, at, line[1], headline), REPEATED_TITLE
        if end == at:
            break
        reading.zones[at:end] = [zone] * (end - at)
        at = end
    for i in range(at, min(line[1], at + _FURNITURE_REACH)):
        if reading.words[i] in _TAGS and reading.raw[i][:1].isupper():
            end = _tags_end(reading, i, line[1])
            reading.zones[i:end] = [FOOTER] * (end - i)


def _opening_date(reading: Reading, at: int, end: int) -> int:
    if at >= end or reading.language != "en":
        return at
    found = _OPENING_DATE.match(reading.text, reading.starts[at], reading.ends[end - 1])
    return at if found is None else next(i for i in range(at, end + 1) if i == end or reading.starts[i] >= found.end())


def _opening_headline(reading: Reading, at: int, end: int, headline: tuple[str, ...] | None) -> int:
    """Where the headline ends that stands again at `at`, without the name of the site that a page adds to it."""
    if headline is None or not _HEADLINE_MIN_WORDS <= len(headline) <= _HEADLINE_MAX_WORDS:
        return at
    i = at
    for word in headline:
        while i < end and reading.punct[i]:
            i += 1
        if i >= end or reading.words[i] != word:
            return at
        i += 1
    return i if i == end or not reading.raw[i][:1].islower() else at  # else the words run on into a sentence


def _tags_end(reading: Reading, i: int, end: int) -> int:
    """Tags Syria Deir az-Zour Missile strikes …: names in capitals, up to the first word of a sentence."""
    k = i + 1
    while k < end:
        capital = reading.raw[k][:1].isupper() or reading.words[k] in _TAG_JOINS or "-" in reading.raw[k]
        if not capital and not reading.punct[k]:
            opens = k + 2 < end and reading.raw[k + 1][:1].isupper() and reading.raw[k + 2][:1].islower()
            noun = any(a.entry.pos == "noun" and a.form.number == "p" for a in reading.lexemes[k].analyses)
            if opens and noun and k > i + 2:
                return k + 1  # Incendiary bombs Jets struck …: the last tag has a small word
            return max(k - 1, i + 1) if k > i + 2 else i  # the capital before it opens the sentence
        k += 1
    return i


def mark_byline(reading: Reading) -> None:
    """Mark the tokens that are the name of the page a post was saved from: they name nothing that happened."""
    if "s Post" not in reading.text:
        return
    for name in sorted({match["name"].strip() for match in _PAGE.finditer(reading.text)}):
        at = reading.text.find(name)
        while name and at >= 0:
            first = bisect_left(reading.ends, at + 1)
            last = bisect_left(reading.starts, at + len(name))
            reading.byline.update(range(first, last))
            at = reading.text.find(name, at + len(name))


def _is_headline(text: str, words: tuple[str, ...], title: tuple[str, ...] | None) -> bool:
    if title is not None and words == title:
        return True
    return not text.rstrip().endswith((".", "؟", "!", "،", ":"))


def _words(reading: Reading, line: tuple[int, int]) -> tuple[str, ...]:
    return tuple(reading.words[i] for i in range(*line) if not reading.punct[i])


def _lines(reading: Reading) -> list[tuple[int, int]]:
    """The lines of the text; those that a wire cut at a fixed width are one."""
    lines: list[tuple[int, int]] = []
    block: list[tuple[int, int]] = []  # lines with nothing but one line end between them
    begin = 0
    for i in range(len(reading) + 1):
        ends = i == len(reading) or (not reading.raw[i].strip() and "\n" in reading.raw[i])
        if not ends:
            continue
        if begin < i:
            block.append((begin, i))
        begin = i + 1
        if i == len(reading) or reading.raw[i].count("\n") > 1:
            lines.extend(_unwrapped(reading, block))
            block = []
    return lines


def _unwrapped(reading: Reading, block: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """Join the short lines of a block of which two and more go on with a small letter."""
    if reading.language != "en" or len(block) < _WRAPPED_MIN_LINES:
        return block
    ends = reading.ends
    if any(ends[b - 1] - reading.starts[a] > _WRAPPED_WIDTH for a, b in block):
        return block
    if sum(reading.raw[a][:1].islower() for a, _ in block[1:]) < _WRAPPED_MIN_LINES - 1:
        return block
    joined = [block[0]]
    for a, b in block[1:]:
        first, last = joined[-1]
        if reading.raw[last - 1] in _STOPS | _CLOSERS or reading.raw[a][:1] in _BULLETS:
            joined.append((a, b))
        else:
            joined[-1] = (first, b)
    return joined


def mark_sentences(reading: Reading) -> None:
    """Set sentence boundaries: line ends, full stops, question and exclamation marks, `..` in the body."""
    reading.sentences = []
    reading.sentence_of = [0] * len(reading)
    for begin, end in _lines(reading):
        start = begin
        i = begin
        while i < end:
            if i > start and reading.zones[i] is not reading.zones[i - 1]:
                reading.sentences.append((start, i))
                start = i
            if i - start >= _LONGEST or (reading.punct[i] and _ends_sentence(reading, i, begin, end)):
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

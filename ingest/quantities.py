"""Counts as news writes them, in Arabic and English.

Invariant: a quantity is never more exact than its words; vague words have a lower bound and no best value. Dates,
times, percentages, decimals without a scale word, and numbers that are names (Division 17) are no quantities.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any, Final, NamedTuple, Self

import yaml

from ontology.normal import normal_word

DIGITS: Final = frozenset("0123456789")
DASHES: Final = frozenset("-–—‑−")
_JOINT = re.compile(r"([/\-–—‑−])")
_INNER_JOINT = re.compile(r"[^ ][/\-–—‑−]|[/\-–—‑−][^ ]")
_PLAIN = re.compile(r"[0-9]+")
_GROUPED = re.compile(r"[0-9]{1,3}(?:[,٬،][0-9]{3})+")
_DECIMAL = re.compile(r"[0-9]+[.٫][0-9]+")
_CLOCK = re.compile(r"[0-9]{1,2}:[0-9]{2}(?::[0-9]{2})?")
_LONGEST = 40  # characters of a number in digits
_YEARS = range(1900, 2100)
_LARGEST = 10**12  # nothing in news is counted beyond this; longer digit strings are codes or telephone numbers
_GAP = 2  # words that may stand between a count and a comparator after it: "11 شخصا على الأقل"


class Quantity(NamedTuple):
    """One count; tokens [first, last). `comparator` is "=", ">=", "<=", "~" or "range".

    A comparator that stands apart from the number ("11 people at least") sets the bounds; the span stays the number,
    so that the counted noun follows it.
    """

    first: int
    last: int
    low: int | None
    best: int | None
    high: int | None
    rule: str
    comparator: str


class Numeral(NamedTuple):
    """An exact number read at some place: the place after it, its value and how it was written."""

    end: int
    value: int
    digits: bool
    scale: int  # 1 where the number ends without a scale word
    dozen: bool
    conjoined: bool
    glued: bool  # digits with the article: ال27


class _Word(NamedTuple):
    kind: str
    value: Decimal
    conjoined: bool
    preposed: bool
    definite: bool


def atoms(words: Sequence[str]) -> tuple[Sequence[str], Sequence[int]]:
    """Return `words` with tokens cut at inner slashes and dashes, and for each piece the index of its token.

    >>> atoms(["نوفمبر/تشرين", "-", "5"])
    (['نوفمبر', '/', 'تشرين', '-', '5'], [0, 0, 0, 1, 2])
    """
    if not _INNER_JOINT.search(" ".join(words)):
        return words, range(len(words))
    pieces: list[str] = []
    origin: list[int] = []
    for i, word in enumerate(words):
        if len(word) > 1 and _JOINT.search(word):
            parts = [part for part in _JOINT.split(word) if part]
            pieces.extend(parts)
            origin.extend([i] * len(parts))
        else:
            pieces.append(word)
            origin.append(i)
    return pieces, origin


def phrase(text: str) -> tuple[str, ...]:
    """Return the normal words of a lexicon phrase."""
    return tuple(normal_word(word) for word in str(text).split())


class Phrases:
    """Phrases found by their first word, the longest first; each carries a value."""

    def __init__(self) -> None:
        self._by_first: dict[str, list[tuple[tuple[str, ...], Any]]] = {}

    def add(self, words: tuple[str, ...], value: Any, proclitics: Sequence[str] = ()) -> None:
        """Add a phrase; its first word is also known behind each of `proclitics`."""
        for proclitic in ("", *proclitics):
            entries = self._by_first.setdefault(proclitic + words[0], [])
            entries.append((words[1:], value))
            entries.sort(key=lambda entry: -len(entry[0]))

    def __contains__(self, word: object) -> bool:
        return word in self._by_first

    def firsts(self) -> frozenset[str]:
        """Return the first words."""
        return frozenset(self._by_first)

    def words(self) -> frozenset[str]:
        """Return all words of all phrases."""
        return self.firsts().union(*(rest for rows in self._by_first.values() for rest, _ in rows))

    def rests(self, first: str) -> list[tuple[str, ...]]:
        """Return what follows `first` in each phrase that it begins, () where it is the whole phrase."""
        return [rest for rest, _ in self._by_first.get(first, ())]

    def at(self, words: Sequence[str], i: int) -> tuple[int, Any] | None:
        """Return the end and value of the longest phrase at `i`, or None."""
        if i >= len(words):
            return None
        entries = self._by_first.get(words[i])
        if entries is None:
            return None
        for rest, value in entries:
            end = i + 1 + len(rest)
            if not rest or tuple(words[i + 1 : end]) == rest:
                return end, value
        return None


def forms(word: str, proclitics: Sequence[str], article: str | None) -> Iterator[tuple[str, str, bool]]:
    """Yield the forms of one normal word as (form, proclitic, has the article); ل and ال contract to لل."""
    yield word, "", False
    for proclitic in proclitics:
        yield proclitic + word, proclitic, False
    if article:
        yield article + word, "", True
        for proclitic in proclitics:
            joined = proclitic + article[1:] if proclitic.endswith("ل") else proclitic + article
            yield joined + word, proclitic, True


class NumberReader:
    """Reads exact numbers, in digits and words, off a list of normal words."""

    def __init__(self, lexicon: Mapping[str, Any]) -> None:
        self._conjunction: str | None = lexicon["conjunction"]
        self._bare_scales = bool(lexicon["bare_scales"])
        self._units_after_tens = bool(lexicon["units_after_tens"])
        self._teens_before_hundreds = bool(lexicon["teens_before_hundreds"])
        self._articles = frozenset(map(normal_word, lexicon["articles"]))
        self._of = frozenset(map(normal_word, lexicon["of"]))
        self._table: dict[str, list[_Word]] = {}
        never = frozenset(map(normal_word, lexicon["never"]))
        groups = {"units": "unit", "heads": "head", "teens": "teen", "tens": "tens", "hundreds": "hundred"}
        groups |= {"scales": "scale", "scale_plurals": "scale_plural", "scale_duals": "scale_dual"}
        groups |= {"dozens": "dozen", "fractions": "fraction"}
        listed = [
            (kind, Decimal(str(v)), w) for group, kind in groups.items() for v, ws in lexicon[group].items() for w in ws
        ]
        listed += [("tail", Decimal(10), word) for word in lexicon["teen_tails"]]
        listed += [("zero", Decimal(0), word) for word in lexicon["zero"]]
        for kind, value, word in listed:
            for form, proclitic, definite in forms(normal_word(word), lexicon["proclitics"], lexicon["article"]):
                if form not in never:
                    entry = _Word(
                        kind, value, proclitic[:1] == self._conjunction, len(proclitic.lstrip("وف")) > 0, definite
                    )
                    self._table.setdefault(form, []).append(entry)
        glued = "|".join(sorted(map(re.escape, (normal_word(w) for w in lexicon["attached"])), key=len, reverse=True))
        self._glued = re.compile(rf"((?:{glued}){{1,3}})([0-9][0-9,.٬٫]*)") if glued else None

    def starters(self) -> frozenset[str]:
        """Return the words that may begin a number (digits apart)."""
        return frozenset(self._table) | self._articles

    def at(self, words: Sequence[str], i: int, stop: int | None = None) -> Numeral | None:
        """Return the longest number that begins at word `i` and ends at or before `stop`, or None."""
        stop = len(words) if stop is None else stop
        if i >= stop or not self._begins(words[i]):
            return None
        total, limit, j, scale = Decimal(0), Decimal(_LARGEST), i, Decimal(1)
        digits = dozen = conjoined = glued = False
        while True:
            k, joined = j, True
            if total:
                if j < stop and words[j] == (self._conjunction or "and"):
                    k, joined = j + 1, False
                elif self._conjunction is None:
                    joined = False
            group = self._group(words, k, stop, first=not total, conjoined=joined and bool(total))
            if group is None or group[1] * group[2] >= limit:
                break
            end, value, factor, in_digits, in_dozens, had_conjunction, had_article = group
            if not total:
                conjoined, digits, glued = had_conjunction, in_digits, had_article
            if total and in_digits and words[k][:1] not in DIGITS:
                break
            total += value * factor
            j, scale, dozen = end, factor, dozen or in_dozens
            if factor == 1 or in_dozens:
                # "مئة و20": digits may fill up a hundred written in words.
                if value % 100 == 0 and value and not in_digits and not in_dozens and limit > 100:
                    limit = Decimal(100)
                    continue
                break
            limit = factor
            half = self._half(words, j, stop)
            if half:
                total += half[1] * factor
                j = half[0]
                break
        if j == i or total != int(total) or total >= _LARGEST:
            return None
        return Numeral(j, int(total), digits, int(scale), dozen, conjoined, glued)

    def _begins(self, word: str) -> bool:
        return word in self._table or word in self._articles or word[-1:] in DIGITS or word[:1] in DIGITS

    def multiplier(self, words: Sequence[str], i: int) -> tuple[int, int] | None:
        """Return the end and value of the word that a vague word multiplies: (hundreds) of thousands."""
        for j in (i, i + 1) if i < len(words) and words[i] in self._of else (i,):
            for word in self._words(words, j, len(words)):
                if word.conjoined or word.preposed:
                    continue
                if word.kind in {"scale", "scale_plural", "dozen"} or (word.kind == "hundred" and word.value == 100):
                    return j + 1, int(word.value)
        return None

    def _words(self, words: Sequence[str], i: int, stop: int) -> Sequence[_Word]:
        return self._table.get(words[i], ()) if i < stop else ()

    def _one(self, words: Sequence[str], i: int, stop: int, *kinds: str, bare: bool = True) -> _Word | None:
        for word in self._words(words, i, stop):
            if word.kind in kinds and not (bare and (word.conjoined or word.preposed)):
                return word
        return None

    def _joined(self, words: Sequence[str], i: int, stop: int, *kinds: str) -> _Word | None:
        for word in self._words(words, i, stop):
            if word.kind in kinds and word.conjoined and not word.preposed:
                return word
        return None

    def _half(self, words: Sequence[str], i: int, stop: int) -> tuple[int, Decimal] | None:
        """Read "ونصف [المليون]" or "and a half" after a scale word."""
        if self._conjunction is not None:
            word, end = self._joined(words, i, stop, "fraction"), i + 1
            if word is None and i < stop and words[i] == self._conjunction:
                word, end = self._one(words, i + 1, stop, "fraction"), i + 2
            if word is None:
                return None
            return (end + 1 if self._one(words, end, stop, "scale") else end), word.value
        if i + 2 < stop and words[i] == "and" and words[i + 1] in self._articles:
            word = self._one(words, i + 2, stop, "fraction")
            return (i + 3, word.value) if word else None
        return None

    def _group(
        self, words: Sequence[str], i: int, stop: int, *, first: bool, conjoined: bool
    ) -> tuple[int, Decimal, Decimal, bool, bool, bool, bool] | None:
        """Read a coefficient and its scale: (end, coefficient, scale, in digits, in dozens, conjoined, glued)."""
        if i >= stop:
            return None
        in_digits = had_article = in_dozens = False
        had_conjunction = False
        coefficient: Decimal | None = None
        end = i
        read = self._digits(words[i], first)
        if read is not None:
            if conjoined and not first:
                return None
            coefficient, had_article = read
            in_digits, end = True, i + 1
        else:
            small = self._below_thousand(words, i, stop, any_clitic=first, conjoined=conjoined)
            if small is not None:
                end, value, had_conjunction = small
                coefficient = Decimal(value)
        if coefficient is None:
            return self._scale_first(words, i, stop, first=first, conjoined=conjoined)
        scale = self._one(words, end, stop, "scale", "scale_plural")
        dozen = self._one(words, end, stop, "dozen")
        factor = Decimal(1)
        if dozen is not None:
            factor, end, in_dozens = dozen.value, end + 1, True
        while scale is not None:
            factor *= scale.value
            end += 1
            scale = self._one(words, end, stop, "scale", "scale_plural")
        if coefficient != int(coefficient) and factor == 1:
            return None
        return end, coefficient, factor, in_digits, in_dozens, had_conjunction, had_article

    def _scale_first(
        self, words: Sequence[str], i: int, stop: int, *, first: bool, conjoined: bool
    ) -> tuple[int, Decimal, Decimal, bool, bool, bool, bool] | None:
        """Read ألف, ألفين, نصف مليون, "a thousand", "half a million", "a dozen"."""
        here = [
            w for w in self._words(words, i, stop) if (first or w.conjoined == conjoined) and (first or not w.preposed)
        ]
        for word in here:
            if word.kind == "scale_dual" or (word.kind == "scale" and self._bare_scales):
                factor = word.value
                value = Decimal(2 if word.kind == "scale_dual" else 1)
                return i + 1, value, factor, False, False, word.conjoined, False
            if word.kind == "fraction":
                j = i + 2 if i + 1 < stop and words[i + 1] in self._articles else i + 1
                base = self._one(words, j, stop, "scale", "dozen")
                if base is not None:
                    return j + 1, word.value, base.value, False, base.kind == "dozen", word.conjoined, False
        if words[i] in self._articles:
            base = self._one(words, i + 1, stop, "scale", "dozen")
            if base is not None:
                return i + 2, Decimal(1), base.value, False, base.kind == "dozen", False, False
        return None

    def _digits(self, word: str, first: bool) -> tuple[Decimal, bool] | None:
        glued = False
        if len(word) > _LONGEST:
            return None
        if self._glued is not None and first and word and word[0] not in DIGITS and word[-1] in DIGITS:
            match = self._glued.fullmatch(word)
            if match is None:
                return None
            glued, word = match[1].endswith("ل") and len(match[1]) > 1, match[2]
        if _PLAIN.fullmatch(word):
            return Decimal(word), glued
        if _GROUPED.fullmatch(word):
            return Decimal(re.sub(r"\D", "", word)), glued
        if _DECIMAL.fullmatch(word):
            return Decimal(word.replace("٫", ".")), glued
        return None

    def _below_thousand(
        self, words: Sequence[str], i: int, stop: int, *, any_clitic: bool, conjoined: bool
    ) -> tuple[int, int, bool] | None:
        """Read a number below 1000 in words: (end, value, begins with the conjunction)."""
        begin = i
        if words[i] in self._articles:
            hundred = self._one(words, i + 1, stop, "hundred")
            if hundred is None:
                return None
            value, end, had = int(hundred.value), i + 2, False
        else:
            head = self._below_hundred(words, i, stop, any_clitic=any_clitic, conjoined=conjoined)
            hundred = None
            if head is None:
                for word in self._words(words, i, stop):
                    allowed = any_clitic or (word.conjoined == conjoined and not word.preposed)
                    if word.kind == "hundred" and allowed and (word.value != 100 or self._conjunction is not None):
                        hundred = word
                        break
                if hundred is None:
                    zero = self._one(words, i, stop, "zero", bare=not any_clitic)
                    return (i + 1, 0, zero.conjoined) if zero and any_clitic else None
                value, end, had = int(hundred.value), i + 1, hundred.conjoined
            else:
                end, value, had = head
                factor = self._one(words, end, stop, "hundred")
                top = 19 if self._teens_before_hundreds else 9
                if factor is None or factor.value != 100 or not (end == begin + 1 and value <= top):
                    return head
                value, end = value * 100, end + 1
        # The part below a hundred: "ثلاثمئة وثلاثة وأربعين", "three hundred and forty-three".
        if self._conjunction is None:
            j = end + 1 if end < stop and words[end] == "and" else end
            rest = self._below_hundred(words, j, stop, any_clitic=False, conjoined=False)
        else:
            rest = self._below_hundred(words, end, stop, any_clitic=False, conjoined=True)
            if rest is None and end < stop and words[end] == self._conjunction:
                rest = self._below_hundred(words, end + 1, stop, any_clitic=False, conjoined=False)
        if rest is not None:
            end, value = rest[0], value + rest[1]
        return end, value, had

    def _below_hundred(
        self, words: Sequence[str], i: int, stop: int, *, any_clitic: bool, conjoined: bool
    ) -> tuple[int, int, bool] | None:
        best: tuple[int, int, bool] | None = None
        for word in self._words(words, i, stop):
            if not any_clitic and (word.conjoined != conjoined or word.preposed):
                continue
            end, value = i + 1, int(word.value)
            if word.kind in {"unit", "head"}:
                if self._one(words, end, stop, "tail"):
                    end, value = end + 1, value + 10
                elif tens := self._joined(words, end, stop, "tens"):
                    end, value = end + 1, value + int(tens.value)
                elif (
                    end < stop and words[end] == self._conjunction and (tens := self._one(words, end + 1, stop, "tens"))
                ):
                    end, value = end + 2, value + int(tens.value)
                elif word.kind == "head":
                    continue
            elif word.kind == "tens":
                if self._units_after_tens:
                    j = end + 1 if end < stop and words[end] in DASHES else end
                    unit = self._one(words, j, stop, "unit")
                    if unit is not None:
                        end, value = j + 1, value + int(unit.value)
            elif word.kind != "teen":
                continue
            if best is None or end > best[0]:
                best = end, value, word.conjoined
        return best


class _Comparator(NamedTuple):
    id: str
    sign: str
    bounds: frozenset[str]


class _Vague(NamedTuple):
    id: str
    low: int


class QuantityGrammar:
    """The number grammar of one language; its words are in numbers.yaml."""

    def __init__(self, lexicon: Mapping[str, Any]) -> None:
        self._language = str(lexicon["language"])
        self.reader = NumberReader(lexicon)
        self._conjunction: str | None = lexicon["conjunction"]
        proclitics = lexicon["proclitics"]
        self._before, self._after, self._vague = Phrases(), Phrases(), Phrases()
        self._between, self._percent, self._plain = Phrases(), Phrases(), Phrases()
        for entry in lexicon["comparators"]:
            comparator = _Comparator(entry["id"], entry["comparator"], frozenset(entry["bounds"]))
            for text in entry["before"]:
                self._before.add(phrase(text), comparator, proclitics)
            for text in entry.get("after", ()):
                self._after.add(phrase(text), comparator)
        for entry in lexicon["vague"]:
            for text in entry["words"]:
                first, *rest = phrase(text)
                for form, _, _ in forms(first, proclitics, lexicon["article"]):
                    self._vague.add((form, *rest), _Vague(entry["id"], entry["low"]))
        for text in lexicon["between"]["before"]:
            self._between.add(phrase(text), lexicon["between"]["id"], proclitics)
        self._and = frozenset(map(normal_word, lexicon["between"]["and"]))
        self._between_rule: str = lexicon["between"]["id"]
        self._range_rule: str = lexicon["range"]["id"]
        self._from = frozenset(
            form for w in lexicon["range"]["before"] for form, _, _ in forms(normal_word(w), proclitics, None)
        )
        self._to = frozenset(map(normal_word, lexicon["range"]["to"]))
        for text in lexicon["percent"]:
            self._percent.add(phrase(text), True)
        self._currency = frozenset(lexicon["currency"])
        self._labels = self._words(lexicon["labels"], proclitics, lexicon["article"])
        self._ordinal_heads = self._words(lexicon["ordinal_heads"], proclitics, None)
        self._after_year = frozenset(map(normal_word, lexicon["after_year"]))
        plural = lexicon["plural_after_year"]
        self._plural_after_year = frozenset(map(normal_word, plural)) if plural is not None else None
        self._before_year = self._words(lexicon["before_year"], proclitics, None)
        self._article: str | None = lexicon["article"]
        self._suffixes = frozenset(map(normal_word, lexicon["ordinal_suffixes"]))
        self._starters = (
            self.reader.starters() | self._before.firsts() | self._vague.firsts() | self._between.firsts() | self._from
        )
        self._followed_by = self._followers()

    def _followers(self) -> dict[str, frozenset[str]]:
        """Return what may stand second in a quantity, for opening words that are none alone; digits apart."""
        phrases = (self._before, self._between, self._vague)
        inner = self.reader.starters().union(*(p.words() for p in phrases))  # shared: every word has it
        followers: dict[str, frozenset[str]] = {}
        for word in self._starters - self.reader.starters():
            rests = [rest for p in phrases for rest in p.rests(word)]
            if () in self._vague.rests(word):
                continue
            leads = () in rests or word in self._from
            followers[word] = inner if leads else frozenset(rest[0] for rest in rests if rest)
        return followers

    def _opens(self, words: Sequence[str], i: int) -> bool:
        """Tell whether a quantity may begin at word `i`, one of the starters or one in digits."""
        followers = self._followed_by.get(words[i])
        if followers is None:
            return True
        following = words[i + 1] if i + 1 < len(words) else ""
        return following in followers or following[-1:] in DIGITS or following[:1] in DIGITS

    @staticmethod
    def _words(words: Sequence[str], proclitics: Sequence[str], article: str | None) -> frozenset[str]:
        return frozenset(form for word in words for form, _, _ in forms(normal_word(word), proclitics, article))

    @classmethod
    def load(cls, folder: Path, language: str) -> Self:
        """Read `folder`/`language`/numbers.yaml; a missing file raises FileNotFoundError."""
        return cls(yaml.safe_load((folder / language / "numbers.yaml").read_text(encoding="utf-8")))

    def find(self, words: Sequence[str], exclude: Sequence[tuple[int, int]] = ()) -> list[Quantity]:
        """Return the quantities of `words` (normal forms), left to right, not overlapping, the longest at each place.

        Token ranges of `exclude` (dates found before) hold no part of a quantity.
        """
        pieces, origin = atoms(words)
        starters = self._starters
        starts = [i for i, w in enumerate(pieces) if w in starters or w[-1:] in DIGITS or w[:1] in DIGITS]
        if not starts:
            return []
        texts = list(pieces)
        if exclude:
            blocked = [False] * (len(words) + 1)
            for first, last in exclude:
                blocked[first:last] = [True] * (last - first)
            for i, token in enumerate(origin):
                if blocked[token]:
                    texts[i] = "\n"  # ends every expression, as a line end does
        found: list[Quantity] = []
        at = 0
        for i in starts:
            if i < at or texts[i] == "\n" or not self._opens(texts, i):
                continue
            end, quantity = self._match(texts, origin, i)
            at = max(at, end)
            if quantity is not None:
                first, last, low, best, high, rule, comparator = quantity
                found.append(Quantity(origin[first], origin[last - 1] + 1, low, best, high, rule, comparator))
        return found

    def _match(
        self, words: list[str], origin: Sequence[int], i: int
    ) -> tuple[int, tuple[int, int, int | None, int | None, int | None, str, str] | None]:
        """Return the place to go on from, and the quantity at `i` if there is one."""
        between = self._between.at(words, i)
        if between is not None:
            pair = self._pair(words, between[0])
            if pair is not None:
                return pair[0], (i, pair[0], pair[1], None, pair[2], self._between_rule, "range")
        if words[i] in self._from:
            span = self._span(words, i + 1)
            if span is not None and self._countable(words, origin, i + 1, span[0], None):
                return span[0], (i, span[0], span[1], None, span[2], self._range_rule, "range")
        before = self._before.at(words, i)
        j, comparator = before if before is not None else (i, None)
        vague = self._vague.at(words, j)
        if vague is not None and (comparator is None or vague[1]):
            end, value = vague
            low = value.low
            multiple = self.reader.multiplier(words, end)
            if multiple is not None and multiple[1] > low:
                end, low = multiple[0], low * multiple[1]
            plain = self.reader.at(words, j)
            if plain is None or plain.end < end:
                return end, (i, end, low, None, None, value.id, ">=")
        number = self.reader.at(words, j)
        if number is None or (comparator is not None and number.conjoined):
            return i + 1, None
        span = self._span_from(words, number)
        if span is not None and self._countable(words, origin, j, span[0], comparator):
            return span[0], (i, span[0], span[1], None, span[2], self._range_rule, "range")
        end = number.end
        if not self._countable(words, origin, j, end, comparator, number):
            return self._beyond(words, end), None
        last = end
        if comparator is None:
            comparator, last = self._comparator_after(words, end)
        rule = self._rule(words, j, number)
        if comparator is None:
            if number.dozen:
                return last, (i, last, None, number.value, None, rule, "~")
            return last, (i, last, number.value, number.value, number.value, rule, "=")
        n, bounds = number.value, comparator.bounds
        low, best, high = (n if name in bounds else None for name in ("low", "best", "high"))
        rule = f"{self._language}.number.{comparator.id}"
        return max(last, end), (i, last, low, best, high, rule, comparator.sign)

    def _rule(self, words: list[str], i: int, number: Numeral) -> str:
        if number.dozen:
            return f"{self._language}.number.dozen"
        if number.digits:
            return f"{self._language}.number.digits"
        return f"{self._language}.number.{'one' if number.value == 1 and number.end == i + 1 else 'words'}"

    def _comparator_after(self, words: list[str], end: int) -> tuple[_Comparator | None, int]:
        """Find a comparator after the number, `_GAP` words on at most; it widens the span only when adjacent."""
        for gap in range(_GAP + 1):
            after = self._after.at(words, end + gap)
            if after is not None and self._before.at(words, end + gap) is not None and self.reader.at(words, after[0]):
                return None, end  # "قتل 5 وجرح على الأقل 10": it belongs to the number that follows it
            if after is not None:
                return after[1], after[0] if gap == 0 else end
            if end + gap >= len(words) or not words[end + gap].isalpha() or self.reader.at(words, end + gap):
                return None, end
        return None, end

    def _pair(self, words: list[str], i: int) -> tuple[int, int, int] | None:
        """Read "X وY" or "X and Y" with X < Y: (end, low, high)."""
        whole = self.reader.at(words, i)
        if whole is None:
            return None
        for middle in range(whole.end, i, -1):
            left = self.reader.at(words, i, middle)
            if left is None or left.end != middle or middle >= len(words):
                continue
            j = middle
            if words[j] in self._and or words[j] == self._conjunction:
                j += 1
                right = self.reader.at(words, j)
                fits = right is not None and not right.conjoined
            else:
                right = self.reader.at(words, j)
                fits = right is not None and right.conjoined
            if right is not None and fits:
                low = self._scaled(left, right)
                if low < right.value:
                    return right.end, low, right.value
        return None

    def _span(self, words: list[str], i: int) -> tuple[int, int, int] | None:
        """Read "X to Y" with X < Y: (end, low, high)."""
        left = self.reader.at(words, i)
        return self._span_from(words, left) if left is not None else None

    def _span_from(self, words: list[str], left: Numeral) -> tuple[int, int, int] | None:
        if left.end >= len(words) or words[left.end] not in self._to:
            return None
        right = self.reader.at(words, left.end + 1)
        if right is None or right.conjoined or (left.value in _YEARS and right.value in _YEARS):
            return None
        low = self._scaled(left, right)
        return (right.end, low, right.value) if low < right.value else None

    @staticmethod
    def _scaled(left: Numeral, right: Numeral) -> int:
        """Return the lower bound, with the scale of the upper one where only that is written: 5-10 thousand."""
        if left.scale == 1 and right.scale > 1 and left.value * right.scale < right.value:
            return left.value * right.scale
        return left.value

    def _beyond(self, words: list[str], end: int) -> int:
        """Return the place after a refused number and what made it one (14:30, 80%)."""
        while end < len(words) and (words[end] in {":", ".", ","} or words[end] in DASHES) and words[end + 1 : end + 2]:
            if words[end + 1][:1] not in DIGITS:
                break
            end += 2
        return end

    def _countable(
        self,
        words: list[str],
        origin: Sequence[int],
        i: int,
        end: int,
        comparator: _Comparator | None,
        number: Numeral | None = None,
    ) -> bool:
        """Tell whether the number at [i, end) can count things."""
        if self._percent.at(words, end) is not None:
            return False
        previous = words[i - 1] if i else ""
        following = words[end] if end < len(words) else ""
        if previous in self._currency or previous == "%" or previous == "٪":
            return False
        same_before = i > 0 and origin[i - 1] == origin[i]
        same_after = end < len(words) and origin[end] == origin[end - 1]
        if (same_before and words[i - 1] not in self._to) or same_after:
            return False  # part of a longer token: covid-19, 13-year-old
        lone_one = number is not None and number.value == 1 and not number.digits and end == i + 1
        if lone_one and self._article and following.startswith(self._article):
            return False  # واحد before a definite noun is "and one of": وأحد الجرحى
        if number is None or not number.digits:
            return not same_before
        if same_before or following == ":" or (previous == ":" and i > 1 and words[i - 2][-1:] in DIGITS):
            return False
        if (
            following in DASHES
            and words[end + 1 : end + 2]
            and (words[end + 1].isalpha() or words[end + 1][:1] in DIGITS)
        ):
            return False  # 72 - hour, or a score: 6 - 2
        if previous in DASHES and i > 1 and words[i - 2][-1:] in DIGITS:
            return False
        if previous in DASHES and i > 1 and words[i - 2].isalpha() and len(words[i - 2]) <= 3:
            return False  # F - 16
        if following == "/" or (previous == "/" and i > 1 and words[i - 2][-1:] in DIGITS):
            return False  # 30 / 11
        if following in self._suffixes or self._foreign(previous, following):
            return False
        if number.glued and previous in self._ordinal_heads:
            return False
        if previous in self._labels and number.scale == 1:
            return False
        if number.end == i + 1 and number.value in _YEARS and words[i].isdigit() and comparator is None:
            return self._counts_despite_year(previous, following)
        return True

    def _foreign(self, previous: str, following: str) -> bool:
        """Tell whether an Arabic text's number stands in Latin page furniture: "Nov 27, 2024", "3 replies"."""
        if self._article is None:
            return False
        latin_before, latin_after = (word.isascii() and word.isalpha() for word in (previous, following))
        return latin_after or (latin_before and not following.isalpha())

    def _counts_despite_year(self, previous: str, following: str) -> bool:
        """Tell whether 1900-2099 in four digits counts what follows it, rather than naming a year."""
        if previous in self._before_year or not following.isalpha() or following in self._after_year:
            return False
        if self._plural_after_year is not None:
            return following in self._plural_after_year or following.endswith("s")
        return not (self._article and following.startswith(self._article))

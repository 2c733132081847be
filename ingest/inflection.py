"""Inflected forms of lexicon entries: Arabic and English paradigms, generated once when the lexicon is compiled.

Invariant: every form is in the normal form of `ontology.normal`, and carries the features that agreement needs. The
Arabic generator covers what news writes: third person and first person plural verbs, sound, hollow, defective and
doubled; nouns with duals, sound and broken plurals, and the construct that stands before a suffix pronoun.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from ontology.normal import normal_word


@dataclass(frozen=True, slots=True)
class Form:
    """One inflected form. `number` is s, d or p; `tense` is perfect, imperfect or jussive for verbs, else empty.

    `construct` marks a form that needs a following suffix pronoun or noun (غارت+ه, مقاتلي حماس).
    """

    word: str
    gender: str = ""
    number: str = ""
    person: int = 3
    tense: str = ""
    construct: bool = False
    plural: bool = False  # of a plural noun, also where things agree as feminine singular


def arabic_verb(perfect: str, imperfect: str) -> Iterator[Form]:
    """Yield the forms of a verb given as in a dictionary: third person masculine, perfect and imperfect.

    >>> sorted({f.word for f in arabic_verb("نفى", "ينفي")} & {"نفت", "ينفون", "نفوا", "نفا"})
    ['نفا', 'نفت', 'نفوا', 'ينفون']
    """
    past, present = normal_word(perfect), normal_word(imperfect)
    yield from _arabic_perfect(past)
    yield from _arabic_imperfect(past, present)


def _arabic_perfect(past: str) -> Iterator[Form]:
    def form(word: str, gender: str, number: str, person: int = 3, construct: bool = False) -> Form:
        return Form(word, gender, number, person, "perfect", construct)

    stem = past[:-1]
    if past.endswith("ي") or (past.endswith("ا") and len(past) <= 3 and past not in _HAMZA_FINAL):
        yield form(past, "m", "s")
        yield form(stem + "ا", "m", "s", construct=True)  # نفاه: the final alif before a suffix
        yield form(stem + "ت", "f", "s")
        yield form(stem + "تا", "f", "d")
        yield form(stem + "وا", "m", "p")
        yield form(stem + ("يا" if past.endswith("ي") else "وا"), "m", "d")
        yield form(stem + "ين", "f", "p")
        yield form(stem + ("ينا" if past.endswith("ي") else "ونا"), "", "p", 1)
        return
    for suffix, gender, number in (
        ("", "m", "s"),
        ("ت", "f", "s"),
        ("ا", "m", "d"),
        ("تا", "f", "d"),
        ("وا", "m", "p"),
    ):
        yield form(past + suffix, gender, number)
    yield form(past + "و", "m", "p", construct=True)  # قصفوه: the silent alif falls before a suffix
    if past.endswith("ا"):  # بدأ: بدؤوا is written بدووا in normal form
        yield form(stem + "ووا", "m", "p")
    short = past
    if len(past) >= 3 and past[-2] == "ا" and past[-1] != "ا":  # hollow: قام, قمنا
        short = past[:-2] + past[-1]
    yield form(short + "ن", "f", "p")
    yield form(short + "نا", "", "p", 1)


def _arabic_imperfect(past: str, present: str) -> Iterator[Form]:
    def form(word: str, gender: str, number: str, person: int = 3, construct: bool = False) -> Form:
        return Form(word, gender, number, person, "imperfect", construct)

    stem = present[1:]
    weak = stem[-1:] in ("ي", "و") or (stem.endswith("ا") and past.endswith("ي"))
    base = stem[:-1] if weak else stem
    for prefix, gender, number, person in (("ي", "m", "s", 3), ("ت", "f", "s", 3), ("ن", "", "p", 1)):
        yield form(prefix + stem, gender, number, person)
        if weak:
            yield replace(form(prefix + base, gender, number, person), tense="jussive")  # لم ينف
        elif len(stem) >= 3 and stem[-2] in "اوي":
            yield replace(form(prefix + stem[:-2] + stem[-1], gender, number, person), tense="jussive")  # لم يقم
    yield form("ي" + base + "ون", "m", "p")
    yield form("ي" + base + "وا", "m", "p")
    yield form("ي" + base + "و", "m", "p", construct=True)
    yield form("ي" + (stem if weak else base) + "ان", "m", "d")
    yield form("ت" + (stem if weak else base) + "ان", "f", "d")
    yield form("ي" + (stem if weak else base) + "ن", "f", "p")


_HAMZA_FINAL = frozenset({"بدا", "قرا", "لجا"})


def arabic_noun(singular: str, gender: str, plurals: tuple[str, ...], human: bool = False) -> Iterator[Form]:
    """Yield the forms of a noun, article and suffixes off. Plurals of things agree as feminine singular.

    >>> {"غاره", "غارتين", "غارات", "غارت"} <= {f.word for f in arabic_noun("غارة", "f", ("غارات",))}
    True
    """
    word = normal_word(singular)
    plural_gender, plural_number = (gender, "p") if human else ("f", "s")
    yield Form(word, gender, "s")
    if singular.endswith("ة"):
        base = word[:-1] + "ت"
        yield Form(base, gender, "s", construct=True)
    elif word.endswith("ي") and singular.endswith("ى"):
        base = word
        yield Form(word[:-1] + "ا", gender, "s", construct=True)
    else:
        base = word
        if not singular.endswith(("ا", "ى", "اء")):
            yield Form(word + "ا", gender, "s")  # accusative, indefinite: هجوما
    if word.endswith("اء"):  # إخلائها, إخلاؤها: the hamza takes a seat before a suffix pronoun
        for seat in ("ي", "و"):
            yield Form(word[:-1] + seat, gender, "s", construct=True)
    if not singular.endswith(("ا", "ى")):
        for suffix, construct in (("ان", False), ("ين", False), ("ا", True), ("ي", True)):
            yield Form(base + suffix, gender, "d", construct=construct)
    for plural in plurals:
        many = normal_word(plural)
        yield Form(many, plural_gender, plural_number, plural=True)
        if plural.endswith("ون"):
            yield Form(many[:-2] + "ين", plural_gender, plural_number, plural=True)
            yield Form(many[:-2] + "و", plural_gender, plural_number, construct=True, plural=True)
            yield Form(many[:-2] + "ي", plural_gender, plural_number, construct=True, plural=True)
        elif plural.endswith("ى"):
            yield Form(many[:-1] + "ا", plural_gender, plural_number, construct=True, plural=True)
        elif plural.endswith("ة"):
            yield Form(many[:-1] + "ت", plural_gender, plural_number, construct=True, plural=True)
        elif many.endswith("اء"):
            for seat in ("ي", "و"):
                yield Form(many[:-1] + seat, plural_gender, plural_number, construct=True, plural=True)
        elif not plural.endswith(("ات", "ا", "ء")):
            yield Form(many + "ا", plural_gender, plural_number, plural=True)


def arabic_adjective(masculine: str, plurals: tuple[str, ...] = ()) -> Iterator[Form]:
    """Yield the forms of an adjective or participle given in the masculine singular."""
    word = normal_word(masculine)
    yield Form(word, "m", "s")
    yield Form(word + "ا", "m", "s")
    yield Form(word + "ه", "f", "s")
    yield Form(word + "ت", "f", "s", construct=True)
    for suffix in ("ان", "ين"):
        yield Form(word + suffix, "m", "d")
        yield Form(word + "ت" + suffix, "f", "d")
    yield Form(word + "ون", "m", "p")
    yield Form(word + "ين", "m", "p")
    yield Form(word + "و", "m", "p", construct=True)
    yield Form(word + "ي", "m", "p", construct=True)
    yield Form(word + "ات", "f", "p")
    for plural in plurals:
        yield Form(normal_word(plural), "m", "p")


_VOWELS = "aeiou"


def english_verb(base: str, forms: tuple[str, ...] = (), *, double: bool = False) -> Iterator[Form]:
    """Yield base, -s, -ed and -ing forms; irregular `forms` are past, then participle. `person` 0 marks the participle.

    >>> sorted(f.word for f in english_verb("shell"))
    ['shell', 'shelled', 'shelled', 'shelling', 'shells']
    """
    stem = base.lower()
    yield Form(stem, tense="base")
    if stem.endswith(("s", "sh", "ch", "x", "z", "o")):
        yield Form(stem + "es", number="s", tense="imperfect")
    elif stem.endswith("y") and stem[-2] not in _VOWELS:
        yield Form(stem[:-1] + "ies", number="s", tense="imperfect")
    else:
        yield Form(stem + "s", number="s", tense="imperfect")
    doubled = stem + stem[-1] if double else stem
    if forms:
        yield Form(forms[0], tense="perfect")
        yield Form(forms[-1], tense="participle")
    else:
        past = stem + "d" if stem.endswith("e") else doubled + "ed"
        if stem.endswith("y") and stem[-2] not in _VOWELS:
            past = stem[:-1] + "ied"
        yield Form(past, tense="perfect")
        yield Form(past, tense="participle")
    yield Form(stem[:-1] + "ing" if stem.endswith("e") and not stem.endswith("ee") else doubled + "ing", tense="gerund")


def english_noun(singular: str, plurals: tuple[str, ...] = ()) -> Iterator[Form]:
    """Yield singular and plural, regular where no plural is given."""
    word = singular.lower()
    yield Form(word, number="s")
    if plurals:
        for plural in plurals:
            yield Form(plural.lower(), number="p", plural=True)
    elif word.endswith(("s", "sh", "ch", "x", "z")):
        yield Form(word + "es", number="p", plural=True)
    elif word.endswith("y") and word[-2] not in _VOWELS:
        yield Form(word[:-1] + "ies", number="p", plural=True)
    else:
        yield Form(word + "s", number="p", plural=True)

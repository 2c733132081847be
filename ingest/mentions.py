"""Mentions: stretches of the text that name an actor, a population, a source, a facility or a place.

Invariant: mentions may overlap (sources contain actors, cities sit inside governorates); which of them fills a slot
is decided later. A mention keeps the characters it stands on, proclitics off where they can be cut.

Names of the registry are found as they are. Other actors are composed: a head (قوات, مسلحون, fighters) with the
adjectives and names that belong to it, so that an actor nobody listed is still found, under its own words.
"""

from typing import NamedTuple

from ingest.lexicon import Entry, Registered
from ingest.reading import Analysis, Reading
from ontology.model import Span
from ontology.normal import normal_word

ACTOR, PEOPLE, SOURCE, FACILITY = "actor", "people", "source", "facility"
_BEFORE_LEADER = 4  # adjectives between "affiliated with" and the name
_MAX_NAME_WORDS = 7
# كتيبة شهداء الغوطة, لواء أبناء الشام: words that begin a name though they mean something.
_BEARERS = frozenset({"casualty", "kin", "actorHead"})
_IN_OWN_NAMES = frozenset({"placeType"})  # صقور الجبل
_MAX_OWN_NAME = 4  # words between quotation marks
_SHORT_WORD = 4  # letters, the article included
_MAX_UNIT_WORDS = 4
_MAX_DEPTH = 8  # heads within heads: fighters of the brigades of the army
_LED = (
    ("led", "by"),
    ("loyal", "to"),
    ("belonging", "to"),
    ("affiliated", "with"),
    ("allied", "with"),
    ("allied", "to"),
    *((thought, "to", "belong", "to") for thought in ("thought", "believed", "suspected", "said")),
)
_QUOTES = frozenset({'"', "“", "”", "«", "»"})
_POSSESSIVE = frozenset({"'s", "’s"})


class Mention(NamedTuple):
    """One mention at tokens [first, last). `pro` are the proclitics of its first word.

    `entry` is the registry entry it names, if any; `of` the registry entry inside a composed name (مسلحو حماس);
    `generic` marks a bare head (القوات) that needs an earlier mention to say who it is; `full` is the name that an
    acronym stands for.
    """

    kind: str
    first: int
    last: int
    span: Span
    rule: str
    subkind: str = "unspecified"
    entry: Entry | None = None
    of: Entry | None = None
    nation: Entry | None = None
    gender: str = ""
    number: str = ""
    pro: str = ""
    generic: bool = False
    definite: bool = False
    air: bool = False
    ground: bool = False
    armed: bool = False
    metonym: bool = False
    short: bool = False
    head: Entry | None = None
    population: str | None = None
    full: Span | None = None

    @property
    def party(self) -> bool:
        """True where this names a party to the fighting."""
        entry = self.entry or self.of
        if entry is not None:
            return bool(entry.get("party"))
        return self.kind == ACTOR and self.subkind in ("stateForce", "armedGroup")


def find_mentions(reading: Reading) -> list[Mention]:
    """Return actors, populations, sources and facilities of the text, in order of their first word."""
    found: list[Mention] = []
    compose = _compose_after if reading.language == "ar" else _compose_before
    counted = {q.last for q in reading.quantities}
    at = 0
    for i, lexeme in enumerate(reading.lexemes):
        reading.deadline.check()
        if i < at or not (lexeme.opens_mention or i in reading.phrase_at):
            continue
        named = _name_at(reading, i)
        composed = compose(reading, i)
        if named is None and composed is None and i in counted and (nation := nation_adjective(reading, i)) is not None:
            composed = _nationals(reading, i, nation)
        best = [m for m in (named, composed) if m is not None]
        if best:
            longest = max(best, key=lambda m: (m.last - m.first, m is named))
            if named is not None and composed is not None and longest is composed and named.first == composed.first:
                # A registered name keeps its identity inside a longer description of it.
                composed = composed._replace(of=composed.of or named.entry)
                longest = composed
            found.append(longest)
            for place, entry in enumerate((longest.entry, longest.of)):
                if entry is not None:
                    reading.named[f"{entry.section}.{entry.id}"] = 2 * i + place
            if named is not None and named.metonym:
                found[-1:] = [m for m in (named, composed) if m is not None]
            at = max(i + 1, longest.last if longest.kind != FACILITY else i + 1)
    return found


def _nationals(reading: Reading, i: int, nation: Entry) -> Mention | None:
    """تسعة سوريين, 60 ألف فلسطيني: behind a number, a nationality is the people counted."""
    if reading.language != "ar" or reading.analyses[i] or reading.words[i].endswith("ه"):
        return None
    group = nation.get("kind") == "armedGroup"  # 52 داعشيا are members, no people
    return Mention(
        ACTOR if group else PEOPLE,
        i,
        i + 1,
        reading.span(i, i + 1),
        f"actors.{nation.id}.nationals",
        subkind="armedGroup" if group else "civilians",
        entry=nation if group else None,
        nation=nation,
        gender="m",
        number="p",
        definite=True,
        armed=group,
    )


def actor_at(reading: Reading, i: int) -> Mention | None:
    """Return the actor that begins at token `i`, also inside a longer name."""
    named = _name_at(reading, i)
    found = named if named is not None else _compose_after(reading, i) if reading.language == "ar" else None
    return found if found is not None and found.kind == ACTOR else None


def named_actor(reading: Reading, i: int) -> Mention | None:
    """Return the actor of the registry whose name begins at token `i`, also inside a longer name."""
    found = _name_at(reading, i)
    return found if found is not None and found.kind == ACTOR else None


def _name_at(reading: Reading, i: int) -> Mention | None:
    words, goes_on = reading.words, reading.lexicon.name_prefixes
    for variant in reading.lexemes[i].names:
        hit: tuple[int, Registered] | None = None
        key = variant.host.replace("-", " ")
        last = i + 1
        while True:
            registered = _lookup(reading, key)
            if registered is not None and _as_spelt(reading, i, last, registered):
                hit = (last, registered)
            if last + 1 < len(words) and reading.raw[last] in _POSSESSIVE and f"{key}s" in goes_on:
                key, last = f"{key}s {words[last + 1].replace('-', ' ')}", last + 2  # Assad's forces
                continue
            if key not in goes_on:
                break
            if last < len(words) and reading.raw[last] in ("'", "’") and words[last - 1].endswith("s"):
                last += 1  # Kurdistan Workers' Party
            if last < len(words) and reading.raw[last] in _QUOTES and last > i:
                last += 1  # غرفة عمليات "الفتح المبين": quotation marks inside a name
            if last >= len(words) or last - i >= _MAX_NAME_WORDS or reading.punct[last]:
                break
            key = f"{key} {words[last].replace('-', ' ')}"
            last += 1
        if hit is not None:
            end, registered = hit
            if variant.pro and not _may_strip(reading, i, registered, variant.host, end):
                continue
            found = _registered(reading, i, end, variant.pro, variant.skip, registered)
            return found._replace(last=behind_acronym(reading, end)) if reading.language == "en" else found
    return None


def behind_acronym(reading: Reading, j: int) -> int:
    """Libyan National Army (LNA) forces: the acronym in brackets behind a name is the name again."""
    short = reading.raw[j + 1] if j + 2 < len(reading) and reading.raw[j] == "(" else ""
    return j + 3 if 1 < len(short) < 7 and short.isupper() and reading.raw[j + 2] == ")" else j


def _lookup(reading: Reading, key: str) -> Registered | None:
    registered = reading.lexicon.names.get(key)
    if registered is not None:
        return registered
    candidates = reading.lexicon.shorts.get(key)
    if candidates is None:
        return None
    latest = {reading.named.get(f"{entry.section}.{entry.id}", -1): entry for entry in candidates}
    last = max(latest)
    return Registered(latest[last], short=True) if last >= 0 else None


def _as_spelt(reading: Reading, first: int, last: int, registered: Registered) -> bool:
    if registered.exact is None:
        return True
    return reading.text[reading.starts[first] : reading.ends[last - 1]] == registered.exact


def _may_strip(reading: Reading, i: int, registered: Registered, host: str, end: int) -> bool:
    """A one-word name of up to three letters is not looked for behind proclitics: too many words end like it."""
    return end - i > 1 or len(host) > 3 or host.startswith("ال")


def _registered(reading: Reading, first: int, last: int, pro: str, skip: int, registered: Registered) -> Mention:
    entry = registered.entry
    section = entry.section
    kind = ACTOR if section == "actors" else SOURCE
    subkind = str(entry.get("kind"))
    if kind == ACTOR and subkind == "civilians":
        kind = PEOPLE
    # Verbs agree with the first word as written (قوات, مقاتلات), not with what the registry says of the actor.
    head = reading.has(first, "actorHead") or reading.has(first, "sourceHead")
    gender, number = str(entry.get("gender") or ""), str(entry.get("number") or "s")
    institution = kind == SOURCE or subkind in ("organisation", "rescue", "international")
    if institution and head is None and reading.language == "ar":
        main = normal_word(str(entry.get("names", {}).get("ar", "")).split(" ", 1)[0])
        if not reading.words[first].endswith(main):
            gender = ""  # the minister of a ministry, under its entry: the name does not tell
    if head is not None and reading.language == "ar":
        gender, number = _agreement(reading, first, head)
    return Mention(
        kind,
        first,
        last,
        reading.host_span(first, last, skip),
        f"{section}.{entry.id}" + (".short" if registered.short else ".metonym" if registered.metonym else ""),
        subkind=subkind,
        entry=entry,
        gender=gender,
        number=number,
        pro=pro,
        definite=True,
        air=bool(entry.get("air")),
        armed=subkind in ("stateForce", "armedGroup"),
        metonym=registered.metonym,
        short=registered.short,
    )


def _agreement(reading: Reading, i: int, analysis: Analysis) -> tuple[str, str]:
    head, form = analysis.entry, analysis.form
    if form.number == "d" and head.get("human"):
        # مسلحين may be two or many; verbs and pronouns of many are what news writes.
        form = next((x.form for x in reading.analyses[i] if x.entry is head and x.form.number == "p"), form)
    if form.number == "p" and not head.get("human"):
        return ("f", "s")
    if form.plural and form.number == "p" and not form.word.endswith(("ون", "ين", "و", "ي")):
        return ("", form.number)  # a broken plural of people takes either: عناصر هاجمت, عناصر هاجموا
    return (form.gender or str(head.get("gender") or ""), form.number or "s")


def _head_phrase(reading: Reading, i: int) -> tuple[int, Entry, Analysis | None] | None:
    """Return (last token of the head, its entry, its analysis) where the head of an actor's name begins at `i`."""
    phrase = reading.phrase_of(i, "actorHead") or reading.phrase_of(i, "facility")
    if phrase is not None:
        return phrase.last, phrase.entry, None
    for cls in ("actorHead", "people", "facility"):
        analysis = reading.has(i, cls)
        if analysis is None:
            continue
        if cls == "facility" and analysis.form.construct and reading.has(i, "stop") is not None:
            continue  # سكني is an adjective far more often than "two dwellings of"
        if not (analysis.entry.get("unless_next") and _next_in(reading, i, analysis.entry.get("unless_next"))):
            return i + 1, analysis.entry, analysis
    return None


def _numbered(reading: Reading, j: int) -> int:
    """الفرقة السادسة مشاة, اللواء 444 قتال: where the number and the arm of a body of troops end."""
    begin, n = j, len(reading)
    while j < n and not reading.punct[j] and j - begin < _MAX_UNIT_WORDS:
        digits = reading.words[j].removeprefix("ال").isdigit()
        numbered = digits or reading.has(j, "ordinal") is not None
        armed = reading.has(j, "branch") is not None
        if j == begin and armed and not numbered:
            after = reading.words[j + 1].removeprefix("ال") if j + 1 < n else ""
            armed = after.isdigit() or (j + 1 < n and reading.has(j + 1, "ordinal") is not None)
        elif j == begin:
            armed = False
        if not numbered and not armed:
            break
        j += 1
    return j


def _unknown_name(reading: Reading, j: int, head: Analysis) -> bool:
    """A word that no entry has, behind a construct plural that ends in و or ي."""
    if not head.form.word.endswith(("و", "ي")) or j >= len(reading) or reading.punct[j] or reading.analyses[j]:
        return False
    word = reading.words[j]
    return len(word) > 2 and not word.isdigit() and _name_at(reading, j) is None and not reading.dated(j)


def _next_in(reading: Reading, i: int, words: list[str]) -> bool:
    return i + 1 < len(reading) and reading.words[i + 1] in reading.lexicon.words_of(words)


def _compose_after(reading: Reading, i: int, depth: int = 0) -> Mention | None:
    """Arabic: head first, then adjectives and names."""
    head = _head_phrase(reading, i) if depth < _MAX_DEPTH else None
    if head is None:
        return None
    last, entry, analysis = head
    variants = reading.variants[i]
    pro, skip = (analysis.pro, analysis.skip) if analysis is not None else ("", 0)
    if analysis is None and variants:
        # The phrase matched behind some proclitics: find which.
        first_word = entry.lemma.split()[0]
        for variant in variants:
            if variant.host in reading.lexicon.words_of([first_word]):
                pro, skip = variant.pro, variant.skip
                break
    tail = analysis.tail if analysis is not None else 0
    numbered = _numbered(reading, last) if entry.get("troop") and not tail else last
    named = numbered > last
    last = numbered
    cls = entry.cls
    kind = {"actorHead": ACTOR, "people": PEOPLE, "facility": FACILITY}[cls]
    gender, number = _agreement(reading, i, analysis) if analysis is not None else (str(entry.get("gender") or ""), "s")
    nation: Entry | None = None
    of: Entry | None = None
    extended = armed = False
    air = bool(entry.get("air"))
    if not tail and analysis is not None:
        air_before = air
        last, nation, of, extended, armed, air = _extend(reading, last, air, kind, depth)
        air = air or air_before
        if not extended and entry.get("takes_name") and not analysis.article:
            own = _own_name(reading, last)
            last, extended = own or last, own is not None
    elif not tail:
        last, nation, of, extended, armed, air = _extend(reading, last, air, kind, depth)
    if (
        not extended
        and kind == ACTOR
        and analysis is not None
        and analysis.form.construct
        and _unknown_name(reading, last, analysis)
    ):
        last, named = last + 1, True  # مسلحو and مقاتلي want a genitive: a name that no registry has
    extended = extended or named
    armed = armed or (cls == "actorHead" and entry.get("kind") in ("stateForce", "armedGroup", "unspecified"))
    needs = entry.get("needs")
    if needs == "registry" or (needs in ("name", "actor") and not extended) or (needs == "armed" and not extended):
        return None
    if needs == "actor" and of is None:
        return None
    if (
        kind == ACTOR
        and of is None
        and number == "p"
        and not tail
        and last + 1 < len(reading)
        and reading.words[last] == "من"
        and not reading.count_before(i)
    ):
        side = _name_at(reading, last + 1) or _compose_after(reading, last + 1, depth + 1)
        if side is not None and side.kind == ACTOR and not side.pro and not side.metonym and side.subkind != "state":
            of, last, extended, armed = side.entry or side.of, side.last, True, True  # مقاتلون من المعارضة
    singular = analysis is not None and analysis.form.number == "s" and not analysis.form.plural
    if kind == PEOPLE and singular and not reading.count_before(i):
        return None  # one person is a count or an adjective, not a population
    definite = bool(analysis is not None and analysis.article) or extended or bool(tail)
    if entry.get("definite") and not definite:
        return None
    single = analysis is not None and kind == PEOPLE and analysis.form.number == "s" and not analysis.article
    return Mention(
        kind,
        i,
        last,
        reading.host_span(i, last, skip, tail if last == i + 1 else 0),
        entry.id,
        subkind=str(entry.get("kind") or "unspecified"),
        of=of,
        nation=nation,
        gender=gender,
        number=number,
        pro=pro,
        generic=of is None and nation is None and not (extended and kind == ACTOR),
        definite=definite and not single,
        air=air,
        ground=bool(entry.get("ground")),
        armed=armed and kind == ACTOR,
        head=entry,
        population=entry.get("of"),
    )


def _extend(
    reading: Reading, j: int, air: bool, kind: str, depth: int
) -> tuple[int, Entry | None, Entry | None, bool, bool, bool]:
    """Return where the name that begins before token `j` ends, with what its extensions say."""
    nation: Entry | None = None
    of: Entry | None = None
    extended = armed = False
    n = len(reading)
    while j < n:
        if reading.punct[j]:
            # قوات "الجيش الوطني": a quoted name goes on with the head before it.
            quoted = (
                _name_at(reading, j + 1)
                if reading.raw[j] in ('"', "“", "«") and j + 1 < n and not reading.punct[j + 1]
                else None
            )
            if (
                quoted is None
                or of is not None
                or quoted.kind != ACTOR
                or quoted.pro
                or quoted.last >= n
                or reading.raw[quoted.last] not in ('"', "”", "»")
            ):
                break
            of, extended, j = quoted.entry, True, quoted.last + 1
            continue
        adjective = _nation_adjective(reading, j)
        if adjective is not None:
            nation, extended, j = nation or adjective, True, j + 1
            # السوري والروسي: a second nation joined by و.
            if (
                j < n
                and reading.words[j].startswith("و")
                and _adjective_host(reading, reading.words[j][1:]) is not None
            ):
                j += 1
            continue
        analysis = reading.has(j, "actorAdjective")
        if analysis is not None and analysis.form.construct:
            break  # القوات العراقية مسلحي داعش: a noun that has its own genitive
        if analysis is not None and analysis.pro == "" and not analysis.enclitic:
            takes = analysis.entry.get("takes")
            air = air or bool(analysis.entry.get("air"))
            if takes:
                k = _taken(reading, j + 1, takes, depth)
                if k is None:
                    if kind == FACILITY:
                        break
                    extended, armed, j = True, armed or bool(analysis.entry.get("armed")), j + 1
                    continue
                end, inner = k
                of, extended, armed, j = of or inner, True, True, end
                continue
            extended, armed, j = True, armed or bool(analysis.entry.get("armed")), j + 1
            continue
        if extended and kind == ACTOR and (paired := _paired_adjective(reading, j)) is not None:
            air, j = air or bool(paired.get("air")), j + 1  # الطيران المروحي والحربي
            continue
        if of is None and kind != PEOPLE and nation is None:  # اتهم الجيش السوداني قوات الدعم السريع: two, not one
            named = _name_at(reading, j)
            if kind == ACTOR and not extended and named is not None and named.kind == SOURCE and not named.pro:
                # قوات وزارة الدفاع: forces of the ministry, on whose side its entry says
                house = reading.lexicon.registry.get(str(named.entry.get("actor"))) if named.entry else None
                if house is not None:
                    of, extended, j = house, True, named.last
                    continue
            if (
                named is not None
                and named.kind == ACTOR
                and not named.pro
                and not (named.metonym or (named.short and named.first + 1 < named.last))
            ):
                of, extended, j = named.entry, True, named.last
                continue
            inner_head = reading.has(j, "actorHead")
            if (
                inner_head is not None
                and not inner_head.pro
                and not inner_head.enclitic
                and (inner_head.article or inner_head.entry.get("needs") is None)
                and not extended
            ):
                nested = _compose_after(reading, j, depth + 1)
                if nested is not None:
                    of, nation, extended, armed, j = nested.entry or nested.of, nested.nation, True, True, nested.last
                    air = air or nested.air
                    continue
        break
    return j, nation, of, extended, armed, air


def _own_name(reading: Reading, j: int) -> int | None:
    """لواء الفرقان, كتيبة صقور الجبل, ميليشيا "النمر": where the name ends that no registry has, None without one.

    A name is quoted, definite (one word), or a word with a definite one behind it.
    """
    n = len(reading)
    if j < n and reading.raw[j] in _QUOTES:
        end = next((k for k in range(j + 1, min(n, j + 2 + _MAX_OWN_NAME)) if reading.punct[k]), None)
        closed = end is not None and end > j + 1 and reading.raw[end] in _QUOTES
        return end + 1 if closed and end is not None else None

    def definite(k: int, known: frozenset[str] = frozenset()) -> bool:
        if k >= n or reading.punct[k] or reading.dated(k) or not reading.words[k].startswith("ال"):
            return False
        return len(reading.words[k]) > _SHORT_WORD and all(a.entry.cls in known for a in reading.analyses[k])

    if definite(j):
        return j + 1
    plain = j < n and not reading.punct[j] and not reading.counted(j) and not reading.dated(j)
    if not plain or reading.words[j].startswith(("و", "ب", "ل")) or not definite(j + 1, _IN_OWN_NAMES):
        return None
    analyses = reading.analyses[j]
    if not analyses or any(analysis.entry.cls in _BEARERS for analysis in analyses):
        return j + 2
    return None


def _paired_adjective(reading: Reading, j: int) -> Entry | None:
    """A second adjective of the same head, joined by و and defined as it is."""
    analysis = reading.has(j, "actorAdjective")
    if analysis is None or analysis.pro != "و" or analysis.enclitic or analysis.entry.get("takes"):
        return None
    before = reading.has(j - 1, "actorAdjective")
    if before is None or before.article != analysis.article or before.form.gender != analysis.form.gender:
        return None
    following = j + 1 < len(reading) and (reading.has(j + 1, "actorAdjective") or nation_adjective(reading, j + 1))
    return analysis.entry if following or analysis.entry.get("air") else None


def _taken(reading: Reading, j: int, preposition: str, depth: int) -> tuple[int, Entry | None] | None:
    """The actor that a participle takes: الموالية لإيران, التابعة للجيش, المتحالفة معها."""
    if j >= len(reading) or reading.punct[j]:
        return None
    if preposition == "ل":
        inner = _name_at(reading, j)
        if inner is not None and inner.kind == ACTOR and inner.pro.endswith("ل"):
            return inner.last, inner.entry
        composed = _compose_after(reading, j, depth + 1)
        if composed is not None and composed.kind == ACTOR and composed.pro.endswith("ل"):
            return composed.last, composed.entry or composed.of or composed.nation
        return None
    words = reading.words
    if words[j] == preposition or words[j] in (preposition + "ها", preposition + "ه", preposition + "هم"):
        if words[j] != preposition:
            return j + 1, None
        inner = _name_at(reading, j + 1) if j + 1 < len(reading) else None
        if inner is not None and inner.kind == ACTOR and not inner.pro:
            return inner.last, inner.entry
    return None


def _nation_adjective(reading: Reading, j: int) -> Entry | None:
    word = reading.words[j]
    return _adjective_host(reading, word)


def _adjective_host(reading: Reading, word: str) -> Entry | None:
    table = reading.lexicon.adjectives
    hit = table.get(word) or (table.get(word[2:]) if word.startswith("ال") else None)
    return hit[0] if hit is not None else None


def nation_adjective(reading: Reading, j: int, pro: str = "") -> Entry | None:
    """Return the actor that the adjective at token `j` stands for (إسرائيلية, Russian), behind the proclitic `pro`."""
    if not 0 <= j < len(reading) or reading.punct[j]:
        return None
    if reading.language == "ar":
        word = reading.words[j]
        return _adjective_host(reading, word.removeprefix(pro)) if word.startswith(pro) else None
    hit = reading.lexicon.adjectives.get(reading.words[j])
    return hit[0] if hit is not None and reading.raw[j][:1].isupper() else None


def _compose_before(reading: Reading, i: int) -> Mention | None:
    """English: modifiers first, head last. Called at the first modifier or at a bare head."""
    n = len(reading)
    j = i
    nation: Entry | None = None
    of: Entry | None = None
    air = armed = extended = False
    steps = 0
    while j < n and steps < 6 and not reading.punct[j]:
        head = reading.has(j, "actorHead") or reading.has(j, "people") or reading.has(j, "facility")
        phrase = reading.phrase_of(j, "actorHead") or reading.phrase_of(j, "facility") or reading.phrase_of(j, "people")
        follows = None
        if head is not None and phrase is None and j + 1 < n:
            # "government forces", "rebel fighters": a head that only modifies the next one.
            # "the regime's helicopters": a possessive does the same.
            k = j + 2 if reading.raw[j + 1] in ("'s", "’s") and head.entry.cls == "actorHead" else j + 1
            follows = reading.has(k, "actorHead") or (
                (reading.has(k, "people") or reading.has(k, "facility")) if k == j + 1 else None
            )
            if follows is None and k == j + 1 and reading.raw[j][:1].isupper() and head.form.number != "p":
                named = _name_at(reading, k)  # Islamist al-Shabaab militants
                follows = head if named is not None and named.kind == ACTOR and named.armed else None
        if phrase is not None or (head is not None and follows is None):
            entry = phrase.entry if phrase is not None else head.entry  # type: ignore[union-attr]
            last = phrase.last if phrase is not None else j + 1
            if entry.get("needs") and not extended and _led_by(reading, last) is None:
                return None
            kind = {"actorHead": ACTOR, "people": PEOPLE, "facility": FACILITY}[entry.cls]
            if (
                kind == PEOPLE
                and phrase is None
                and head is not None
                and head.form.number == "s"
                and last < n
                and any(reading.has(last, cls) for cls in ("placeType", "facility", "actorHead"))
            ):
                return None  # a refugee camp, civilian areas: what kind of place, and nobody
            if kind == FACILITY and (of is not None or nation is not None):
                return None  # in "Hamas positions" the name stays the actor
            number = "p" if phrase is None and head is not None and head.form.number == "p" else "s"
            if kind == ACTOR and last + 1 < n and reading.words[last] == "of" and of is None:
                inner = _name_at(reading, last + 1 + (reading.words[last + 1] == "the"))
                if inner is not None and inner.kind == ACTOR:
                    of, last, extended = inner.entry, inner.last, True
            group = _name_at(reading, last) if kind == ACTOR and of is None and last < n else None
            if group is not None and group.subkind == "armedGroup" and group.entry is not None:
                of, last, extended = group.entry, group.last, True  # the Islamist group al-Shabaab
            if kind == ACTOR and of is None and (led := _led_by(reading, last)) is not None:
                of, last, extended, armed = led[1], led[0], True, True
            return Mention(
                kind,
                i,
                last,
                reading.span(i, last),
                entry.id,
                subkind=str(entry.get("kind") or "unspecified"),
                of=of,
                nation=nation,
                number=number,
                generic=of is None and nation is None and not (extended and armed and kind == ACTOR),
                # A bare plural of people can speak and act: rebels said, gunmen attacked.
                definite=(i > 0 and reading.words[i - 1] in ("the", "its", "their"))
                or (kind == ACTOR and number == "p" and bool(entry.get("human"))),
                air=air or bool(entry.get("air")),
                ground=bool(entry.get("ground")),
                armed=kind == ACTOR,
                head=entry,
                population=entry.get("of"),
            )
        adjective = nation_adjective(reading, j)
        named = _name_at(reading, j)
        if adjective is not None and (named is None or named.kind != ACTOR or named.last == j + 1):
            nation, extended, j, steps = nation or adjective, True, j + 1, steps + 1
            if j + 1 < n and reading.words[j] == "and" and nation_adjective(reading, j + 1) is not None:
                j += 1  # Syrian and Russian warplanes
            continue
        if named is not None and named.kind == ACTOR and named.last + 1 < n and reading.raw[named.last] in ("'s", "’s"):
            # Sudan's army; the apostrophe of a state leads to its forces.
            if named.subkind == "state":
                nation = nation or named.entry
            else:
                of = of or named.entry
            extended, j, steps = True, named.last + 1, steps + 1
            continue
        if named is not None and named.kind == ACTOR and not named.metonym and j > i - 1:
            of, extended, armed, j, steps = named.entry, True, True, named.last, steps + 1
            continue
        modifier = reading.has(j, "actorAdjective") or (head if follows is not None else None)
        if modifier is not None:
            armed = armed or bool(modifier.entry.get("armed")) or modifier.entry.cls == "actorHead"
            air = air or bool(modifier.entry.get("air"))
            extended, j, steps = True, j + 1, steps + 1
            if j < n and follows is not None and reading.raw[j] in ("'s", "’s"):
                j += 1
            continue
        return None
    return None


def _led_by(reading: Reading, j: int) -> tuple[int, Entry | None] | None:
    """Insurgents led by X, forces loyal to X: who stands behind a head, with where the words end."""
    if j + 2 >= len(reading) or reading.punct[j]:
        return None
    led = next((words for words in _LED if tuple(reading.words[j : j + len(words)]) == words), None)
    if led is None:
        return None
    begin = j + len(led)
    begin += begin < len(reading) and reading.words[begin] == "the"
    inner: Mention | None = None
    for k in range(begin, min(len(reading), begin + _BEFORE_LEADER)):
        if reading.punct[k]:
            return None
        inner = _name_at(reading, k)
        adjectival = (
            nation_adjective(reading, k) is not None or reading.has(k, "actorAdjective") or "-" in reading.raw[k]
        )
        if inner is not None or not adjectival:
            break  # affiliated with the UN-recognised Libyan Government of X
    if inner is None or inner.kind != ACTOR:
        return None
    return inner.last, inner.entry

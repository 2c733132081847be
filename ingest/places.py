"""Mentions of places: gazetteer names, and names that a type word announces (قرية كفر حمرة, دوار الباسل, town of X).

Invariant: a bare name counts as a place only where the text treats it as one (a preposition, a type word, a list of
places) or where it is a place that everybody knows; a place no gazetteer has stays a local place under its own words.
Relations are kept apart from places: "north of X" only locates, "countryside of X" is a place of its own.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from ingest.gazetteer import Entry, Gazetteer
from ingest.linking import Linked, Nil, context_of, link
from ingest.mentions import Mention
from ingest.normal import name_key
from ingest.placelookup import PlaceLookup, PlaceName
from ingest.placemention import PlaceMention
from ingest.placenames import (
    TAKES_ONE_MORE,
    TOPONYMS,
    after_event_verb,
    capitalised_end,
    ends_name,
    is_adjective,
    is_bare_possessive,
    is_capitalised,
    is_everyday,
    is_function_word,
    is_ordinary,
    local_name_end,
    nationality_like,
    road_end,
    with_direction,
)
from ingest.placing import (
    DESCRIBED,
    KNOWN_POPULATION,
    LIST_MARKS,
    QUOTES,
    SETTLED,
    adjoins,
    is_trusted,
    look_left,
    nest,
    resolve_descriptions,
    tie_same_names,
    villages_before,
)
from ingest.reading import Analysis, Reading

_LIST_MAX = 12  # names in one list
_SIDES = 4  # steps from an actor to the state whose side it is on


_NAME_PREPOSITIONS = frozenset(
    {"في", "علي", "من", "الي", "نحو", "قرب", "داخل", "خارج", "صوب", "باتجاه", "عبر", "وسط", "حول", "ضمن", "قباله"}
)


# What leads to an outlet that is named in quotation marks.
_TO_A_PAPER = frozenset({"ل", "عبر", "صحيفه", "لصحيفه", "جريده", "لجريده", "موقع", "لموقع", "مجله", "قناه", "لقناه"})


_EN_PREPOSITIONS = frozenset(
    {
        "in",
        "at",
        "on",
        "near",
        "from",
        "to",
        "into",
        "towards",
        "toward",
        "of",
        "around",
        "outside",
        "inside",
        "across",
        "over",
        "through",
        "via",
        "between",
        "and",
        "against",
        "for",
        "seized",
        "captured",
        "recaptured",
        "entered",
        "left",
        "retook",
        "liberated",
    }
)


_DWELLERS = frozenset({"residents", "inhabitants", "villagers", "population", "resident"})

Names = Mapping[int, Sequence[PlaceName]]


class PlaceFinder:
    """Finds and links the places of a reading."""

    def __init__(self, gazetteer: Gazetteer) -> None:
        self._gazetteer = gazetteer
        self._lookup = PlaceLookup(gazetteer)
        self._states: dict[str, str | None] = {}

    def find(self, reading: Reading, mentions: Sequence[Mention]) -> list[PlaceMention]:
        """Return the places of the text in order, linked, with what they lie in."""
        taken = _taken_by_names(reading, mentions) | reading.byline
        names = self._lookup.names(reading)
        found: list[PlaceMention] = []
        at = 0
        for i in _openings(reading, names):
            if i < at:
                continue
            reading.deadline.check()
            listed = self._type_behind(reading, i, names, taken)
            if listed:
                found.extend(listed)
                at = listed[-1].last
                continue
            place = self._typed(reading, i, names, taken)
            if place is not None:
                look_left(reading, place)
            else:
                place = self._bare(reading, i, names, taken, found)
            if place is None:
                continue
            if found and adjoins(reading, found[-1], place):
                place.list_of = found[-1]
            found.append(place)
            at = place.last
            while (more := self._listed(reading, at, names, found[-1], taken)) is not None:
                found.append(more)
                at = more.last
        context = context_of(
            [p.candidates for p in found if p.candidates and p.kind != "countryside"],
            countries=self._countries(reading, mentions),
        )
        if reading.trace is not None:
            for place in found:
                if not is_trusted(place, context):
                    reading.trace.drop("drop.place.untrusted", place.first, place.last)
        trusted: list[PlaceMention] = []
        for place in found:
            # An Arabic list is trusted as far as the name that it goes on from.
            stray = reading.language == "ar" and place.list_of is not None and place.list_of not in trusted
            if is_trusted(place, context) and not stray:
                trusted.append(place)
        found = trusted
        nest(reading, found)
        for place in found:
            if place.type_word is None and villages_before(reading, place):
                place.type_word = "محافظة" if reading.language == "ar" else "province"
        linked: dict[tuple[int, str | None, str], Linked | Nil] = {}  # an article names its places again and again
        for place in sorted(found, key=lambda p: p.within is not None):
            within = place.within.entry if place.within is not None else None
            if within is not None and within.kind in ("road", "crossing"):
                within = None
            key = (id(place.candidates), place.type_word, within.id if within is not None else "")
            if key not in linked:
                linked[key] = link(place.candidates, type_word=place.type_word, within=within, context=context)
            outcome = linked[key]
            if isinstance(outcome, Nil) and outcome.within is not None and within is not None and _only_near(place):
                # East of Aleppo is not in Aleppo: only what contains the city contains it.
                outcome = replace(outcome, within=None, around=within.within)
            place.outcome = outcome
        tie_same_names([p for p in found if p.rule != "place.definite"])
        return resolve_descriptions(reading, found)

    def _countries(self, reading: Reading, mentions: Sequence[Mention]) -> dict[str, int]:
        """Countries that the actors speak for: their own, or that of the state whose side they are on."""
        weights: dict[str, int] = {}
        for mention in mentions:
            entry = mention.entry or mention.of or mention.nation
            for _ in range(_SIDES):
                if entry is None or entry.get("kind") == "state":
                    break
                entry = reading.lexicon.registry.get(str(entry.get("side_of")))
            if entry is None or entry.get("kind") != "state":
                continue
            code = self._state(entry.id, str(entry.get("names", {}).get("en", "")))
            if code:
                weights[code] = weights.get(code, 0) + 1
        # Many voices of one state are still one hint: a state is no more than a country named once.
        return {code: min(weight, 3) for code, weight in sorted(weights.items())}

    def _state(self, identifier: str, name: str) -> str | None:
        if identifier not in self._states:
            found = self._gazetteer.find([name_key(name)]).get(name_key(name), ())
            self._states[identifier] = next((e.country for e in found if e.kind == "country"), None)
        return self._states[identifier]

    def _longest(self, reading: Reading, names: Names, i: int, *, proclitics: bool) -> PlaceName | None:
        """Return the longest gazetteer name at token `i`, the one with the fewest proclitics where several are."""
        best: PlaceName | None = None
        for name in names.get(i, ()):
            if name.variant.pro and (not proclitics or len(name.variant.host) < 3):
                continue
            if reading.language == "en" and name.last > i + 1 and not ends_name(reading, name.last - 1):
                continue
            if best is None or name.last > best.last:
                best = name
        return best

    def _typed(self, reading: Reading, i: int, names: Names, taken: set[int]) -> PlaceMention | None:
        if reading.language == "en":
            return self._typed_english(reading, i, names, taken)
        analysis = reading.has(i, "placeType")
        if analysis is None or analysis.enclitic or i in taken:
            return None
        j = i + 1
        kind = str(analysis.entry.get("kind"))
        if j >= len(reading) or (reading.punct[j] and (analysis.article or reading.raw[j] not in QUOTES)):
            return self._definite(reading, names, i, analysis) if analysis.article else None
        if reading.count_before(i) and analysis.form.number == "s":
            return None  # 70 منطقة: counted, not named
        # قرى وبلدات X: a second type word before the names. أحياء مدينة X: quarters of X, so the city is the place.
        second = reading.has(j, "placeType")
        if second is not None and not second.article and second.pro in ("", "و"):
            settled = second.entry.get("kind") in SETTLED
            if settled and kind in SETTLED and second.pro:
                analysis, kind, j = second, str(second.entry.get("kind")), j + 1
            elif settled and not second.pro and kind not in ("countryside", "governorate") and not analysis.article:
                return None
        if j >= len(reading) or (reading.punct[j] and reading.raw[j] not in ('"', "“", "«", "(")):
            return None
        quoted = reading.punct[j]
        if quoted:
            j += 1
            if j >= len(reading) or reading.punct[j]:
                return None
        if kind == "countryside":
            return self._countryside(reading, i, j, analysis, names)
        whole = self._longest(reading, names, i, proclitics=True)
        if (
            whole is not None
            and whole.last > i + 1
            and analysis.entry.get("feature")
            and not is_everyday(reading, i, whole.last, typed=False)
        ):
            return None  # جسر الشغور is a town, not a bridge
        if analysis.article:
            return self._definite(reading, names, i, analysis)
        if reading.has(j, "partWord") or reading.phrase_of(j, "cause"):
            return None
        hit = self._longest(reading, names, j, proclitics=False)
        named_feature = bool(analysis.entry.get("feature"))
        if hit is not None and not (named_feature and is_adjective(reading, j)):
            last, entries = hit.last, hit.entries
            if last == j + 1 and reading.words[j] in TAKES_ONE_MORE:
                pass  # دير alone is the first word of a longer name that the gazetteer lacks
            elif not is_everyday(reading, j, last, typed=True):
                last = road_end(reading, j, last) if analysis.entry.get("linear") else with_direction(reading, last)
                return self._place(
                    reading, i, j, last, analysis, kind, entries if kind != "countryside" else (), f"place.typed.{kind}"
                )
        last_local = local_name_end(reading, j, quoted)
        if last_local is None or (reading.words[j].startswith("و") and not quoted and _joined(reading, j)):
            return None
        if analysis.entry.get("linear"):
            last_local = road_end(reading, j, last_local)
        elif (
            analysis.form.plural
            and not (kind == "region" and named_feature)
            and not reading.words[j].startswith("ال")
            and reading.words[j] not in TAKES_ONE_MORE
        ):
            # "large quarters" against "villages X and Y": without the article only a list makes it a name.
            following = reading.raw[last_local] if last_local < len(reading) else ""
            if not (following in LIST_MARKS or following.startswith("و")):
                return None
        return self._place(reading, i, j, last_local, analysis, kind, (), f"place.local.{kind}")

    def _definite(self, reading: Reading, names: Names, i: int, analysis: Analysis) -> PlaceMention | None:
        """المدينة, البلدة: a description that means a place named elsewhere in the article."""
        if analysis.entry.get("kind") not in DESCRIBED or analysis.entry.get("weak"):
            return None
        if analysis.form.number != "s" or analysis.form.plural:
            return None
        beyond = with_direction(reading, i + 1)
        if beyond > i + 1:  # الجبل الشرقي: a name of its own, not the mountain named before
            return self._place(reading, i, i, beyond, analysis, str(analysis.entry.get("kind")), (), "place.local.side")
        span = reading.host_span(i, i + 1, analysis.skip)
        return PlaceMention(
            i,
            i + 1,
            i,
            span,
            span.of(reading.plain),
            "place.definite",
            pro=analysis.pro,
            kind=str(analysis.entry.get("kind")),
            candidates=_own_name(reading, names, i),
        )

    def _countryside(self, reading: Reading, i: int, j: int, analysis: Analysis, names: Names) -> PlaceMention | None:
        """ريف حلب الغربي, ريفي إدلب وحماة, الريف الشمالي لحلب: a place of its own, within the province."""
        k = j
        if analysis.article:
            while k < len(reading) and reading.has(k, "direction"):
                k += 1
            if k >= len(reading) or not any(v.pro.endswith("ل") for v in reading.variants[k]):
                return None
            hit = self._longest(reading, names, k, proclitics=True)
        else:
            if reading.has(k, "placeType"):
                k += 1
            hit = (
                self._longest(reading, names, k, proclitics=False)
                if k < len(reading) and not reading.punct[k]
                else None
            )
        if hit is None:
            return None
        last = with_direction(reading, hit.last)
        return self._place(reading, i, i, last, analysis, "countryside", hit.entries, "place.countryside")

    def _typed_english(self, reading: Reading, i: int, names: Names, taken: set[int]) -> PlaceMention | None:
        """The town of X, the village of X; X city, X province, X airport are handled with the bare name."""
        analysis = reading.has(i, "placeType")
        if analysis is None:
            return None
        j = i + 1
        if (
            i
            and reading.words[i - 1] in ("the", "this", "that")
            and str(analysis.entry.get("kind")) in SETTLED
            and analysis.form.number == "s"
            and not (
                j < len(reading)
                and (reading.words[j] == "of" or reading.raw[j][:1].isupper() or reading.raw[j] in ("'s", "’s"))
            )
            and not (
                j < len(reading)
                and (reading.has(j, "sourceHead") or reading.has(j, "placeType") or reading.has(j, "facility"))
            )
        ):
            span = reading.span(i, j)
            return PlaceMention(
                i, j, i, span, span.of(reading.plain), "place.definite", kind=str(analysis.entry.get("kind"))
            )
        if j + 1 < len(reading) and reading.words[j] == "of":
            j += 1
            if reading.words[j] == "the":
                return None
            kind = str(analysis.entry.get("kind"))
            hit = self._longest(reading, names, j, proclitics=False) if not reading.punct[j] else None
            whole = capitalised_end(reading, j)
            if hit is not None and whole is not None and whole > hit.last and not _known_word(reading, hit.last):
                hit = None  # Ras of Ras Lanuf is no place of its own
            if hit is not None and reading.raw[j][:1].isupper():
                return self._place(reading, i, j, hit.last, analysis, kind, hit.entries, f"place.typed.{kind}")
            last = capitalised_end(reading, j)
            if last is not None:
                return self._place(reading, i, j, last, analysis, kind, (), f"place.local.{kind}")
        return None

    def _place(
        self,
        reading: Reading,
        i: int,
        name_first: int,
        last: int,
        analysis: Analysis | None,
        kind: str | None,
        entries: tuple[Entry, ...],
        rule: str,
    ) -> PlaceMention:
        first_name = name_first
        whole = kind is not None and (
            analysis is None
            or analysis.entry.get("feature")
            or kind in ("countryside", "camp", "region", "governorate")
        )
        span = (
            reading.host_span(i, last, analysis.skip if analysis is not None else 0)
            if whole and analysis is not None
            else reading.host_span(first_name, last)
        )
        if reading.language == "en":
            span = (
                reading.span(name_first, last)
                if not whole or analysis is None or name_first != i
                else reading.span(i, last)
            )
        return PlaceMention(
            i,
            last,
            name_first,
            span,
            span.of(reading.plain),
            rule,
            pro=analysis.pro if analysis is not None else "",
            type_word=analysis.entry.lemma if analysis is not None else None,
            kind=kind,
            candidates=entries,
            count_word=bool(
                (analysis is not None and analysis.form.number in ("p", "d"))
                or (
                    analysis is not None
                    and analysis.form.number == "s"
                    and analysis.form.gender == "f"
                    and analysis.form.word in ("قري", "بلدات", "مدن", "احياء", "مناطق", "محافظات")
                )
            ),
        )

    def _bare(
        self, reading: Reading, i: int, names: Names, taken: set[int], found: list[PlaceMention]
    ) -> PlaceMention | None:
        hit = self._longest(reading, names, i, proclitics=True)
        if reading.language == "en":
            return self._bare_english(reading, i, hit, taken, names)
        if hit is None:
            return None
        last, (pro, _, skip), entries = hit
        if any(k in taken for k in range(i, last)):
            return None
        known = any(
            e.population >= KNOWN_POPULATION or e.kind in ("country", "governorate", "region") or e.capital
            for e in entries
        )
        before = reading.words[i - 1] if i else ""
        located = (
            pro.endswith(("ب", "ل"))
            or before.lstrip("وف") in _NAME_PREPOSITIONS
            or before in _NAME_PREPOSITIONS
            or bool(reading.has(i - 1, "direction") or reading.has(i - 1, "partWord") or reading.has(i - 1, "nearWord"))
            or _of_people(reading, i - 1)
        )
        if is_everyday(reading, i, last, typed=False) or (nationality_like(reading, i, last) and not pro):
            return None
        if _newspaper(reading, i, last):
            return None
        if not (known or (located and not pro.startswith("ك")) or last - i > 1):
            # An object right after a verb of control is checked by its country later.
            if not (after_event_verb(reading, i) or (not pro and _behind_subject(reading, i))):
                return None
        if pro.endswith("ك") or _described_anew(reading, i, last, entries):
            return None
        place = PlaceMention(
            i, last, i, reading.host_span(i, last, skip), "", "place.name", pro=pro, candidates=entries
        )
        place.text = place.span.of(reading.plain)
        look_left(reading, place)
        return place

    def _quarter_of(self, reading: Reading, names: Names, kind: Analysis, first: int, at: int) -> bool:
        """The Mazzeh district of Damascus: the name is the quarter's where the bigger place stands behind "of"."""
        if str(kind.entry.get("kind")) not in ("district", "neighbourhood"):
            return False

        def known(k: int) -> bool:
            hit = self._longest(reading, names, k, proclitics=False)
            return hit is not None and any(e.population >= KNOWN_POPULATION or e.capital for e in hit.entries)

        return known(at) and not known(first)

    def _bare_english(
        self, reading: Reading, i: int, hit: PlaceName | None, taken: set[int], names: Names
    ) -> PlaceMention | None:
        if not reading.raw[i][:1].isupper() and not reading.words[i].startswith(("al-", "el-")):
            return None
        if i in taken:
            return None
        last = hit.last if hit is not None else None
        entries = hit.entries if hit is not None else ()
        capital = capitalised_end(reading, i)
        settled = _of_people_english(reading, i) and not any(_known_word(reading, k) for k in range(i, capital or i))
        if capital is not None and (last is None or capital > last) and (settled or _captured(reading, i, capital)):
            span = reading.span(i, capital)
            rule = "place.local.people" if settled else "place.local.captured"
            return PlaceMention(i, capital, i, span, span.of(reading.plain), rule)
        if last is None or (capital is not None and capital > last and reading.has(capital, "placeType") is not None):
            # X airport, Y camp: a type word after capitalised words.
            if capital is None:
                return None
            if last is None and reading.words[i] in TOPONYMS and capital - i >= 2 and _placed_english(reading, i):
                span = reading.span(i, min(capital, i + 3))
                return PlaceMention(i, min(capital, i + 3), i, span, span.of(reading.plain), "place.local.name")
            after = reading.has(capital, "placeType") or (
                reading.has(capital - 1, "placeType") if capital - 1 > i else None
            )
            if after is None or is_ordinary(reading, i, capital):
                return None
            if (
                capital + 2 < len(reading)
                and reading.words[capital + 1] == "of"
                and is_capitalised(reading, capital + 2)
            ):
                if not self._quarter_of(reading, names, after, i, capital + 2):
                    return None  # the Ghouta town of Mesraba
            if reading.has(capital, "placeType") is not None and after.form.number == "p":
                return None  # Assyrian villages: of many, not a name
            end = capital + 1 if reading.has(capital, "placeType") is not None else capital
            kind = str(after.entry.get("kind"))
            feature = bool(after.entry.get("feature"))
            span = reading.span(
                i, end if feature or kind in ("countryside", "governorate", "region", "camp") else max(i + 1, end - 1)
            )
            return PlaceMention(
                i, end, i, span, span.of(reading.plain), f"place.local.{kind}", kind=kind, type_word=after.entry.lemma
            )
        if is_everyday(reading, i, last, typed=False) or nationality_like(reading, i, last):
            return None
        known = any(
            e.population >= KNOWN_POPULATION or e.kind in ("country", "governorate", "region") or e.capital
            for e in entries
        )
        before = reading.words[i - 1] if i else ""
        located = (
            before in _EN_PREPOSITIONS
            or bool(reading.has(i - 1, "direction") or reading.has(i - 1, "placeType"))
            or after_event_verb(reading, i)
            or _changed_hands(reading, last)
        )
        if before == "the" and i > 1:
            located = False
        type_after = reading.has(last, "placeType") if last < len(reading) else None
        if type_after is not None and last + 2 < len(reading) and reading.words[last + 1] == "of":
            if is_capitalised(reading, last + 2) and not self._quarter_of(reading, names, type_after, i, last + 2):
                type_after = None  # the Ghouta town of Mesraba
        if not (known or located or type_after or (last - i > 1 and "-" not in reading.raw[i])):
            return None
        if type_after is None and last == i + 1 and _inside_a_name(reading, i):
            return None
        rule = "place.name.people" if _of_people_english(reading, i) else "place.name"
        place = PlaceMention(i, last, i, reading.span(i, last), "", rule, candidates=entries)
        if type_after is not None and not type_after.entry.get("after_only_lower", False):
            kind = str(type_after.entry.get("kind"))
            place.kind, place.type_word, place.last = kind, type_after.entry.lemma, last + 1
            if type_after.entry.get("feature") or kind in ("countryside", "governorate", "region", "camp"):
                place.span = reading.span(i, last + 1)
        place.text = place.span.of(reading.plain)
        look_left(reading, place)
        return place

    def _listed(
        self, reading: Reading, i: int, names: Names, before: PlaceMention, taken: set[int]
    ) -> PlaceMention | None:
        """The next name of a list of places: X، Y وZ."""
        n = len(reading)
        comma = i < n and reading.raw[i] in LIST_MARKS
        j = i + 1 if comma else i
        if j >= n or reading.punct[j] or j in taken:
            return None
        if reading.language == "en":
            return self._listed_english(reading, j, comma, names, before, taken)
        joined = reading.words[j].startswith("و") and len(reading.words[j]) > 2
        if not comma and not joined:
            return None
        if self._typed(reading, j, names, taken) is not None or is_function_word(reading, j):
            return None
        if reading.has(j, "placeType") and j + 1 < n and not reading.punct[j + 1]:
            return None
        in_list = _in_list(before)
        named: tuple[int, int, tuple[Entry, ...]] | None = None
        best_pro = "و" if joined else ""
        for name in names.get(j, ()):
            if name.variant.pro == best_pro or (comma and name.variant.pro == ""):
                if named is None or name.last > named[0]:
                    named = (name.last, name.variant.skip, name.entries)
        if named is not None and named[0] == j + 1 < n and not reading.punct[j + 1]:
            if reading.words[j][1 if joined else 0 :] in TAKES_ONE_MORE:
                named = None  # تل كراتين: the gazetteer's تل is only the first word of the name
        if before.kind == "countryside" and named is not None:
            place = PlaceMention(
                j,
                named[0],
                j,
                reading.host_span(j, named[0], named[1]),
                "",
                "place.list",
                kind="countryside",
                type_word=before.type_word,
                candidates=named[2],
                list_of=before,
            )
            place.text = place.span.of(reading.plain)
            return place
        if named is not None and not is_everyday(reading, j, named[0], typed=in_list):
            last, skip, entries = named
            if not in_list and comma and not joined and not any(e.population >= 5000 for e in entries):
                return None
            place = PlaceMention(
                j,
                last,
                j,
                reading.host_span(j, last, skip),
                "",
                "place.list",
                kind=before.kind if before.count_word else None,
                type_word=before.type_word if before.count_word else None,
                candidates=entries,
                list_of=before,
                count_word=before.count_word,
            )
            place.text = place.span.of(reading.plain)
            return place
        if (
            (reading.analyses[j] and not in_list)
            or before.kind in ("road", "country")
            or (before.kind == "region" and not before.count_word)
            or before.rule == "place.definite"
        ):
            return None
        if not (in_list or joined):
            return None
        skip = 1 if joined else 0
        host = reading.words[j][skip:]
        if not (in_list or host.startswith("ال")) or is_function_word(reading, j):
            return None
        last_local = local_name_end(reading, j, False)
        if last_local is None:
            return None
        if reading.dated(j):
            return None
        if reading.analyses[j] and not (comma and _alone(reading, j, last_local)):
            return None
        place = PlaceMention(
            j,
            last_local,
            j,
            reading.host_span(j, last_local, skip),
            "",
            "place.list.local",
            kind=before.kind if before.count_word else None,
            type_word=before.type_word if before.count_word else None,
            list_of=before,
            count_word=before.count_word,
        )
        place.text = place.span.of(reading.plain)
        return place

    def _type_behind(self, reading: Reading, i: int, names: Names, taken: set[int]) -> list[PlaceMention]:
        """Jishan, Softak and Qoran villages: a list whose type word stands behind it."""
        if reading.language != "en" or reading.punct[i] or i in taken or not is_capitalised(reading, i):
            return []
        stretches = _typed_list(reading, i)
        if not stretches or any(k in taken for first, last in stretches for k in range(first, last)):
            return []
        if is_everyday(reading, i, stretches[0][1], typed=True):
            return []
        type_at = stretches[-1][1]
        analysis = reading.has(type_at, "placeType")
        assert analysis is not None
        listed: list[PlaceMention] = []
        for first, last in stretches:
            hit = self._longest(reading, names, first, proclitics=False)
            entries = hit.entries if hit is not None and hit.last == last else ()
            place = PlaceMention(
                first,
                last,
                first,
                reading.span(first, last),
                "",
                "place.list",
                kind=str(analysis.entry.get("kind")),
                type_word=analysis.entry.lemma,
                candidates=entries,
                list_of=listed[-1] if listed else None,
                count_word=True,
            )
            place.text = place.span.of(reading.plain)
            listed.append(place)
        look_left(reading, listed[0])
        listed[-1].last = type_at + 1
        return listed

    def _listed_english(
        self,
        reading: Reading,
        j: int,
        comma: bool,
        names: Names,
        before: PlaceMention,
        taken: set[int],
    ) -> PlaceMention | None:
        """The next name of an English list; behind "the villages of" also a name that no gazetteer has."""
        n = len(reading)
        if j < n and reading.words[j] == "and":
            j += 1
        elif not comma:
            return None
        if j >= n or reading.punct[j] or j in taken or not is_capitalised(reading, j):
            return None
        hit = self._longest(reading, names, j, proclitics=False)
        end = capitalised_end(reading, j)
        typed_after = end is not None and reading.has(end, "placeType") is not None
        if hit is not None and not nationality_like(reading, j, hit.last):
            if typed_after and end is not None and end > hit.last:
                return None
            last, entries = hit.last, hit.entries
        elif (
            (before.count_word or before.rule == "place.local.captured")
            and end is not None
            and not typed_after
            and not is_function_word(reading, j)
        ):
            last, entries = end, ()
        elif end is not None and (last_of := _plural_typed(reading, j, end)) is not None:
            last, entries = last_of, ()  # Jurin and Naorat Jurin villages
        else:
            return None
        place = PlaceMention(
            j,
            last,
            j,
            reading.span(j, last),
            "",
            "place.list" if entries else "place.list.local",
            kind=before.kind if before.count_word else None,
            type_word=before.type_word if before.count_word else None,
            candidates=entries,
            list_of=before,
            count_word=before.count_word,
        )
        place.text = place.span.of(reading.plain)
        if not entries and _plural_typed(reading, j, min(last + 1, n)) == last:
            place.last = last + 1  # the type word belongs to the place, not to its name
        return place


def _captured(reading: Reading, i: int, last: int) -> bool:
    """Rebels seized Khan Tuman: a name that nothing else knows, right behind a verb of taking."""
    verbs = (
        [a for a in reading.analyses[i - 1] if a.entry.get("frame") == "seize" and a.entry.pos == "verb"] if i else []
    )
    after_of = reading.words[i - 1 : i] == ["of"] and reading.words[i - 2 : i - 1] == ["control"]
    owned = reading.raw[last : last + 1] in (["'s"], ["’s"])  # somebody's house
    if owned or not (verbs or after_of):
        return False
    return not any(_known_word(reading, k) for k in range(i, last))


def _of_people_english(reading: Reading, i: int) -> bool:
    """Residents of Khiam: whoever has residents is a place, also in a country that nothing else speaks of."""
    return i > 1 and reading.words[i - 1] == "of" and reading.words[i - 2] in _DWELLERS


def _changed_hands(reading: Reading, k: int) -> bool:
    """Saraqib fell to the rebels, Hama has fallen, Suran was captured: what changes hands is a place."""
    words = reading.words
    while k < len(reading) and words[k] in ("has", "have", "had", "was", "were", "been", "also"):
        k += 1
    frames = {str(a.entry.get("frame")) for a in (reading.analyses[k] if k < len(reading) else ()) if a.form.tense}
    if "fall" in frames:
        return words[k + 1 : k + 2] in (["to"], ["into"])
    return "seize" in frames and words[k - 1] in ("was", "were", "been")


def _known_word(reading: Reading, k: int) -> bool:
    """A capitalised word that begins something else: a day, a name of the registry, a word of the lexicon."""
    dated = reading.dated(k)
    named = any(m.first <= k < m.last for m in reading.mentions)
    return dated or named or bool(reading.analyses[k])


def _typed_list(reading: Reading, i: int) -> list[tuple[int, int]]:
    """Return the names of "X, Y and Z villages", where the type word behind them says that they are places."""
    names: list[tuple[int, int]] = []
    j = i
    while j < len(reading) and not reading.punct[j]:
        end = capitalised_end(reading, j)
        if end is None:
            return []
        typed_inside = next((k for k in range(j + 1, end) if reading.has(k, "placeType")), None)
        last = typed_inside if typed_inside is not None else end
        names.append((j, last))
        typed = reading.has(last, "placeType") if last < len(reading) else None
        if typed is not None:
            plural = typed.form.number == "p" and typed.entry.get("kind") in SETTLED
            return names if plural and len(names) > 1 else []
        if last + 1 < len(reading) and reading.raw[last] == ",":
            last += 1
        if last < len(reading) and reading.words[last] == "and":
            last += 1
        if last in (names[-1][1], len(reading)) or len(names) > _LIST_MAX:
            return []
        j = last
    return []


def _plural_typed(reading: Reading, j: int, end: int) -> int | None:
    """Return where the name in "X and Y villages" ends that begins at `j`, None without a plural type word behind."""
    for k in range(j + 1, end + 1):
        typed = reading.has(k, "placeType") if k < len(reading) else None
        if typed is not None:
            return k if typed.form.number == "p" else None
    return None


def _own_name(reading: Reading, names: Names, i: int) -> tuple[Entry, ...]:
    """القطاع is what everybody calls the Gaza Strip, unless an adjective follows (القطاع الصحي)."""
    if i + 1 < len(reading) and reading.words[i + 1].startswith("ال"):
        return ()
    named = (e for name in names.get(i, ()) if name.last == i + 1 for e in name.entries)
    return tuple(e for e in named if e.kind in ("region", "governorate"))


def _joined(reading: Reading, j: int) -> bool:
    """استهدفت مدينة وشهدت: the word behind the type word begins with "and", so no name stands there."""
    return reading.words[j] not in TAKES_ONE_MORE and len(reading.words[j]) > 3


def _behind_subject(reading: Reading, i: int) -> bool:
    """قصفت قوات النظام X: a name right behind the doer of a verb."""
    subject = next((m for m in reading.mentions if m.last == i and m.kind == "actor"), None)
    if subject is None:
        return False
    before = range(max(0, subject.first - 2), subject.first)
    return any(a.entry.section == "events" and a.entry.pos == "verb" for k in before for a in reading.analyses[k])


def _described_anew(reading: Reading, i: int, last: int, entries: tuple[Entry, ...]) -> bool:
    """الضفة الجنوبية للنهر: with an adjective of its own the word is no short name of a region."""
    if last != i + 1 or last >= len(reading) or not all(e.kind == "region" for e in entries):
        return False
    return reading.has(i, "stop") is not None and reading.words[last].startswith("ال")


def _newspaper(reading: Reading, i: int, last: int) -> bool:
    """قال لـ"الرياض", عبر «الخليج»: a name alone in quotation marks behind such a word is a newspaper's."""
    if i < 2 or last >= len(reading) or reading.raw[i - 1] not in QUOTES or reading.raw[last] not in QUOTES:
        return False
    return reading.words[i - 2].rstrip("ـ") in _TO_A_PAPER or any(
        a.entry.cls == "sourceHead" for a in reading.analyses[i - 2]
    )


def _of_people(reading: Reading, k: int) -> bool:
    """أهالي X, سكان X: those who live somewhere are named by the place."""
    people = reading.has(k, "people") if k >= 0 else None
    return people is not None and bool(people.entry.get("of_place")) and not people.article and not people.enclitic


def _in_list(place: PlaceMention) -> bool:
    """True where the words announce several places (قرى, مدن) or a bare name has already gone on with the list."""
    if place.list_of is not None and place.rule in ("place.list", "place.list.local"):
        return True
    member: PlaceMention | None = place
    while member is not None:
        if member.count_word:
            return True
        member = member.list_of
    return False


def _alone(reading: Reading, j: int, last: int) -> bool:
    """حيان between two commas of a list: the dual of "quarter" names nothing there, so the word is a name."""
    dual = all(a.entry.cls == "placeType" and a.form.number == "d" for a in reading.analyses[j])
    return dual and (last >= len(reading) or reading.punct[last] or reading.words[last].startswith("و"))


def _openings(reading: Reading, names: Names) -> list[int]:
    """Tokens at which a place may begin: a type word, a name of the gazetteer, in English any capital."""
    typed = reading.tokens_in("placeType")
    if reading.language == "ar":
        return sorted({*typed, *names})
    capitals = (i for i, punct in enumerate(reading.punct) if not punct and is_capitalised(reading, i))
    return sorted({*typed, *capitals})


def _only_near(place: PlaceMention) -> bool:
    """What the text names around a place is the settlement from which it lies in a direction."""
    outer = place.within
    return outer is not None and outer.directional and outer.entry is not None and outer.entry.kind in SETTLED


def _inside_a_name(reading: Reading, i: int) -> bool:
    """The Crescent of Red Crescent, the Idlib of Idlib Health Directorate: a word in a run of capitals is no place."""
    a, b = reading.sentences[reading.sentence_of[i]]

    def names(k: int) -> bool:
        if (
            not a < k < b
            or reading.punct[k]
            or is_bare_possessive(reading, k)
            or not reading.raw[k][:1].isupper()
            or reading.raw[k].isupper()
        ):
            return False
        dated = reading.dated(k)
        known = reading.has(k, "direction") or reading.has(k, "placeType") or nationality_like(reading, k, k + 1)
        return not dated and not known and reading.words[k] not in _EN_PREPOSITIONS

    return (names(i - 1) and not reading.has(i - 1, "partWord")) or (names(i + 1) and names(i + 2))


def _taken_by_names(reading: Reading, mentions: Sequence[Mention]) -> set[int]:
    """Tokens inside names of actors and sources: the Syria of Syrian Democratic Forces is no place of the event."""
    taken: set[int] = set()
    for mention in mentions:
        if mention.entry is not None and (mention.metonym or mention.subkind == "state"):
            continue
        if mention.kind in ("actor", "source") and mention.last - mention.first > 1:
            taken.update(range(mention.first, mention.last))
        elif (
            mention.kind in ("actor", "source")
            and mention.entry is not None
            and mention.subkind not in ("state", "government")
        ):
            taken.add(mention.first)
    return taken


def _placed_english(reading: Reading, i: int) -> bool:
    before = reading.words[i - 1] if i else ""
    return before in _EN_PREPOSITIONS or after_event_verb(reading, i)

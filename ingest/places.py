"""Mentions of places: gazetteer names, and names that a type word announces (قرية كفر حمرة, دوار الباسل, town of X).

Invariant: a bare name counts as a place only where the text treats it as one (a preposition, a type word, a list of
places) or where it is a place that everybody knows; a place no gazetteer has stays a local place under its own words.
Relations are kept apart from places: "north of X" only locates, "countryside of X" is a place of its own.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import cache

from ingest.gazetteer import Entry, Gazetteer
from ingest.linking import Context, Linked, Nil, context_of, link
from ingest.mentions import Mention
from ingest.normal import name_key, normal_word
from ingest.reading import Analysis, Reading
from ontology.model import Span

_MAX_WORDS = 5
_KNOWN_POPULATION = 100_000
_NAME_PREPOSITIONS = frozenset(
    {"في", "علي", "من", "الي", "نحو", "قرب", "داخل", "خارج", "صوب", "باتجاه", "عبر", "وسط", "حول", "ضمن", "قباله"}
)
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
_LIST = frozenset({"،", ",", "/", "-"})
_TAKES_ONE_MORE = frozenset(
    "تل تله كفر دير خان عين ام ابو بيت جسر باب جبل شيخ الشيخ راس برج وادي حمام معره خربه عين ابي مار دار بني حوش سد رسم".split()
)


@dataclass(slots=True)
class PlaceMention:
    """One place as the text names it. Tokens [first, last) include the type word; [name_first, last) is the name.

    `relation` is "at", "from", … in so far as words around say so; `direction` marks "north of", which only locates.
    """

    first: int
    last: int
    name_first: int
    span: Span
    text: str
    rule: str
    pro: str = ""
    type_word: str | None = None
    kind: str | None = None
    extent: str | None = None
    directional: bool = False
    candidates: tuple[Entry, ...] = ()
    within: "PlaceMention | None" = None
    outcome: Linked | Nil = field(default_factory=lambda: Nil(("not looked up",)))
    same_as: "PlaceMention | None" = None
    inner: bool = False  # this mention only says where another one lies
    list_of: "PlaceMention | None" = None
    count_word: bool = False

    @property
    def key(self) -> str:
        """The name under which the same place is recognised again in the article."""
        return name_key(self.text)

    @property
    def entry(self) -> Entry | None:
        """The gazetteer entry it is linked to, if any."""
        return self.outcome.entry if isinstance(self.outcome, Linked) else None


class PlaceFinder:
    """Finds and links the places of a reading."""

    def __init__(self, gazetteer: Gazetteer) -> None:
        self._gazetteer = gazetteer

    def find(self, reading: Reading, mentions: Sequence[Mention]) -> list[PlaceMention]:
        """Return the places of the text in order, linked, with what they lie in."""
        taken = _taken_by_names(reading, mentions)
        names = self._names(reading)
        found: list[PlaceMention] = []
        i, n = 0, len(reading)
        while i < n:
            place = None
            if not reading.punct[i]:
                place = self._typed(reading, i, names, taken)
                if place is not None:
                    _look_left(reading, place)
                else:
                    place = self._bare(reading, i, names, taken, found)
            if place is None:
                i += 1
                continue
            if found and _adjoins(reading, found[-1], place):
                place.list_of = found[-1]
            found.append(place)
            i = place.last
            while True:
                more = self._listed(reading, i, names, found[-1], taken)
                if more is None:
                    break
                found.append(more)
                i = more.last
        context = context_of(
            [p.candidates for p in found if p.candidates and not p.kind == "countryside"],
            countries=_countries(mentions),
        )
        found = [p for p in found if _trusted(p, context)]
        _nest(reading, found)
        for place in found:
            if place.type_word is None and _villages_before(reading, place):
                place.type_word = "محافظة" if reading.language == "ar" else "province"
        for place in sorted(found, key=lambda p: p.within is not None):
            place.outcome = self._link(place, context)
        _same_names([p for p in found if p.rule != "place.definite"])
        return _resolve_definite(reading, found)

    def _names(self, reading: Reading) -> dict[str, tuple[Entry, ...]]:
        keys: list[str] = []
        for i in range(len(reading)):
            for variant in reading.variants[i]:
                key = variant.host.replace("-", " ")
                keys.append(key)
                for j in range(i + 1, min(i + _MAX_WORDS, len(reading))):
                    if reading.punct[j]:
                        break
                    key = f"{key} {reading.words[j].replace('-', ' ')}"
                    keys.append(key)
        return self._gazetteer.find(keys)

    def _longest(
        self, reading: Reading, i: int, names: dict[str, tuple[Entry, ...]], *, proclitics: bool
    ) -> tuple[int, str, str, int, tuple[Entry, ...]] | None:
        """Return (last, name, proclitics, letters cut, entries) of the longest gazetteer name at token `i`."""
        best: tuple[int, str, str, int, tuple[Entry, ...]] | None = None
        for variant in reading.variants[i]:
            if variant.pro and not proclitics:
                break
            if variant.pro and len(variant.host) < 3:
                continue
            key, last = variant.host.replace("-", " "), i + 1
            while True:
                entries = names.get(key)
                if reading.language == "en" and last > i + 1 and not _ends_english(reading, last - 1):
                    entries = None
                if entries and (best is None or last > best[0]):
                    best = (last, key, variant.pro, variant.skip, entries)
                if last >= len(reading) or reading.punct[last] or last - i >= _MAX_WORDS:
                    break
                key = f"{key} {reading.words[last].replace('-', ' ')}"
                last += 1
        return best

    def _typed(
        self, reading: Reading, i: int, names: dict[str, tuple[Entry, ...]], taken: set[int]
    ) -> PlaceMention | None:
        if reading.language == "en":
            return self._typed_english(reading, i, names, taken)
        analysis = reading.has(i, "placeType")
        if analysis is None or analysis.enclitic or i in taken:
            return None
        j = i + 1
        kind = str(analysis.entry.get("kind"))
        if j >= len(reading) or reading.punct[j]:
            return None
        # قرى وبلدات X: a second type word before the names. أحياء مدينة X: quarters of X, so the city is the place.
        second = reading.has(j, "placeType")
        if second is not None and not second.article and second.pro in ("", "و"):
            settled = second.entry.get("kind") in _SETTLED
            if settled and kind in _SETTLED and second.pro:
                analysis, kind, j = second, str(second.entry.get("kind")), j + 1
            elif settled and not second.pro and kind not in ("countryside", "governorate") and not analysis.article:
                return None
        if j >= len(reading) or reading.punct[j] and reading.raw[j] not in ('"', "“", "«", "("):
            return None
        quoted = reading.punct[j]
        if quoted:
            j += 1
            if j >= len(reading) or reading.punct[j]:
                return None
        if kind == "countryside":
            return self._countryside(reading, i, j, analysis, names)
        whole = self._longest(reading, i, names, proclitics=True)
        if whole is not None and whole[0] > i + 1 and analysis.entry.get("feature") and not _everyday(reading, i, whole[0], typed=False):
            return None  # جسر الشغور is a town, not a bridge
        if analysis.article:
            return self._definite(reading, i, analysis)
        if reading.has(j, "partWord") or reading.phrase_of(j, "cause"):
            return None
        hit = self._longest(reading, j, names, proclitics=False)
        named_feature = bool(analysis.entry.get("feature"))
        if hit is not None and not (named_feature and _adjective_only(reading, j)):
            last, key, _, _, entries = hit
            if last == j + 1 and reading.words[j] in _TAKES_ONE_MORE:
                pass  # دير alone is the first word of a longer name that the gazetteer lacks
            elif not _everyday(reading, j, last, typed=True):
                last = _road_end(reading, j, last) if analysis.entry.get("linear") else _with_adjective(reading, last)
                return self._place(
                    reading, i, j, last, analysis, kind, entries if kind != "countryside" else (), f"place.typed.{kind}"
                )
        last_local = _local_name(reading, j, quoted)
        if last_local is None:
            return None
        if analysis.entry.get("linear"):
            last_local = _road_end(reading, j, last_local)
        elif analysis.form.plural and not reading.words[j].startswith("ال") and reading.words[j] not in _TAKES_ONE_MORE:
            # "large quarters" against "villages X and Y": without the article only a list makes it a name.
            following = reading.raw[last_local] if last_local < len(reading) else ""
            if not (following in _LIST or following.startswith("و")):
                return None
        return self._place(reading, i, j, last_local, analysis, kind, (), f"place.local.{kind}")

    def _definite(self, reading: Reading, i: int, analysis: Analysis) -> PlaceMention | None:
        """المدينة, البلدة: a description that means a place named elsewhere in the article."""
        if analysis.entry.get("kind") not in _DESCRIBED or analysis.entry.get("weak"):
            return None
        if analysis.form.number != "s" or analysis.form.plural:
            return None
        span = reading.host_span(i, i + 1, analysis.skip)
        return PlaceMention(i, i + 1, i, span, span.of(reading.text), "place.definite", pro=analysis.pro, kind=str(analysis.entry.get("kind")))

    def _countryside(
        self, reading: Reading, i: int, j: int, analysis: Analysis, names: dict[str, tuple[Entry, ...]]
    ) -> PlaceMention | None:
        """ريف حلب الغربي, ريفي إدلب وحماة, الريف الشمالي لحلب: a place of its own, within the province."""
        k = j
        if analysis.article:
            while k < len(reading) and reading.has(k, "direction"):
                k += 1
            if k >= len(reading) or not any(v.pro.endswith("ل") for v in reading.variants[k]):
                return None
            hit = self._longest(reading, k, names, proclitics=True)
        else:
            if reading.has(k, "placeType"):
                k += 1
            hit = (
                self._longest(reading, k, names, proclitics=False)
                if k < len(reading) and not reading.punct[k]
                else None
            )
        if hit is None:
            return None
        last = _with_adjective(reading, hit[0])
        place = self._place(reading, i, i, last, analysis, "countryside", hit[4], "place.countryside")
        return place

    def _typed_english(
        self, reading: Reading, i: int, names: dict[str, tuple[Entry, ...]], taken: set[int]
    ) -> PlaceMention | None:
        """the town of X, the village of X; X city, X province, X airport are handled with the bare name."""
        analysis = reading.has(i, "placeType")
        if analysis is None:
            return None
        j = i + 1
        if (
            i
            and reading.words[i - 1] in ("the", "this", "that")
            and str(analysis.entry.get("kind")) in _SETTLED
            and analysis.form.number == "s"
            and not (j < len(reading) and (reading.words[j] == "of" or reading.raw[j][:1].isupper() or reading.raw[j] in ("'s", "’s")))
            and not (j < len(reading) and (reading.has(j, "sourceHead") or reading.has(j, "placeType") or reading.has(j, "facility")))
        ):
            span = reading.span(i, j)
            return PlaceMention(
                i, j, i, span, span.of(reading.text), "place.definite", kind=str(analysis.entry.get("kind"))
            )
        if j + 1 < len(reading) and reading.words[j] == "of":
            j += 1
            if reading.words[j] == "the":
                return None
            kind = str(analysis.entry.get("kind"))
            hit = self._longest(reading, j, names, proclitics=False) if not reading.punct[j] else None
            if hit is not None and reading.raw[j][:1].isupper():
                return self._place(reading, i, j, hit[0], analysis, kind, hit[4], f"place.typed.{kind}")
            last = _capitalised(reading, j)
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
        skip = analysis.skip if analysis is not None and name_first != i else 0
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
            span.of(reading.text),
            rule,
            pro=analysis.pro if analysis is not None else "",
            type_word=analysis.entry.lemma if analysis is not None else None,
            kind=kind,
            candidates=entries,
            count_word=bool(
                analysis is not None
                and analysis.form.number in ("p", "d")
                or analysis is not None
                and analysis.form.number == "s"
                and analysis.form.gender == "f"
                and analysis.form.word in ("قري", "بلدات", "مدن", "احياء", "مناطق", "محافظات")
            ),
        )

    def _bare(
        self, reading: Reading, i: int, names: dict[str, tuple[Entry, ...]], taken: set[int], found: list[PlaceMention]
    ) -> PlaceMention | None:
        hit = self._longest(reading, i, names, proclitics=True)
        if reading.language == "en":
            return self._bare_english(reading, i, hit, taken)
        if hit is None:
            return None
        last, key, pro, skip, entries = hit
        if any(k in taken for k in range(i, last)):
            return None
        known = any(
            e.population >= _KNOWN_POPULATION or e.kind in ("country", "governorate", "region") or e.capital
            for e in entries
        )
        before = reading.words[i - 1] if i else ""
        located = (
            pro.endswith(("ب", "ل"))
            or before.lstrip("وف") in _NAME_PREPOSITIONS
            or before in _NAME_PREPOSITIONS
            or bool(reading.has(i - 1, "direction") or reading.has(i - 1, "partWord") or reading.has(i - 1, "nearWord"))
        )
        if _everyday(reading, i, last, typed=False) or (nationality_like(reading, i, last) and not pro):
            return None
        if not (known or (located and not pro.startswith("ك")) or last - i > 1):
            # An object right after a verb of control is checked by its country later.
            if not _after_event_verb(reading, i):
                return None
        if pro.endswith("ك"):
            return None
        place = PlaceMention(
            i, last, i, reading.host_span(i, last, skip), "", "place.name", pro=pro, candidates=entries
        )
        place.text = place.span.of(reading.text)
        _look_left(reading, place)
        place.last = (
            _with_adjective(reading, last)
            if any(e.kind in ("governorate", "region", "country") for e in entries[:1]) and False
            else last
        )
        return place

    def _bare_english(
        self, reading: Reading, i: int, hit: tuple[int, str, str, int, tuple[Entry, ...]] | None, taken: set[int]
    ) -> PlaceMention | None:
        if not reading.raw[i][:1].isupper() and not reading.words[i].startswith(("al-", "el-")):
            return None
        if i in taken:
            return None
        last = hit[0] if hit is not None else None
        entries = hit[4] if hit is not None else ()
        capital = _capitalised(reading, i)
        if last is None or (capital is not None and capital > last and reading.has(capital, "placeType") is not None):
            # X airport, Y camp: a type word after capitalised words.
            if capital is None:
                return None
            if last is None and reading.words[i] in _EN_TOPONYMS and capital - i >= 2 and _placed_english(reading, i):
                span = reading.span(i, min(capital, i + 3))
                return PlaceMention(i, min(capital, i + 3), i, span, span.of(reading.text), "place.local.name")
            after = reading.has(capital, "placeType") or (
                reading.has(capital - 1, "placeType") if capital - 1 > i else None
            )
            if after is None or _ordinary_english(reading, i, capital):
                return None
            if reading.has(capital, "placeType") is not None and after.form.number == "p":
                return None  # Assyrian villages: of many, not a name
            end = capital + 1 if reading.has(capital, "placeType") is not None else capital
            kind = str(after.entry.get("kind"))
            feature = bool(after.entry.get("feature"))
            span = reading.span(
                i, end if feature or kind in ("countryside", "governorate", "region", "camp") else max(i + 1, end - 1)
            )
            return PlaceMention(
                i, end, i, span, span.of(reading.text), f"place.local.{kind}", kind=kind, type_word=after.entry.lemma
            )
        if _everyday(reading, i, last, typed=False) or nationality_like(reading, i, last):
            return None
        known = any(
            e.population >= _KNOWN_POPULATION or e.kind in ("country", "governorate", "region") or e.capital
            for e in entries
        )
        before = reading.words[i - 1] if i else ""
        located = (
            before in _EN_PREPOSITIONS
            or bool(reading.has(i - 1, "direction") or reading.has(i - 1, "placeType"))
            or _after_event_verb(reading, i)
        )
        if before == "the" and i > 1:
            located = False
        type_after = reading.has(last, "placeType") if last < len(reading) else None
        if not (known or located or type_after or (last - i > 1 and "-" not in reading.raw[i])):
            return None
        place = PlaceMention(i, last, i, reading.span(i, last), "", "place.name", candidates=entries)
        if type_after is not None and not type_after.entry.get("after_only_lower", False):
            kind = str(type_after.entry.get("kind"))
            place.kind, place.type_word, place.last = kind, type_after.entry.lemma, last + 1
            if type_after.entry.get("feature") or kind in ("countryside", "governorate", "region", "camp"):
                place.span = reading.span(i, last + 1)
        place.text = place.span.of(reading.text)
        _look_left(reading, place)
        return place

    def _listed(
        self, reading: Reading, i: int, names: dict[str, tuple[Entry, ...]], before: PlaceMention, taken: set[int]
    ) -> PlaceMention | None:
        """The next name of a list of places: X، Y وZ."""
        n = len(reading)
        comma = i < n and reading.raw[i] in _LIST
        j = i + 1 if comma else i
        if j >= n or reading.punct[j] or j in taken:
            return None
        if reading.language == "en":
            if not comma and reading.words[j] != "and":
                return None
            if reading.words[j] == "and":
                j += 1
            if j >= n or reading.punct[j] or not reading.raw[j][:1].isupper() or j in taken:
                return None
            hit = self._longest(reading, j, names, proclitics=False)
            if hit is None or nationality_like(reading, j, hit[0]):
                return None
            place = PlaceMention(
                j, hit[0], j, reading.span(j, hit[0]), "", "place.list", kind=None, candidates=hit[4], list_of=before
            )
            place.text = place.span.of(reading.text)
            return place
        joined = reading.words[j].startswith("و") and len(reading.words[j]) > 2
        if not comma and not joined:
            return None
        if self._typed(reading, j, names, taken) is not None or _function_word(reading, j):
            return None
        if reading.has(j, "placeType") and j + 1 < n and not reading.punct[j + 1]:
            return None
        hit = None
        best_pro = "و" if joined else ""
        for variant in reading.variants[j]:
            if variant.pro == best_pro or (comma and variant.pro == ""):
                key, last = variant.host, j + 1
                while True:
                    if names.get(key) and (hit is None or last > hit[0]):
                        hit = (last, variant.skip, names[key])
                    if last >= n or reading.punct[last] or last - j >= _MAX_WORDS:
                        break
                    key = f"{key} {reading.words[last]}"
                    last += 1
        if before.kind == "countryside" and hit is not None:
            place = PlaceMention(
                j,
                hit[0],
                j,
                reading.host_span(j, hit[0], hit[1]),
                "",
                "place.list",
                kind="countryside",
                type_word=before.type_word,
                candidates=hit[2],
                list_of=before,
            )
            place.text = place.span.of(reading.text)
            return place
        in_list = before.count_word or (
            before.list_of is not None and before.rule in ("place.list", "place.list.local")
        )
        if hit is not None and not _everyday(reading, j, hit[0], typed=in_list):
            last, skip, entries = hit
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
            place.text = place.span.of(reading.text)
            return place
        if reading.analyses[j] and not in_list or before.kind in ("road", "country", "region") or before.rule == "place.definite":
            return None
        if not (in_list or joined):
            return None
        skip = 1 if joined else 0
        host = reading.words[j][skip:]
        if not (in_list or host.startswith("ال")) or reading.analyses[j] or _function_word(reading, j):
            return None
        last_local = _local_name(reading, j, False)
        if last_local is None:
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
        place.text = place.span.of(reading.text)
        return place

    def _link(self, place: PlaceMention, context: Context) -> Linked | Nil:
        within = place.within.entry if place.within is not None else None
        if within is not None and within.kind in ("road", "crossing"):
            within = None
        candidates = place.candidates
        outcome = link(candidates, type_word=place.type_word, within=within, context=context)
        if (
            isinstance(outcome, Nil)
            and within is not None
            and candidates
            and outcome.kind != "countryside"
            and place.type_word is None
        ):
            return outcome
        return outcome


def _adjoins(reading: Reading, before: PlaceMention, place: PlaceMention) -> bool:
    """X، ومعبر Y: a place with its own type word goes on with the list that stands right before it."""
    gap = range(before.last, place.first)
    if len(gap) > 1 or (gap and reading.raw[before.last] not in _LIST) or before.directional:
        return False
    return place.pro == "و" or (bool(gap) and place.pro == "" and before.list_of is not None)


def _villages_before(reading: Reading, place: PlaceMention) -> bool:
    """ست قرى جديدة في إدلب: unnamed villages lie in the province, not in the city of that name."""
    if not any(e.kind == "governorate" for e in place.candidates) or not (place.pro.endswith("ب") or reading.words[place.first - 1] in ("في", "in", "of")):
        return False
    for k in range(place.first - 1, max(-1, place.first - 6), -1):
        analysis = reading.has(k, "placeType")
        if analysis is not None:
            return analysis.form.plural and analysis.entry.get("kind") in ("village", "town")
        if reading.punct[k]:
            return False
    return False


def _countries(mentions: Sequence[Mention]) -> dict[str, int]:
    """Countries that the actors of the article speak for; their ids in the registry are English names."""
    return {}


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


def nationality_like(reading: Reading, i: int, last: int) -> bool:
    """True where the words are an adjective of a nation (Syrian), which also names places somewhere in the world."""
    if last - i != 1 or reading.words[i] not in reading.lexicon.adjectives:
        return False
    registered = reading.lexicon.names.get(reading.words[i])
    return registered is None or registered.entry.get("kind") != "state"


def _ordinary_english(reading: Reading, i: int, last: int) -> bool:
    """A capital that only opens a sentence, or an adjective of people, names no place."""
    if last - i == 1:
        return bool(reading.analyses[i]) or nationality_like(reading, i, last)
    return any(a.entry.cls in ("facility", "people", "actorHead", "stop", "casualty") for a in reading.analyses[i])


# First words of Arabic and Turkish place names in Latin letters, none of which begins the name of a person.
_EN_TOPONYMS = frozenset(
    "tel tal tell kafr kafar kfar deir dayr ain ayn beit bayt bait khirbet khirbat wadi jabal jebel ras marj qalat maarat maarrat jisr".split()
)


def _ends_english(reading: Reading, k: int) -> bool:
    """A name does not end in an article: "Turkey at" has the key of at-Turkey; nor in a small word."""
    return reading.words[k] not in ("an", "at", "as", "al", "el", "the", "ash", "az") and (
        reading.raw[k][:1].isupper() or reading.raw[k][:1].isdigit() or "-" in reading.raw[k]
    )


def _placed_english(reading: Reading, i: int) -> bool:
    before = reading.words[i - 1] if i else ""
    return before in _EN_PREPOSITIONS or _after_event_verb(reading, i)


def _everyday(reading: Reading, i: int, last: int, *, typed: bool) -> bool:
    """A one-word name that the lexicon knows as an ordinary word, or that dates and numbers use."""
    if last - i > 1:
        return all(any(a.entry.section == "words" for a in reading.analyses[k]) for k in range(i, last))
    if reading.raw[i].strip().isdigit():
        return True
    if any(v.host in _stop_words(reading.language) for v in reading.variants[i]):
        return True
    if typed:
        return bool(_function_word(reading, i))
    if any(
        a.entry.section in ("words", "events", "reporting", "cues") and a.pro in ("", "و") for a in reading.analyses[i]
    ):
        return True
    return i in _covered_by_dates(reading)


def _covered_by_dates(reading: Reading) -> set[int]:
    return {k for d in reading.dates for k in range(d.first, d.last)}


@cache
def _stop_words(language: str) -> frozenset[str]:
    """spaCy's function words of the language, in normal form."""
    from importlib import import_module

    words = import_module(f"spacy.lang.{language}.stop_words").STOP_WORDS
    return frozenset(normal_word(word) for word in words)


def _function_word(reading: Reading, j: int) -> bool:
    if reading.words[j] in _stop_words(reading.language):
        return True
    if any(a.entry.cls == "stop" and (not a.article or a.entry.pos == "word") for a in reading.analyses[j]):
        return True
    return any(
        a.entry.cls
        in (
            "prep",
            "relative",
            "clause",
            "complementiser",
            "cause",
            "result",
            "lightVerb",
            "hitVerb",
            "reporting",
            "direction",
            "partWord",
            "harm",
            "casualty",
            "events",
            "cues",
            "people",
            "actorHead",
            "actorAdjective",
            "sourceHead",
            "conflict",
            "stop",
        )
        for a in reading.analyses[j]
    )


def _is_name_start(reading: Reading, j: int, names: dict[str, tuple[Entry, ...]]) -> bool:
    """True where a type word is itself the first word of a known name (تل رفعت, خان شيخون)."""
    if j + 1 >= len(reading) or reading.punct[j + 1]:
        return False
    return f"{reading.words[j]} {reading.words[j + 1]}" in names


def _adjective_only(reading: Reading, j: int) -> bool:
    from ingest.mentions import nation_adjective

    return nation_adjective(reading, j) is not None or reading.has(j, "actorAdjective") is not None


def _after_event_verb(reading: Reading, i: int) -> bool:
    return any(a.entry.section == "events" for a in (reading.analyses[i - 1] if i else ()))


def _with_adjective(reading: Reading, last: int) -> int:
    """ريف حلب الغربي, ريف إدلب الجنوبي الشرقي: adjectives of direction belong to the name."""
    while last < len(reading) and (a := reading.has(last, "direction")) is not None and a.article:
        last += 1
    return last


_ORDINAL_ADJECTIVES = frozenset(
    "الكبري الصغري الكبير الصغير الشرقيه الغربيه الشماليه الجنوبيه الشرقي الغربي الشمالي الجنوبي الدولي الجديده القديمه الفوقاني التحتاني العسكري العسكريه المركزي الجامعي الوطني".split()
)


def _local_name(reading: Reading, j: int, quoted: bool) -> int | None:
    """Return where the name that begins at `j` ends, None where no name begins there."""
    n = len(reading)
    if _function_word(reading, j) and not reading.words[j].startswith("ال"):
        return None
    if reading.words[j].startswith("ال") and _function_word(reading, j):
        return None
    from ingest.mentions import nation_adjective

    if nation_adjective(reading, j) is not None or reading.words[j].isdigit():
        return None
    if reading.words[j] in _ORDINAL_ADJECTIVES or (reading.has(j, "direction") is not None) or reading.has(j, "stop"):
        return None
    last = j + 1
    if quoted:
        while last < n and not reading.punct[last] and last - j < 4:
            last += 1
        return last

    def free(k: int) -> bool:
        return (
            k < n
            and not reading.punct[k]
            and not _function_word(reading, k)
            and not any(d.first <= k < d.last for d in reading.dates)
        )

    first = reading.words[j]
    if first in _TAKES_ONE_MORE and free(last):
        last += 1
        if reading.words[last - 1] in _TAKES_ONE_MORE and free(last):
            last += 1
    elif (
        free(last)
        and not first.startswith("ال")
        and reading.words[last].startswith("ال")
        and nation_adjective(reading, last) is None
        and not reading.analyses[last]
    ):
        last += 1
    while last < n and not reading.punct[last] and reading.words[last] in _ORDINAL_ADJECTIVES:
        last += 1
    return last


_AFTER_ROAD = frozenset({"الرئيسي", "الدولي", "القديم", "السريع", "الواصل", "الرابط", "بعد", "قبل", "الان", "امس", "اليوم"})


def _road_end(reading: Reading, j: int, last: int) -> int:
    """طريق خناصر أثريا, طريق حلب - دمشق: a road is named by its ends."""
    n = len(reading)
    k = last
    if k < n and reading.raw[k] in ("-", "–", "—", "/") and k + 1 < n and not reading.punct[k + 1]:
        return k + 2
    if k < n and not reading.punct[k] and not reading.analyses[k] and reading.variants[k][0].host not in _AFTER_ROAD and not _function_word(reading, k) and last - j == 1:
        return k + 1
    return last


def _capitalised(reading: Reading, i: int) -> int | None:
    """Return where the run of capitalised words at `i` ends, None where there is none."""
    n, last = len(reading), i
    while (
        last < n
        and not reading.punct[last]
        and (reading.raw[last][:1].isupper() or reading.words[last].startswith(("al-", "el-")))
        and last - i < 4
    ):
        last += 1
    return (
        last
        if last > i and reading.words[i] not in ("the", "a", "an", "it", "he", "she", "they", "on", "in", "at")
        else None
    )


def _look_left(reading: Reading, place: PlaceMention) -> None:
    """Read what stands before the name: extent (most of, outskirts of) and directions."""
    k = place.first - 1
    english = reading.language == "en"
    steps = 0
    while k >= 0 and steps < 5 and not reading.punct[k]:
        part = reading.has(k, "partWord")
        direction = reading.has(k, "direction")
        if part is not None and not part.article:
            place.extent = str(part.entry.get("extent"))  # the outermost says most: معظم أجزاء المدينة
        elif direction is not None and english and (reading.words[k].endswith("ern") or reading.words[k + 1] != "of"):
            place.extent = place.extent or "part"  # western Aleppo is a part of it, west of Aleppo is not
        elif direction is not None and not direction.article:
            if english or k == place.first - 1 or place.directional:
                place.directional = True
        elif (
            reading.has(k, "placeType") is not None
            and reading.has(k, "placeType").form.number != "s"
            or (english and reading.words[k] in ("of", "the", "parts"))
        ):  # type: ignore[union-attr]
            pass
        else:
            break
        k -= 1
        steps += 1


def _trusted(place: PlaceMention, context: Context) -> bool:
    """A bare small name with no type word must lie in a country that the article speaks of."""
    if place.type_word is not None or place.rule.startswith("place.list") or place.rule != "place.name":
        return True
    big = any(
        e.population >= _KNOWN_POPULATION or e.kind in ("country", "governorate", "region") or e.capital
        for e in place.candidates
    )
    return big or any(context.share(e.country) > 0 for e in place.candidates)


def _nest(reading: Reading, found: list[PlaceMention]) -> None:
    """Mark places that only say where the place before them lies: دوار الباسل بحلب, X in Idlib province."""
    for a, b in zip(found, found[1:], strict=False):
        gap = range(a.last, b.first)
        if len(gap) > 3 or reading.sentence_of[a.first] != reading.sentence_of[b.first]:
            continue
        words = [reading.words[k] for k in gap]
        if b.list_of is not None and not gap and b.list_of is a:
            continue
        if reading.language == "ar":
            direct = not gap and b.pro in ("ب", "في")
            spoken = bool(words) and (
                words[-1] in ("في", "ضمن")
                and len(words) == 1
                or all(
                    reading.has(k, "direction") or reading.has(k, "nearWord") or reading.has(k, "partWord") for k in gap
                )
                or (
                    reading.words[b.first - 1] == "في"
                    and len(words) <= 2
                    and all(reading.has(k, "direction") or reading.words[k] == "في" for k in gap)
                )
            )
            countryside = b.kind == "countryside" and b.pro == "ب" and not gap
        else:
            direct = False
            spoken = bool(words) and (
                words in (["in"], ["of"], [","])
                or (
                    any(w in ("of", "in", ",") for w in words)
                    and all(
                        w in ("in", "of", "the", "near", "outside", ",") or reading.has(k, "direction") or reading.has(k, "partWord")
                        for w, k in zip(words, gap, strict=True)
                    )
                )
            )
            countryside = False
            if (
                words == [","]
                and not any(e.kind in ("governorate", "country", "region") for e in b.candidates[:3])
                and b.kind not in ("governorate", "countryside")
            ):
                spoken = False
        if not (direct or spoken or countryside):
            continue
        if _bigger(b, a):
            head = a
            while head is not None:
                head.within = head.within or b
                head = head.list_of  # type: ignore[assignment]
            b.inner = True


def _bigger(outer: PlaceMention, inner: PlaceMention) -> bool:
    """A city cannot lie in a village, nor a country in anything."""
    if any(e.kind == "country" for e in inner.candidates[:1]) and inner.type_word is None:
        return False
    if inner.key == outer.key:
        return False
    if outer.kind in ("village", "roundabout", "road", "neighbourhood", "building", "hospital"):
        return inner.kind in ("roundabout", "road", "building", "hospital", "crossing", "neighbourhood")
    return True


_DESCRIBED = frozenset({"city", "town", "village", "governorate", "camp", "neighbourhood", "airport", "base", "region"})
_SETTLED = frozenset({"city", "town", "village"})


def _described(reading: Reading, place: PlaceMention, fitting: list[PlaceMention]) -> PlaceMention | None:
    """The place a description means: in its sentence, before or announced after; before it in the body; the main one."""
    sentence = reading.sentence_of[place.first]
    here = [p for p in fitting if reading.sentence_of[p.first] == sentence]
    before_here = [p for p in here if p.first < place.first]
    if before_here:
        return before_here[-1]
    announced = [p for p in here if p.first > place.first and p.kind == place.kind]
    if announced:
        return announced[0]
    body = [p for p in fitting if p.first < place.first and reading.zones[p.first] == "body"]
    if body:
        close = [p for p in body if sentence - reading.sentence_of[p.first] <= 2]
        typed = [p for p in close if p.kind == place.kind]
        return typed[-1] if typed else body[-1]
    if not fitting:
        return None
    counts: dict[str, int] = {}
    for p in fitting:
        name = p.entry.id if p.entry is not None else p.key
        counts[name] = counts.get(name, 0) + 1
    return max(fitting, key=lambda p: (counts[p.entry.id if p.entry is not None else p.key], -p.first))


def _resolve_definite(reading: Reading, found: list[PlaceMention]) -> list[PlaceMention]:
    """Tie descriptions to the nearest earlier place of their kind, else to the next; drop those that mean none."""

    def fits(description: PlaceMention, place: PlaceMention) -> bool:
        if place.rule == "place.definite" or place.directional:
            return False
        kinds = {place.kind, place.entry.kind if place.entry is not None else None} - {None}
        if description.kind in _SETTLED:
            return bool(kinds & _SETTLED) and "governorate" not in kinds and place.kind not in ("countryside", "road")
        return description.kind in kinds

    kept: list[PlaceMention] = []
    for number, place in enumerate(found):
        if place.rule == "place.definite":
            target = _described(reading, place, [p for p in found if fits(place, p)])
            if target is None:
                continue
            place.same_as = target.same_as or target
            place.outcome, place.candidates = place.same_as.outcome, place.same_as.candidates
            place.within = place.same_as.within
            place.kind = place.same_as.kind
            place.inner = False
        kept.append(place)
    return kept


def _same_names(found: list[PlaceMention]) -> None:
    """The same local name again in the article is the same place: the mention that says where it lies counts."""
    best: dict[str, PlaceMention] = {}
    for place in found:
        held = best.get(place.key)
        if (
            held is None
            or (held.within is None and place.within is not None)
            or (held.entry is None and place.entry is not None)
        ):
            best[place.key] = place
    for place in found:
        chosen = best[place.key]
        if chosen is place:
            continue
        compatible = place.kind in (None, chosen.kind) or chosen.kind is None
        if place.entry is None and compatible:
            place.same_as = chosen
            place.outcome = chosen.outcome if isinstance(chosen.outcome, Linked) else replace(chosen.outcome)

"""Locations: where a trigger says that its happening took place, by the leads of its frame.

Invariant: a place fills a slot by a preposition, as an object, or by standing alone in the same stretch; the ends of
a road, what lies "north of" and the speaker's own capital fill none.
"""

from bisect import bisect_right
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from ingest.frames import FrameReader, is_adjectival
from ingest.mentions import ACTOR
from ingest.placecontext import distance_km
from ingest.placemention import PlaceMention
from ingest.reading import Reading
from ingest.triggers import TriggerHit, among
from ontology.model import Span
from ontology.normal import normal_word

_CLOSABLE = frozenset({"road", "crossing", "airport", "building", "base", "dam"})

_MEANS_REACH = 5  # words from a noun of means back to its verb
_UNITS = frozenset({"hour", "hours", "day", "days", "week", "weeks", "month", "months", "year", "years"})
_TOWARDS = frozenset({"الي", "نحو", "باتجاه", "صوب", "ناحيه"})

# Prepositions behind which a place is headed for, talked about or bordered on.
_ELSEWHERE = frozenset({"الي", "نحو", "عن", "ل", "مع", "بين", "to", "towards", "toward", "for", "with"})

_DRIVING = frozenset({"forced", "forces", "forcing", "drove", "driven", "driving", "caused", "causing", "prompted"})
_SPOKEN_AGAINST = frozenset({"threat", "threats", "warning", "warnings", "message", "response", "blow", "support"})

_JOINED = 3  # words from a noun to the one that "and" joins to it
_UNDERGONE = 30  # words from a verb of undergoing to what is undergone
_THE_AREA = frozenset({"المنطقه", "بالمنطقه", "فيها", "فيه"})
_AREA_REACH = 9  # words from a trigger to "the area", "in it"
_THERE = frozenset({"هناك", "هنالك"})
_THERE_REACH = 9  # words from a trigger to "there"

_BETWEEN = frozenset({"بين", "between"})
_OBJECTS = frozenset({"them", "him", "her", "it", "us"})
_BETWEEN_KM = 60.0  # from one town to another that are close enough for "between" to say where
_AT = frozenset({"في", "قرب", "in", "at", "near"})


class PlaceFiller(NamedTuple):
    """One place of a trigger with its role."""

    role: str
    place: PlaceMention
    rule: str


class Locations(FrameReader):
    """Finds the places of triggers."""

    def places(self, trigger: TriggerHit) -> list[PlaceFiller]:
        """Return the places of the trigger with their roles."""
        if self.arabic and (other := self._joined_means(trigger)) is not None:
            return self.places(other)  # بالغارات الجوية والقصف المدفعي: what both hit stands behind the second
        spec: Mapping[str, Sequence[str]] = self.frame(trigger).get("places", {})
        name = str(trigger.entry.get("frame"))
        undergone = self._undergone(trigger) if "place" in spec else []
        left, right = self.stretch(trigger)
        right = self._extended_right(trigger, right)
        by_prep: dict[str, str] = {}
        window_role: str | None = None
        for role, leads in spec.items():
            for lead in leads:
                if lead == "window":
                    window_role = role
                else:
                    by_prep[normal_word(lead)] = role
        found: list[PlaceFiller] = []
        inherited: dict[int, PlaceFiller] = {}
        loose: list[PlaceMention] = []
        for place in self.around.places_of(self.reading.sentence_of[trigger.i]):
            if not left <= place.first < right or place.first == trigger.i:
                continue
            if place.inner and not self._only_container(place):
                continue
            if not self.arabic and (self._dateline(place) or self._possessor(place)):
                continue
            if place.list_of is not None and id(place.list_of) in inherited:
                filler = PlaceFiller(
                    inherited[id(place.list_of)].role, place, inherited[id(place.list_of)].rule + ".list"
                )
                found.append(filler)
                inherited[id(place)] = filler
                continue
            if self._actor_here(place) or self.topic(place) or (name in _STRIKES and self.comes_from(place)):
                continue
            # Residents of X are told to leave it: their place stands before the verb.
            after = place.first > trigger.i or bool(trigger.entry.get("ordered"))
            if after and self._timing_clause(trigger.i, place.first):
                continue
            if not self.arabic and (
                self._unnamed_near(trigger, place) or (after and self._told_beyond(trigger.i, place.first))
            ):
                continue
            if not self.arabic and (self._measure(place) or any(self._locates(f.place, place) for f in found)):
                continue
            prep = self.preposition(place.first, place.pro)
            role2: str | None = None
            rule = f"{name}.place"
            if after:
                settled = place.kind in _SETTLED or (name in _STRIKES and not is_area(place))
                if prep in _BETWEEN and place.near and settled and "place" in spec and self._neighbours(place):
                    role2, rule = "place", f"{name}.place.prep"  # بين بلدتي X وY: near both
                elif prep and prep in by_prep:
                    role2, rule = by_prep[prep], f"{name}.{by_prep[prep]}.prep"
                elif self.arabic and found and self._added(found[-1].place, place):
                    role2, rule = found[-1].role, found[-1].rule  # بلدة X وأطراف مدينة Y
                elif self.arabic and place.list_of is not None and place.list_of.first > trigger.i:
                    pass  # بين محافظتي X وY: it goes on with a place that is none of the trigger's
                elif not prep and (self._coordinated(place) or not any(f.rule.endswith(_BARE) for f in found)):
                    bare = self._bare_role(trigger, place, by_prep, found[-1].place if found else None)
                    if bare is not None:
                        role2, rule = bare
            if role2 in (None, "place") and "movedTo" in spec and self._beyond(trigger.i, place.first):
                continue
            if role2 is None and window_role is not None:
                loose.append(place)
                continue
            if role2 is not None:
                if place.kind == "road" and "route" in spec:
                    role2 = "route"
                filler = PlaceFiller(role2, place, rule)
                found.append(filler)
                inherited[id(place)] = filler
        if undergone:
            result = next((k for k in range(trigger.i, right) if self._results(k)), right)
            found = [f for f in found if f.place.first < result and f.place not in undergone]
            found = [*(PlaceFiller("place", p, f"{name}.place.undergoer") for p in undergone), *found]
        if self.arabic:
            found = _without_states(found)
        main = [f for f in found if not f.place.directional] or found
        if self.arabic and main is not found and (beside := self._finer_beside(name, found)):
            return beside
        if not main and not self.arabic and name == "clash":
            main = self._where_it_drives_from(trigger)
        if not main and self.arabic:
            resumed = self._resumptive(trigger)
            if resumed is not None:
                return [PlaceFiller("place", resumed, f"{name}.place.resumptive")]
        if not any(f.role in ("place", "movedFrom", "route") for f in main) and window_role is not None:
            window = self._window(trigger, loose)
            main.extend(PlaceFiller(window_role, p, f"{name}.{window_role}.window") for p in window)
        if name == "close":
            # The ends of a closed road are not where it is closed.
            main = [f for f in main if f.place.kind in _CLOSABLE or self.preposition(f.place.first, f.place.pro) in _AT]
        if not self.arabic:
            main = [self._around_facility(f) for f in main]
        main = self._without_areas(main) if self.arabic else self._without_countries(trigger, main)
        return [f for f in main if not (f.place.directional and not self._big(f.place))]

    def _finer_beside(self, name: str, found: Sequence[PlaceFiller]) -> list[PlaceFiller]:
        """شرق مخيم X وسط القطاع: what lies in the direction is the place, the area behind it holds both."""
        first = found[0].place
        areas = [f.place for f in found if not f.place.directional]
        if name not in _STRIKES or first.beside is None or is_area(first) or not all(is_area(p) for p in areas):
            return []
        if any(p.list_of is not None or p.first < first.first for p in areas):
            return []
        side = next((k for k in range(first.first - 1, -1, -1) if not self._of_side(k)), -1) + 1
        if side >= first.first:
            return []
        return [PlaceFiller("place", _side_of(self.reading, first, side), f"{name}.place.beside")]

    def beside(self, trigger: TriggerHit) -> list[PlaceFiller]:
        """قصف شرق X: where nothing else is named, what lies in that direction is the place, and X only locates it."""
        name = str(trigger.entry.get("frame"))
        if name not in _STRIKES:
            return []
        left, right = self.stretch(trigger)
        for place in self.around.places_of(self.reading.sentence_of[trigger.i]):
            begin = max(left, trigger.i)
            if self.arabic and left <= place.first < trigger.i:
                # تستهدف شرقي X بالقذائف: with what it was hit stands behind what was hit
                begin = next((k for k in range(place.first - 1, left - 1, -1) if self._hit_at(k)), begin)
            if place.beside is None or not begin < place.first < right or self._lead(place) in _ELSEWHERE - {"to"}:
                continue
            side = next((k for k in range(place.first - 1, begin, -1) if not self._of_side(k)), begin) + 1
            if side < place.first:
                return [PlaceFiller("place", _side_of(self.reading, place, side), f"{name}.place.beside")]
        return []

    def _hit_at(self, k: int) -> bool:
        """A finite verb of hitting."""
        hit = self.reading.has(k, "hitVerb")
        return hit is not None and hit.entry.pos == "verb"

    def _of_side(self, k: int) -> bool:
        """A word of the phrase that gives a direction: to the north east of, a type word of the place."""
        small = self.reading.words[k] in ("of", "the")
        return small or any(self.reading.has(k, cls) is not None for cls in ("direction", "placeType"))

    def _extended_right(self, trigger: TriggerHit, right: int) -> int:
        """The stretch for places ends where a new clause begins after the first place."""
        reading = self.reading
        here = self.around.places_of(reading.sentence_of[trigger.i])
        first = next((p for p in here if p.first > trigger.i and not p.inner), None)
        if first is None:
            return right
        if self.frame(trigger).get("places", {}).get("movedTo"):
            return right  # where people or forces are heading is told in clauses of its own
        for j in range(first.last, right):
            if not self.arabic and reading.words[j] in ("which", "who", "where"):
                return j
            if (
                reading.raw[j] in ("،", ",", ";", "؛", '"', "”", "-", "–")
                and j + 1 < right
                and self._opens_clause(j + 1)
                and not self._goes_on_hitting(first, j + 1)
            ):
                return j
            if reading.has(j, "complementiser") is not None or reading.has(j, "reportVerb") is not None:
                return j
            if self.arabic and reading.phrase_of(j, "occasion") is not None:
                return j  # ردا على مجزرة X: what it answers happened elsewhere
        return right

    def _goes_on_hitting(self, first: PlaceMention, j: int) -> bool:
        """قصف مصدره مناطق بريف X، استهدف قرية Y: behind where it came from the verb tells what the shelling hit."""
        reading = self.reading
        hit = reading.has(j, "hitVerb") if self.arabic and j not in self.trigger_at else None
        return hit is not None and hit.form.tense == "perfect" and not hit.pro and is_area(first)

    def _opens_clause(self, j: int) -> bool:
        reading = self.reading
        if reading.words[j] == "وذلك" and any(
            reading.has(k, "nearWord") is not None or reading.words[k] in ("في", "داخل") for k in range(j + 1, j + 2)
        ):
            return False  # استهدفت تاجرا، وذلك قرب قرية X: the sentence goes on to where
        struck = reading.has(j, "hitVerb")
        if not self.arabic and struck is not None and struck.form.tense == "gerund":
            return False  # air strikes, targeting several areas: what they hit
        if (
            reading.has(j, "clause") is not None
            or reading.has(j, "complementiser") is not None
            or reading.phrase_of(j, "attribution") is not None
        ):
            return True
        if reading.words[j] in (
            "اي",
            "مع",
            "وسط",
            "مشيرا",
            "مضيفا",
            "مضيفه",
            "مؤكدا",
            "وذلك",
            "which",
            "where",
            "while",
            "as",
            "with",
            "and",
            "after",
            "but",
        ):
            return reading.language == "ar" or reading.words[j] != "and"
        return any(
            a.entry.pos == "verb"
            and (a.entry.section in ("events", "reporting") or a.entry.cls in ("result", "lightVerb", "harm"))
            for a in reading.analyses[j]
        )

    def _joined_means(self, trigger: TriggerHit) -> TriggerHit | None:
        """The noun that "and" joins to this one right behind it, when both are said with what something was hit."""
        after = bisect_right(self._event_tokens, trigger.i)
        later = self.trigger_at[self._event_tokens[after]] if after < len(self._event_tokens) else None
        if later is None or later.i - trigger.i > _JOINED or trigger.verbal or later.verbal:
            return None
        if later.entry.get("frame") != trigger.entry.get("frame") or not later.analysis.pro.startswith("و"):
            return None
        between = range(trigger.i + 1, later.i)
        plain = not any(self.reading.punct[k] or k in self.around.place_cover for k in between)
        return later if plain and later.type != trigger.type else None

    def _undergone(self, trigger: TriggerHit) -> list[PlaceMention]:
        """تعرضت قرى X وY لقصف, شهدت بلدة X غارات: the subject of such a verb is where it happened."""
        reading, i = self.reading, trigger.i
        if not self.arabic or trigger.verbal:
            return []
        a, _ = reading.sentences[reading.sentence_of[i]]
        verb = next((k for k in range(i - 1, a - 1, -1) if reading.has(k, "undergo") is not None), None)
        if verb is None or i - verb > _UNDERGONE or any(verb < t < i for t in self._event_tokens):
            return []
        return [
            p
            for p in self.around.places_of(reading.sentence_of[i])
            if verb < p.first < i and not p.inner and not self._actor_here(p) and self._heads(p, verb)
        ]

    def _heads(self, place: PlaceMention, verb: int) -> bool:
        """The place, or the first of its list, stands right behind the verb, or behind words of part."""
        head = place
        while head.list_of is not None:
            head = head.list_of
        reading = self.reading
        return not is_area(head) and all(
            reading.has(k, "partWord") is not None
            or reading.has(k, "placeType") is not None
            or is_adjectival(reading, k)
            for k in range(verb + 1, head.first)
        )

    def _results(self, k: int) -> bool:
        """ما أدى إلى, وأسفر عن: what the happening led to."""
        return self.reading.has(k, "result") is not None

    def _neighbours(self, place: PlaceMention) -> bool:
        """Between Aleppo and Damascus may be anywhere: between two towns close to each other is near both."""
        other = next((p for p in self.around.places if p.list_of is place), place.list_of)
        if other is None or place.entry is None or other.entry is None:
            return True
        apart = distance_km(place.entry, other.entry)
        return apart is None or apart <= _BETWEEN_KM

    def _resumptive(self, trigger: TriggerHit) -> PlaceMention | None:
        """السيطرة عليها, الانسحاب منها: the pronoun means the place that the sentence is about."""
        reading, i = self.reading, trigger.i
        _, right = self.stretch(trigger)
        if any(reading.words[k] in _THERE for k in range(i + 1, min(right, i + _THERE_REACH))):
            return next((p for p in reversed(self.around.places) if p.first < i and self._is_told(p)), None)
        if any(reading.words[k] in _THE_AREA for k in range(i + 1, min(right, i + _AREA_REACH))):
            a, _ = reading.sentences[reading.sentence_of[i]]
            told = [p for p in self.around.places if p.first < i and self._is_told(p) and not is_area(p)]
            here = [p for p in told if p.first >= a]
            return here[0] if here else (told[-1] if told else None)
        if i + 1 >= len(reading) or reading.words[i + 1] not in ("عليها", "عليه", "منها", "منه", "عليهما"):
            return None
        gender = "f" if reading.words[i + 1].endswith("ها") else "m"
        a, _ = reading.sentences[reading.sentence_of[i]]
        near = self.around.places_of(reading.sentence_of[i])
        here = [p for p in near if a <= p.first < i and not p.inner and p.rule != "place.definite"]

        def agrees(place: PlaceMention) -> bool:
            head = reading.has(place.first, "placeType")
            return gender == "f" if head is None else head.form.gender == gender

        fitting = [p for p in here if agrees(p)]
        return fitting[0] if fitting else None

    def _is_told(self, place: PlaceMention) -> bool:
        """A place that "there" may mean: one that is neither the end of a road nor a place where somebody heads."""
        return place.kind != "road" and not place.inner and self.preposition(place.first, place.pro) not in _ELSEWHERE

    def _only_container(self, place: PlaceMention) -> bool:
        """An outer place counts when the inner one it belongs to is none of this sentence's."""
        return id(place) not in self.around.containers

    def _actor_here(self, place: PlaceMention) -> bool:
        """True where the words are an actor rather than a place: سيطرة دمشق."""
        mention = self.around.mention_at.get(place.first)
        if mention is None or not (mention.metonym or mention.subkind == "state"):
            return False
        joined = place.first - 1 if place.pro == "و" else place.first - 2
        if place.pro == "و" or self.reading.words[place.first - 1] in ("ولا", "nor"):
            before_it = self.around.place_cover.get(joined)
            if before_it is not None and before_it is not place and self._actor_here(before_it):
                return True  # لم تؤكده دمشق ولا أنقرة
        before_it_actor = self.around.mention_cover.get(place.first - 1)
        if place.pro == "و" and before_it_actor is not None and before_it_actor.kind == ACTOR:
            if before_it_actor.armed and before_it_actor.pro.strip("وف") in ("", "ل"):
                return True  # قصف للنظام وروسيا: a state beside a force is another doer
            if _is_state(place) and place.extent is None:
                return True  # الضربات بين الاحتلال وإيران: a state beside any other doer
        if not self.preposition(place.first, place.pro) and (
            self._verb_at(place.last) or self._verb_at(place.first - 1)
        ):
            return True
        before = place.first - 1
        return before >= 0 and any(
            a.entry.section == "events" and a.entry.lemma == "سيطرة" for a in self.reading.analyses[before]
        )

    def _beyond(self, i: int, first: int) -> bool:
        """نحو الحدود شمالي X: what stands behind "towards" tells where to, not where from."""
        if not self.arabic:
            return False
        led = [k for k in range(i + 1, first) if self.reading.words[k] in _TOWARDS]
        return bool(led) and not any(self.reading.words[k] == "من" for k in range(led[-1], first))

    def _coordinated(self, place: PlaceMention) -> bool:
        """وأحياء مدينة إدلب: the phrase of the place begins with "and", so it goes on with the place before."""
        reading, k = self.reading, place.first
        if place.pro.startswith("و") or not self.arabic:
            return True
        while k and any(reading.has(k - 1, c) is not None for c in ("partWord", "placeType", "facility", "direction")):
            k -= 1
            if reading.words[k].startswith("و"):
                break  # ريف إدلب الجنوبي وأطراف مدينة X: what stands before "and" is of the place before
        if k > 1 and reading.words[k - 1] == "من" and reading.words[k - 2] in ("والعديد", "وعدد", "والكثير"):
            return True
        return k < place.first and reading.words[k].startswith("و")

    def _added(self, before: PlaceMention, place: PlaceMention) -> bool:
        """Between two places stand only words that place the first, and "and" before those of the second."""
        reading, first = self.reading, place.first
        while first > before.last and any(
            reading.has(first - 1, cls) is not None for cls in ("partWord", "placeType", "facility", "direction")
        ):
            first -= 1
            if reading.words[first].startswith("و"):
                break
        head = next((k for k in range(before.last, place.first + 1) if reading.words[k].startswith("و")), None)
        if head is None or head < first or not (place.pro.startswith("و") or self._coordinated(place)):
            return False
        return all(
            k in self.around.place_cover
            or reading.raw[k] in ("،", ",", ")", '"', "”")
            or reading.words[k] == "في"
            or reading.has(k, "direction") is not None
            for k in range(before.last, first)
        )

    def comes_from(self, place: PlaceMention) -> bool:
        """أقلعت من مطار X, شاب من أبناء X, ينحدر من X: where something or somebody comes from."""
        reading, k = self.reading, place.first - 1
        if not self.arabic or k < 1 or place.pro:
            return False
        if reading.words[k] == "من":
            return reading.has(k - 1, "origin") is not None
        return reading.words[k - 1] == "من" and reading.has(k, "hailing") is not None

    def topic(self, place: PlaceMention) -> bool:
        """الحرب على غزة, العدوان الإسرائيلي على لبنان: what the whole article is about, and no place of its events."""
        reading = self.reading
        k = place.first - 1
        if not self.arabic or k < 1 or reading.words[k] != "علي":
            return False
        return any(reading.has(j, "campaign") is not None and not self._owner(j) for j in range(max(0, k - 3), k))

    def _owner(self, j: int) -> bool:
        """طيران العدوان غارة على X: the word is part of who did it."""
        mention = self.around.mention_cover.get(j)
        return mention is not None and mention.kind == ACTOR and mention.first < j

    def _verb_at(self, j: int) -> bool:
        """A finite verb that takes a speaker or a doer: موسكو تنفي, أعلنت أنقرة."""
        if not 0 <= j < len(self.reading):
            return False
        return any(
            a.entry.pos == "verb" and (a.entry.cls == "reportVerb" or a.entry.get("frame") == "deny")
            for a in self.reading.analyses[j]
        )

    def _bare_role(
        self, trigger: TriggerHit, place: PlaceMention, by_prep: Mapping[str, str], before: PlaceMention | None
    ) -> tuple[str, str] | None:
        name = str(trigger.entry.get("frame"))
        gap = place.first - trigger.i
        if not self.arabic and trigger.verbal and self.reading.words[trigger.i + 1] in _OBJECTS:
            return None  # a missile hit them: the object has been told
        acts = trigger.verbal or (self.arabic and self._means_of_hit(trigger.i))
        listed = place.list_of is None or place.list_of is before
        if self.arabic and acts and listed and before is not None and before.first > trigger.i:
            gap = min(gap, place.first - before.last)  # a list reaches as far as its members do
        if trigger.entry.pos == "noun" and not acts:
            if "idafa" in by_prep and gap <= 6 and self._clear(trigger.i + 1, place.first):
                return by_prep["idafa"], f"{name}.{by_prep['idafa']}.idafa"
            if (
                "object" in by_prep
                and (gap <= 12 or self._right_behind_hit(place))
                and (
                    any(self.reading.has(k, "hitVerb") for k in range(trigger.i + 1, place.first))
                    or self._follows_doer(trigger, place)
                    or not self.arabic
                )
            ):
                return by_prep["object"], f"{name}.{by_prep['object']}.object"
            return None
        if "subject" in by_prep and gap <= 4:
            return by_prep["subject"], f"{name}.{by_prep['subject']}.subject"
        if "object" in by_prep and gap <= 14:
            return by_prep["object"], f"{name}.{by_prep['object']}.object"
        return None

    def _right_behind_hit(self, place: PlaceMention) -> bool:
        """استهدف قرية X: what stands right behind a verb of hitting is hit, however far its noun is."""
        return self.arabic and self.reading.has(place.first - 1, "hitVerb") is not None

    def _means_of_hit(self, i: int) -> bool:
        """استهدفت بالغارات والقصف المدفعي: nouns behind a verb of hitting say with what, and its object is theirs."""
        reading = self.reading
        for k in range(i - 1, max(-1, i - _MEANS_REACH), -1):
            if reading.has(k, "hitVerb") is not None:
                led = self.trigger_at.get(k + 1)
                return led is not None and led.analysis.pro.endswith("ب")
            if reading.punct[k] or reading.has(k, "prep") is not None:
                return False
        return False

    def _follows_doer(self, trigger: TriggerHit, place: PlaceMention) -> bool:
        previous = self.around.mention_cover.get(place.first - 1)
        return previous is not None and previous.kind == ACTOR and trigger.i < previous.first

    def _clear(self, begin: int, end: int) -> bool:
        """Only words that may stand between a noun and its complement: parts, actors, adjectives."""
        reading = self.reading
        for k in range(begin, end):
            if reading.punct[k]:
                if reading.raw[k] in ('"', "“", "”"):
                    continue
                return False
            if reading.has(k, "prep") is not None and reading.words[k] not in ("علي", "من"):
                return False
        return True

    def _window(self, trigger: TriggerHit, loose: list[PlaceMention]) -> list[PlaceMention]:
        """Places that stand with the trigger without a lead of the frame: those after it first, else before it."""
        reading = self.reading
        usable = [p for p in loose if (not p.directional or self._big(p)) and not self._whose(p)]
        after = [p for p in usable if p.first > trigger.i and self.preposition(p.first, p.pro) not in _ELSEWHERE]
        # بين X وY: states are sides, and what lies between two distant towns is near neither
        after = [p for p in after if not (self._lead(p) in _BETWEEN and (_is_state(p) or not self._neighbours(p)))]
        if not self.arabic:
            after = [p for p in after if not self._told_beyond(trigger.i, p.first)]
            if trigger.entry.get("frame") in ("strike", "shell"):  # rockets fired from X fell elsewhere
                after = [p for p in after if self.preposition(p.first, p.pro) != "from"]
        chosen: list[PlaceMention] = []
        for place in after:
            if not chosen or (place.list_of is not None and place.list_of in chosen):
                chosen.append(place)
        if chosen:
            return chosen
        a, _ = reading.sentences[reading.sentence_of[trigger.i]]
        if not self.arabic:
            a = self._after_dateline(a, trigger.i)
        before = [
            p
            for p in self.around.places_of(reading.sentence_of[trigger.i])
            if a <= p.first < trigger.i
            and (not p.directional or self._big(p))
            and not (p.inner and not self._only_container(p))
            and not self._actor_here(p)
            and not self.comes_from(p)
            and (self.arabic or not (self._dateline(p) or self._possessor(p) or self._measure(p)))
            and not self.topic(p)
        ]
        before = [
            p
            for p in before
            if self._lead(p) in ("في", "على", "علي", "قرب", "in", "at", "on", "near", "around", "")
            or (trigger.entry.get("frame") == "order" and p.rule in ("place.name.people", "place.local.people"))
        ]
        if self.arabic and trigger.entry.get("frame") == "withdraw":
            before = [p for p in before if p.kind not in ("road", "crossing")]  # a road that was cut is none left
        if self.arabic and before and self._parted(before[-1], trigger.i):
            return []
        if before and not self._claimed_by_other(before[-1], trigger):
            last = before[-1]
            chain = [last]
            while last.list_of is not None:
                last = last.list_of
                chain.insert(0, last)
            return chain
        return []

    def _whose(self, place: PlaceMention) -> bool:
        """ثوار الغوطة, مقاتلو حلب: where fighters come from is part of their name."""
        if not self.arabic or place.first < 1 or place.pro:
            return False
        mention = self.around.mention_cover.get(place.first - 1)
        return mention is not None and mention.kind == ACTOR and mention.armed and mention.last == place.first

    def _told_beyond(self, i: int, first: int) -> bool:
        """…, the military said Saturday, as Kyiv's forces fought: a place behind both belongs to another clause."""
        said = self.reading.begun("reportVerb", i + 1, first)
        return bool(said) and bool(self.reading.begun("clause", said[0], first))

    def _lead(self, place: PlaceMention) -> str:
        """The preposition that rules a place, in a list that of its first member: بين X وY."""
        head = place
        while self.arabic and head.list_of is not None:
            head = head.list_of
        return self.preposition(head.first, head.pro)

    def _parted(self, place: PlaceMention, i: int) -> bool:
        """Between a place and a later trigger the text turns: فيما, و9 غارات; or the place stands in an aside."""
        reading = self.reading
        if any(self._turns(k) for k in range(place.last, i)):
            return True
        counted = next((q.first for q in reading.quantities if q.last == i), i)
        if counted < i and "و" in (reading.words[counted - 1], reading.words[counted][:1]):
            return True
        a, _ = reading.sentences[reading.sentence_of[i]]
        aside = next(
            (k for k in range(place.first - 1, a - 1, -1) if reading.punct[k] or reading.has(k, "relative")), a
        )
        if reading.has(aside, "relative") is None:
            return False
        # قوات X، التي تقاتل في Y، …: the place of a relative clause that a comma opens and closes.
        return reading.raw[aside - 1] in ("،", ",") and any(reading.raw[k] in ("،", ",") for k in range(place.last, i))

    def clause(self, i: int, a: int, b: int) -> tuple[int, int]:
        """The stretch around token `i` within [a, b) in which the text does not turn to another happening."""
        if not self.arabic:
            return a, b
        left = max((k for k in range(a, i) if self._turns(k)), default=a)
        return left, min((k for k in range(i + 1, b) if self._turns(k)), default=b)

    def _turns(self, k: int) -> bool:
        return self.reading.has(k, "turn") is not None or self.reading.phrase_of(k, "turn") is not None

    def _unnamed_near(self, trigger: TriggerHit, place: PlaceMention) -> bool:
        """Captured several villages near X: what was captured, or hit, is not X."""
        reading, k = self.reading, place.first - 1
        k -= reading.words[k] == "the"
        typed = reading.has(k - 1, "placeType") if reading.words[k] in ("near", "outside", "around") and k else None
        return typed is not None and (k - 1) not in self.around.place_cover

    def _around_facility(self, filler: PlaceFiller) -> PlaceFiller:
        """Near the X Mosque in Y: the mosque only says where in Y."""
        place = filler.place
        outer = place.within
        near = self.preposition(place.first, place.pro) == "near" or self.reading.words[place.first - 1] == "near"
        if not near or place.kind not in ("building", "hospital", "roundabout", "road") or outer is None:
            return filler
        return PlaceFiller(filler.role, outer, filler.rule)

    def _without_countries(self, trigger: TriggerHit, places: list[PlaceFiller]) -> list[PlaceFiller]:
        """A country says where only when the text puts the happening there and nowhere finer; nobody captures in it."""
        gain = trigger.type in self.reading.lexicon.traits["changesHands"]

        def country(filler: PlaceFiller) -> bool:
            typed = filler.place.kind not in (None, "country")  # Benin town is no country
            return not typed and filler.place.entry is not None and filler.place.entry.kind == "country"

        finer = any(not country(f) for f in places)
        loose = ("window", ".prep") if gain else ("window",)
        return [f for f in places if not country(f) or not (finer or f.rule.endswith(loose))]

    def _after_dateline(self, a: int, i: int) -> int:
        """JISR AL-SHUGHUR, Syria — …: the place of writing is not the place of the happening."""
        reading = self.reading
        for k in range(a, min(a + 14, i)):
            if reading.raw[k] in ("—", "–", "-", "--") and k > a:
                return k + 1
        return a

    def _dateline(self, place: PlaceMention) -> bool:
        """BEIRUT Air strikes …: a place in capitals before a word that is not is where the report was written."""
        words = place.text.replace("-", "")
        following = self.reading.raw[place.last] if place.last < len(self.reading) else ""
        return len(words) > 3 and words.isupper() and not (following.isalpha() and following.isupper())

    def _timing_clause(self, begin: int, end: int) -> bool:
        """… a day after the envoy arrived in Geneva: what only dates a happening does not place it."""
        words = self.reading.words
        return not self.arabic and any(
            words[k] in ("after", "before") and words[k - 1] in _UNITS for k in range(begin + 2, end)
        )

    def _where_it_drives_from(self, trigger: TriggerHit) -> list[PlaceFiller]:
        """Fighting has forced 13,000 residents to flee Manbij: where people are driven from, it goes on."""
        reading = self.reading
        later = next((t for t in self.triggers if t.i > trigger.i), None)
        if later is None or reading.sentence_of[later.i] != reading.sentence_of[trigger.i]:
            return []
        driven = any(reading.words[k] in _DRIVING for k in range(trigger.i + 1, later.i))
        if not driven or later.entry.get("frame") not in ("leave", "evacuate"):
            return []
        return [
            PlaceFiller("place", f.place, "clash.place.driven") for f in self.places(later) if f.role == "movedFrom"
        ]

    def _measure(self, place: PlaceMention) -> bool:
        """The worst since Aleppo, the first since the battle for X: what a happening is measured by; threats to X."""
        reading, k = self.reading, place.first - 1
        a, _ = reading.sentences[reading.sentence_of[place.first]]
        since = next((j for j in range(k, max(a, k - 6) - 1, -1) if reading.words[j] == "since"), None)
        if since is not None:
            verbs = [j for j in range(since, k + 1) if any(x.entry.pos == "verb" for x in reading.analyses[j])]
            return not verbs
        if reading.words[k] == "bordering":
            return True  # a town bordering Iraq
        return reading.words[k] in ("to", "against") and reading.words[k - 1].strip("'\"’”") in _SPOKEN_AGAINST

    def _locates(self, main: PlaceMention, place: PlaceMention) -> bool:
        """The town of X near Y: Y only says where X lies."""
        words = self.reading.words
        return main.last == place.first - 1 and words[main.last] == "near" and main.name_first < place.first

    def _possessor(self, place: PlaceMention) -> bool:
        """Moscow's top mercenary group: whose group it is; Syria's Raqqa and Aleppo's outskirts do say where."""
        reading, k = self.reading, place.last
        if k + 1 >= len(reading) or reading.raw[k] not in ("'s", "’s"):
            return False
        near = range(k + 1, min(k + 4, len(reading)))
        return not any(
            j in self.around.place_cover
            or any(reading.has(j, cls) for cls in ("direction", "partWord", "placeType", "facility"))
            for j in near
        )

    def _claimed_by_other(self, place: PlaceMention, trigger: TriggerHit) -> bool:
        """A place right behind another trigger belongs to that one, unless both are one happening."""
        begin = self.reading.sentences[self.reading.sentence_of[place.first]][0]
        between = among(self.triggers, begin, place.first)
        return (
            bool(between)
            and between[-1].entry.get("frame") in ("control", "seize", "withdraw", "leave", "enter")
            and trigger.entry.get("frame") not in ("control", "seize", "withdraw", "leave", "become")
        )

    def _without_areas(self, places: list[PlaceFiller]) -> list[PlaceFiller]:
        """Beside a finer place of its clause a province, and beside a quarter its city, says where it lies."""
        reading = self.reading
        here = [f for f in places if f.role in ("place", "movedFrom")]

        def locates(area: PlaceMention, finer: PlaceMention) -> bool:
            sure = finer.entry is not None or finer.kind in _SETTLED
            if not (is_area(area) and sure and not is_area(finer) and not finer.directional):
                in_town = finer.kind in _IN_TOWN and area.kind in ("city", "town", None) and area.entry is not None
                if not in_town or area.kind is finer.kind:
                    return False
            if area.first < finer.first and finer.entry is None:
                return False  # a name that no gazetteer has, after the province: it need not lie there
            low, high = sorted((area.first, finer.first))

            def parts(k: int) -> bool:
                return reading.raw[k] in ("،", ",", "؛") and reading.words[k + 1] != "في"  # قرية X، في محافظة Y

            return not any(parts(k) for k in range(low, high))

        def joined(place: PlaceMention) -> bool:
            listed = place.list_of is not None or any(f.place.list_of is place for f in places)
            return listed or place.pro.startswith("و") or (place is not places[0].place and self._coordinated(place))

        return [
            f
            for f in places
            if f not in here or joined(f.place) or not any(locates(f.place, g.place) for g in here if g is not f)
        ]

    def _big(self, place: PlaceMention) -> bool:
        return is_area(place)


_STRIKES = frozenset({"strike", "shell"})
_BARE = (".object", ".idafa", ".subject")
_AREAS = frozenset({"governorate", "country", "region", "countryside"})
_SETTLED = frozenset({"city", "town", "village", "neighbourhood", "camp", "district", "subdistrict"})
_IN_TOWN = frozenset({"neighbourhood", "roundabout", "road", "building", "hospital", "crossing", "camp"})


def is_area(place: PlaceMention) -> bool:
    """True for a country, a province or the countryside of one; a hill or quarter called a region is none."""
    if place.kind in _AREAS - {"region"}:
        return True
    return place.kind in (None, "region") and place.entry is not None and place.entry.kind in _AREAS


def _is_state(place: PlaceMention) -> bool:
    return place.entry is not None and place.entry.kind == "country"


def _side_of(reading: Reading, place: PlaceMention, first: int) -> PlaceMention:
    """Return what lies in the direction from `place` that the words from token `first` on give, as a local place."""
    while reading.words[first] in ("of", "the"):
        first += 1
    assert place.beside is not None
    span = Span(reading.starts[first], place.span.end)
    text = span.of(reading.plain)
    return PlaceMention(first, place.last, first, span, text, "place.local.beside", outcome=place.beside)


def _without_states(places: list[PlaceFiller]) -> list[PlaceFiller]:
    """A country beside a place of it, also "the north of a province", only says where all of that lies."""

    def state(filler: PlaceFiller) -> bool:
        place = filler.place
        typed = place.kind not in (None, "country", "region")
        listed = place.list_of is not None or any(f.place.list_of is place for f in places)
        return not typed and not listed and place.entry is not None and place.entry.kind == "country"

    finer = [f for f in places if not state(f)]
    return finer if any(f.role in ("place", "movedFrom") for f in finer) else places

"""Roles: which mentions fill the slots of a trigger, by the declarative frames of the lexicon.

Invariant: a filler carries the rule that chose it (`frame.role.selector`), and a slot without a rule that fits stays
empty: a missing actor is acceptable, a wrong one is not. One code serves both languages; they differ in data and in
where a subject and a modifier may stand.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from ingest.frames import FrameReader, is_adjectival
from ingest.lexicon import Entry
from ingest.mentions import ACTOR, FACILITY, PEOPLE, Mention, nation_adjective
from ingest.normal import normal_word
from ingest.triggers import TriggerHit
from ontology.model import Span

_SUBJECT_REACH = 9


_GENDER_OF_PRONOUN = {"ها": ("f", "s"), "ه": ("m", "s"), "هم": ("m", "p"), "هما": ("", "d"), "هن": ("f", "p")}

_EN_MEANS = frozenset(
    {"military", "drone", "helicopter", "plane", "airplane", "aircraft", "jet", "uav", "artillery", "terrorist", "tank"}
)


@dataclass(frozen=True, slots=True)
class Filler:
    """One participant of a trigger: a mention, or an adjective of a nation alone (غارة إسرائيلية)."""

    role: str
    span: Span
    rule: str
    mention: Mention | None = None
    entry: Entry | None = None
    at: int = 0


class Roles(FrameReader):
    """Finds the participants of triggers."""

    def participants(self, trigger: TriggerHit) -> list[Filler]:
        """Return agents and targets of the trigger."""
        frame = self.frame(trigger)
        found: list[Filler] = []
        name = str(trigger.entry.get("frame"))
        for role in ("agent", "target"):
            spec = frame.get(role) or {}
            fillers: list[Filler] = []
            for selector in spec.get("select", ()):
                fillers = self._select(selector, role, trigger, f"{name}.{role}")
                if fillers:
                    break
            if not fillers or (spec.get("coordinate") and len(fillers) == 1):
                fillers = fillers + [
                    f
                    for f in self._by_preposition(role, trigger, spec.get("preps", ()), f"{name}.{role}")
                    if all(f.at != g.at for g in fillers)
                ]
            taken = {f.at for f in found}
            found.extend(f for f in fillers if f.at not in taken)
        return found

    def _select(self, selector: str, role: str, trigger: TriggerHit, rule: str) -> list[Filler]:
        if selector == "doer":
            return self._doer(role, trigger, rule)
        if selector == "object":
            return self._object(role, trigger, rule)
        if selector == "idafa_people":
            return self._idafa(role, trigger, rule, people=True)
        if selector == "idafa_actor":
            return self._idafa(role, trigger, rule)
        if selector == "between":
            return self._between(role, trigger, rule)
        if selector == "hand":
            return self._hand(role, trigger, rule)
        if selector == "passive_by":
            return self._by(role, trigger, rule)
        if selector == "speaker":
            return []  # filled from the attribution
        raise ValueError(f"unknown selector {selector!r} in frame {trigger.entry.get('frame')!r}")

    def _doer(self, role: str, trigger: TriggerHit, rule: str) -> list[Filler]:
        by = self._by(role, trigger, rule)
        if by:
            return by
        if trigger.verbal:
            return self._subject(role, trigger.i, trigger, rule)
        if self.arabic:
            return self._noun_doer_arabic(role, trigger, rule)
        return self._noun_doer_english(role, trigger, rule)

    def _noun_doer_arabic(self, role: str, trigger: TriggerHit, rule: str) -> list[Filler]:
        reading, i = self.reading, trigger.i
        if trigger.analysis.enclitic:
            mention = self._pronoun(i, trigger.analysis.enclitic)
            return [self._filler(role, mention, f"{rule}.enclitic")] if mention is not None else []
        j = i + 1
        _, b = reading.sentences[reading.sentence_of[i]]
        steps = 0
        while j < b and steps < 5 and not reading.punct[j]:
            nation = nation_adjective(reading, j)
            mention = self.around.mention_at.get(j)
            if nation is not None and (mention is None or mention.last == j + 1):
                return [Filler(role, reading.host_span(j, j + 1), f"{rule}.modifier", None, nation, j)]
            if mention is not None and self._may_act(mention, trigger):
                pro = mention.pro.strip("وف")
                if pro == "" and steps == 0 and not mention.pro:
                    return self._coordinated(role, mention, f"{rule}.idafa")
                if pro == "ل" and (mention.kind == ACTOR or trigger.entry.get("frame") in ("leave",)):
                    return self._coordinated(role, mention, f"{rule}.li")
                break
            if reading.has(j, "byAgent") is not None or reading.phrase_of(j, "byAgent") is not None:
                break
            if reading.words[j] == "من" and j + 1 < b and trigger.entry.get("frame") in ("strike", "shell", "attack"):
                inner = self.around.mention_at.get(j + 1)
                if inner is not None and inner.kind == ACTOR and not inner.pro:
                    return self._coordinated(role, inner, f"{rule}.from")
                break
            light = reading.has(j, "lightVerb") or reading.has(j, "hitVerb")
            if light is not None and light.enclitic and not light.entry.get("passive"):
                # غارات شنتها طائرات: the relative clause names the doer.
                return self._subject(role, j, trigger, f"{rule}.relative")
            if light is not None or reading.has(j, "prep") is not None or reading.has(j, "relative") is not None:
                if reading.has(j, "relative") is not None:
                    k = j + 1
                    verb = reading.has(k, "lightVerb") if k < b else None
                    if verb is not None and verb.enclitic:
                        return self._subject(role, k, trigger, f"{rule}.relative")
                break
            if j in self.around.place_cover:
                break
            if j in self.around.quantity_at:
                j = self.around.quantity_at[j].last
                steps += 1
                continue
            if not (
                reading.has(j, "air")
                or reading.has(j, "artillery")
                or reading.has(j, "rocket")
                or reading.has(j, "actorAdjective")
                or is_adjectival(reading, j)
            ):
                break
            j += 1
            steps += 1
        light_subject = self._light_verb_left(role, trigger, rule)
        if light_subject:
            return light_subject
        return self._relative_later(role, trigger, rule, j)

    def _relative_later(self, role: str, trigger: TriggerHit, rule: str, j: int) -> list[Filler]:
        """غارات جوية على المدينة شنتها طائرات روسية: a light verb with a pronoun further on."""
        _, right = self.stretch(trigger)
        for k in range(j, min(right, trigger.i + 14)):
            verb = self.reading.has(k, "lightVerb")
            if verb is not None and verb.enclitic and not verb.entry.get("passive"):
                return self._subject(role, k, trigger, f"{rule}.relative")
        return []

    def _light_verb_left(self, role: str, trigger: TriggerHit, rule: str) -> list[Filler]:
        reading, i = self.reading, trigger.i
        a, _ = reading.sentences[reading.sentence_of[i]]
        for j in range(i - 1, max(a - 1, i - 18), -1):
            if reading.punct[j] and reading.raw[j] in (".", "؛", ";"):
                return []
            verb = reading.has(j, "lightVerb")
            if verb is not None:
                if verb.entry.get("passive"):
                    return []
                return self._subject(role, j, trigger, f"{rule}.light", before=i)
            if j in self.trigger_at and j != i and self.trigger_at[j].verbal:
                return []
        return self._announcer(role, trigger, rule)

    def _announcer(self, role: str, trigger: TriggerHit, rule: str) -> list[Filler]:
        """أعلن الجيش استعادة البلدة: a force that announces an act without another doer announces its own."""
        reading, i = self.reading, trigger.i
        if trigger.entry.get("frame") not in ("control", "seize", "withdraw", "enter", "attack", "evacuate", "order"):
            return []
        a, _ = reading.sentences[reading.sentence_of[i]]
        for j in range(i - 1, max(a - 1, i - 10), -1):
            settings = reading.lexicon.settings
            orders = settings.get("ordering", ()) if trigger.entry.get("frame") in ("order", "evacuate") else ()
            ordering = next((x for x in reading.analyses[j] if x.entry.pos == "verb" and x.entry.lemma in orders), None)
            verb = ordering or reading.has(j, "reportVerb")
            if verb is None:
                if reading.has(j, "complementiser") is not None:
                    return []
                continue
            if ordering is None and verb.entry.lemma not in settings.get("announcing", ()):
                return []
            for k in range(j + 1, i):
                mention = self.around.mention_at.get(k)
                if mention is not None and mention.kind == ACTOR and mention.armed and not mention.pro.strip("وف"):
                    return self._coordinated(role, mention, f"{rule}.announcer")
            if i - j <= 2 and verb.form.tense:
                subject = self._before(j, a, verb.form.gender, verb.form.number, trigger)
                return (
                    self._coordinated(role, subject, f"{rule}.announcer")
                    if subject is not None and subject.armed
                    else []
                )
            return []
        return []

    def _noun_doer_english(self, role: str, trigger: TriggerHit, rule: str) -> list[Filler]:
        reading, i = self.reading, trigger.i
        a, b = reading.sentences[reading.sentence_of[i]]
        if trigger.entry.pos == "verb":  # is withdrawing, capturing
            return self._subject(role, i, trigger, rule)
        j = i - 1
        steps = 0
        while j >= a and steps < 4 and not reading.punct[j]:
            nation = nation_adjective(reading, j)
            mention = self.around.mention_cover.get(j)
            if (
                mention is not None
                and mention.last - mention.first == 1
                and mention.head is not None
                and mention.head.lemma in _EN_MEANS
            ):
                j -= 1
                steps += 1
                continue  # a drone strike, a military operation: the means, nobody
            if (
                mention is not None
                and mention.last == j + 1
                and (self._may_act(mention, trigger) or mention.of is not None)
            ):
                return self._coordinated(role, mention, f"{rule}.modifier")
            if nation is not None and mention is None:
                return [Filler(role, reading.span(j, j + 1), f"{rule}.modifier", None, nation, j)]
            if reading.raw[j] in ("'s", "’s", "'", "’"):
                j -= 1
                continue
            if not (
                reading.has(j, "air")
                or reading.has(j, "artillery")
                or reading.has(j, "rocket")
                or is_adjectival(reading, j)
                or j in {q.first for q in reading.quantities}
            ):
                break
            j -= 1
            steps += 1
        for k in range(i + 1, min(b, i + 5)):
            if reading.words[k] in ("by", "of") and (reading.words[k] == "of" or self._by_of_trigger(trigger, k)):
                begin = k + 1 + (k + 1 < b and reading.words[k + 1] in ("the", "a", "an", "its", "their"))
                mention = self.around.mention_at.get(begin)
                if (
                    mention is not None
                    and self._may_act(mention, trigger)
                    and (reading.words[k] == "by" or trigger.entry.get("frame") in ("withdraw", "leave"))
                ):
                    return self._coordinated(role, mention, f"{rule}.{reading.words[k]}")
            if reading.punct[k]:
                break
        for j in range(i - 1, max(a - 1, i - 8), -1):
            if reading.has(j, "lightVerb") is not None and j not in self.around.mention_cover:
                if self._passive_english(j):
                    return []
                return self._subject(role, j, trigger, f"{rule}.light", before=i)
            if reading.punct[j] and reading.raw[j] in (";", ","):
                break
        return []

    def _subject(self, role: str, i: int, trigger: TriggerHit, rule: str, before: int | None = None) -> list[Filler]:
        """The subject of the verb at `i`."""
        mention = self._subject_mention(i, trigger, before)
        if mention is None:
            return []
        return self._coordinated(role, mention, f"{rule}.subject" if not rule.endswith(("relative", "light")) else rule)

    def _subject_mention(self, i: int, trigger: TriggerHit, before: int | None = None) -> Mention | None:
        reading = self.reading
        a, b = reading.sentences[reading.sentence_of[i]]
        if not self.arabic:
            return self._subject_english(i, a, trigger)
        verbs = [x for x in reading.analyses[i] if x.entry.pos in ("verb", "adjective")]
        form = (trigger.analysis if trigger.i == i else verbs[0] if verbs else trigger.analysis).form
        gender, number = form.gender, form.number
        if number not in ("p", "d"):
            j = i + 1
            steps = 0
            limit = before if before is not None else b
            while j < limit and steps < _SUBJECT_REACH:
                if reading.punct[j]:
                    if reading.raw[j] in ("،", ",", '"', "“", "”", "«", "»") and steps <= 4:
                        j += 1
                        steps += 1
                        continue
                    break
                if (
                    j in self.trigger_at
                    or reading.has(j, "complementiser") is not None
                    or reading.has(j, "reportVerb") is not None
                    or reading.has(j, "relative") is not None
                ):
                    break
                mention = self.around.mention_at.get(j)
                if mention is not None and mention.kind in (ACTOR, PEOPLE):
                    governed = mention.pro.strip("وف") or self._governed(j)
                    if (
                        not governed
                        and mention.pro == ""
                        and self._agrees(mention, gender, number, verb_first=True)
                        and self._may_act(mention, trigger)
                    ):
                        return mention
                    j = mention.last
                    steps += 1
                    continue
                place = self.around.place_at.get(j)
                if place is not None:
                    j = place.last
                    steps += 1
                    continue
                if j in self.around.quantity_at:
                    j = self.around.quantity_at[j].last
                    steps += 1
                    continue
                if reading.words[j].startswith("و") and any(
                    x.entry.pos == "verb" and x.pro.startswith("و") for x in reading.analyses[j]
                ):
                    break
                j += 1
                steps += 1
        if (i > a and reading.has(i - 1, "relative") is not None) or (
            i > a + 1 and reading.has(i - 2, "relative") is not None
        ):
            return self._before(i, a, gender, number, trigger, relative=True)
        found = self._before(i, a, gender, number, trigger)
        if found is not None:
            return found
        if i - a <= 1 or reading.words[i].startswith("و") or self._after_complementiser(i):
            return self._antecedent(i, gender, number)
        return None

    def _subject_english(self, i: int, a: int, trigger: TriggerHit, *, passive: bool = False) -> Mention | None:
        """Who rules the verb at `i`: the first mention of its clause that nothing governs, else of the clause before.

        With `passive`, the subject of a passive is wanted, which is what the verb acts on.
        """
        reading = self.reading
        if not passive and self._passive_english(i):
            return None
        if (
            reading.words[i - 1] == "to"
            and i > a + 1
            and trigger.i == i
            and trigger.entry.get("frame") in ("leave", "withdraw")
        ):
            told = self.around.mention_cover.get(i - 2)
            if told is not None and told.kind in (ACTOR, PEOPLE) and self._may_act(told, trigger):
                return told  # ordered residents to leave
        end = i
        for _ in range(5):
            begin = self._clause_english(end, a)
            found = self._ungoverned(begin, end, trigger)
            if found is not None:
                return found
            pronoun = next((k for k in range(end - 1, begin - 1, -1) if reading.words[k] in ("it", "they")), None)
            if pronoun is not None and (end == i and i - pronoun <= 4):
                return self._antecedent(pronoun, "", "p" if reading.words[pronoun] == "they" else "")
            opener = begin - 1
            if opener < a or reading.raw[opener] in (";", ":"):
                return None
            if reading.has(opener, "clause") is not None and i - begin > 3:
                return None  # the clause has a subject of its own that nobody knows
            end = opener
        return None

    def _clause_english(self, end: int, a: int) -> int:
        """Return where the stretch that ends before `end` begins: behind a comma, a clause word or a verb of saying."""
        reading = self.reading
        for k in range(end - 1, a - 1, -1):
            if reading.raw[k] in (",", ";", ":", "—", "–", "(", ")", '"', "“", "”"):
                return k + 1
            if k in self.around.mention_cover or k in self.around.place_cover:
                continue
            if reading.has(k, "clause") is not None or reading.has(k, "complementiser") is not None:
                return k + 1
            if reading.has(k, "reportVerb") is not None and reading.has(k, "sourceHead") is None:
                return k + 1
        return a

    def _ungoverned(self, begin: int, end: int, trigger: TriggerHit) -> Mention | None:
        for k in range(begin, end):
            mention = self.around.mention_at.get(k)
            if (
                mention is None
                or mention.last > end
                or mention.kind not in (ACTOR, PEOPLE)
                or not self._may_act(mention, trigger)
            ):
                continue
            if mention.kind == PEOPLE and self._harmed_english(mention):
                continue
            if not self._governed_by_any(mention.first):
                return mention
        return None

    def _harmed_english(self, mention: Mention) -> bool:
        """The people of "killed nine people" are no subject."""
        return any(
            self.reading.has(k, "harm") is not None
            for k in range(max(0, mention.first - 4), mention.first)
            if k not in self.trigger_at
        )

    def _passive_english(self, i: int) -> bool:
        reading = self.reading
        forms = {x.form.tense for x in reading.analyses[i]}
        if not forms & {"participle", "perfect"}:
            return False
        return any(
            reading.words[k] in ("was", "were", "been", "being", "be", "is", "are", "got")
            for k in range(max(0, i - 3), i)
        )

    def _before(
        self, i: int, a: int, gender: str, number: str, trigger: TriggerHit, relative: bool = False
    ) -> Mention | None:
        reading = self.reading
        j = i - 1
        steps = 0
        while j >= a and steps < 12:
            mention = self.around.mention_cover.get(j)
            if mention is not None and mention.kind in (ACTOR, PEOPLE):
                governed = bool(mention.pro.strip("وف")) or self._governed(mention.first)
                twin = self._named_before_bracket(mention)
                if twin is not None:
                    mention = twin
                    governed = bool(mention.pro.strip("وف")) or self._governed(mention.first)
                if (
                    (relative or not governed)
                    and self._agrees(mention, gender, number)
                    and self._may_act(mention, trigger)
                ):
                    return self._first_of(mention)
                if (
                    mention.last == i
                    and not relative
                    and self._agrees(mention, gender, number)
                    and mention.kind == ACTOR
                    and not governed
                ):
                    return mention
                j = mention.first - 1
                steps += 1
                continue
            if j in self.trigger_at and self.trigger_at[j].verbal:
                return None
            if reading.raw[j] in ("؛", ":") or (reading.has(j, "reportVerb") is not None and steps > 6):
                return None
            j -= 1
            steps += 1
        return None

    def _named_before_bracket(self, mention: Mention) -> Mention | None:
        """قوات سوريا الديمقراطية (قسد): the bracket repeats the name before it."""
        if mention.first == 0 or self.reading.raw[mention.first - 1] != "(":
            return None
        twin = self.around.mention_cover.get(mention.first - 2)
        return twin if twin is not None and twin.entry is mention.entry else None

    def _first_of(self, mention: Mention) -> Mention:
        """The first of coordinated mentions that end in this one."""
        current = mention
        while current.pro.startswith("و"):
            previous = self.around.mention_cover.get(current.first - 1)
            if previous is None or previous.kind != ACTOR or previous.last != current.first:
                break
            current = previous
        return current

    def _after_complementiser(self, i: int) -> bool:
        return i > 0 and self.reading.has(i - 1, "complementiser") is not None

    def _agrees(self, mention: Mention, gender: str, number: str, verb_first: bool = False) -> bool:
        if number == "p":
            return mention.number == "p"
        if number == "d":
            return mention.number == "d"
        if verb_first:
            return not gender or not mention.gender or gender == mention.gender or mention.number == "p"
        if mention.number == "p" and mention.gender == "m":
            return False
        return not gender or not mention.gender or gender == mention.gender

    def _antecedent(self, i: int, gender: str, number: str) -> Mention | None:
        """Who a pronoun or a verb without subject means: the nearest earlier actor that agrees and rules its clause."""
        reading = self.reading
        here = reading.sentence_of[i]
        candidates = [
            m
            for m in self.around.mentions
            if m.kind == ACTOR
            and m.last <= i
            and here - 1 <= reading.sentence_of[m.first] <= here
            and self._agrees(m, gender, number)
            and not m.metonym
            and (m.armed or m.entry is not None)
            and not m.pro.strip("وف")
            and not self._governed(m.first)
            and reading.zones[m.first] != "title"
        ]
        same = [m for m in candidates if reading.sentence_of[m.first] == here]
        if same:
            return self._first_of(same[-1])
        return candidates[0] if candidates and self.arabic else candidates[-1] if candidates else None

    def _pronoun(self, i: int, enclitic: str) -> Mention | None:
        gender, number = _GENDER_OF_PRONOUN.get(enclitic, ("", ""))
        if not number:
            return None  # قواتنا in a quotation: the speaker, whom attribution knows and roles do not
        reading = self.reading
        here = reading.sentence_of[i]
        pool = [m for m in self.around.mentions if m.kind in (ACTOR, PEOPLE) and m.last <= i]
        for back in (0, 1, 2):
            for m in reversed([m for m in pool if reading.sentence_of[m.first] == here - back]):
                if self._agrees(m, gender, number) and not (m.generic and not m.definite):
                    return self._first_of(m)
        return None

    def _object(self, role: str, trigger: TriggerHit, rule: str) -> list[Filler]:
        """What a verb hits: the next mention without a preposition that is not the subject."""
        reading, i = self.reading, trigger.i
        if not self.arabic and trigger.entry.pos == "verb" and self._passive_english(i):
            struck = self._passive_subject(i, trigger)
            return [self._filler(role, struck, f"{rule}.passive")] if struck is not None else []
        _, right = self.stretch(trigger)
        subject = None
        if trigger.verbal or not trigger.analysis.enclitic:
            subjects = self._doer("agent", trigger, "") if self.frame(trigger).get("agent", {}).get("select") else []
            subject = subjects[0].at if subjects else None
        begin = i + 1
        allowed = trigger.verbal or (
            trigger.entry.pos == "noun"
            and trigger.entry.get("frame") in ("strike", "shell", "attack", "evacuate", "order")
        )
        if not allowed:
            return []
        hit_seen = False
        for j in range(begin, right):
            if reading.punct[j] and reading.raw[j] in (".", ";", "؛", ":"):
                break
            if reading.has(j, "hitVerb") is not None:
                hit_seen = True
                continue
            if not self.arabic and reading.phrase_of(j, "attribution") is not None:
                break
            mention = self.around.mention_at.get(j)
            if mention is None or mention.first == subject or mention.metonym:
                continue
            if mention.subkind == "state" and mention.first in self.around.place_cover:
                continue
            if any(mention.first in range(f.first, f.last) for f in reading.quantities):
                continue
            pro = mention.pro.strip("وف")
            governed = pro or self._governed_by_any(j)
            if governed or (mention.pro and not hit_seen):
                continue
            if not trigger.verbal and not hit_seen and self.arabic and mention.kind == ACTOR:
                continue  # the noun after a noun is its doer
            if not self.arabic and not trigger.verbal and not hit_seen:
                continue
            if mention.kind == FACILITY or mention.kind in (ACTOR, PEOPLE):
                if not self.arabic and mention.kind == PEOPLE and self._counted_english(mention, trigger):
                    continue
                if not self.arabic and mention.kind == FACILITY and mention.last - 1 in self.around.place_cover:
                    continue
                if not self.arabic and reading.raw[mention.first - 1] == "(":
                    continue
                if mention.kind == PEOPLE and (mention.first in self.around.quantity_at or self._harmed(mention)):
                    continue
                if not trigger.verbal and not hit_seen and trigger.entry.get("frame") not in ("evacuate", "order"):
                    continue
                return self._coordinated(role, mention, f"{rule}.object")
        return []

    def _counted_english(self, mention: Mention, trigger: TriggerHit) -> bool:
        """People of a toll (22 others, nine civilians) are no target of a strike."""
        if trigger.type == "Evacuation":
            return False
        head = mention.head
        return (head is not None and head.lemma in ("other", "person", "victim")) or any(
            q.first <= mention.first <= q.last for q in self.reading.quantities
        )

    def _passive_subject(self, i: int, trigger: TriggerHit) -> Mention | None:
        """A market was hit, families were evacuated: the nearest mention before the verb that nothing governs."""
        a, _ = self.reading.sentences[self.reading.sentence_of[i]]
        for k in range(i - 1, max(a - 1, i - 12), -1):
            if self.reading.raw[k] in (";", ":"):
                return None
            mention = self.around.mention_cover.get(k)
            if (
                mention is not None
                and mention.kind in (ACTOR, PEOPLE, FACILITY)
                and not self._governed_by_any(mention.first)
            ):
                return mention
        return None

    def _harmed(self, mention: Mention) -> bool:
        return any(
            self.reading.has(k, "harm") is not None or self.reading.has(k, "casualty") is not None
            for k in range(max(0, mention.first - 3), mention.first)
        )

    def _idafa(self, role: str, trigger: TriggerHit, rule: str, people: bool = False) -> list[Filler]:
        i = trigger.i
        j = i + 1
        reading = self.reading
        if not self.arabic:
            if reading.words[i - 1] == "to":
                told = self.around.mention_cover.get(i - 2)
                if told is not None and told.kind in (PEOPLE, ACTOR):
                    return [self._filler(role, told, f"{rule}.told")]
            for k in range(i + 1, min(len(reading), i + 6)):
                if (
                    reading.punct[k]
                    or reading.has(k, "clause") is not None
                    or (reading.has(k, "prep") and reading.words[k] != "of")
                ):
                    break
                mention = self.around.mention_at.get(k)
                if mention is not None and mention.kind in (PEOPLE, ACTOR):
                    return [self._filler(role, mention, f"{rule}.object")]
            return []
        if j in self.around.quantity_at:
            j = self.around.quantity_at[j].last
        mention = self.around.mention_at.get(j)
        if (
            mention is not None
            and mention.kind in ((PEOPLE, ACTOR) if people else (ACTOR,))
            and not mention.pro.strip("وفل")
        ):
            return [self._filler(role, mention, f"{rule}.idafa")]
        return []

    def _between(self, role: str, trigger: TriggerHit, rule: str) -> list[Filler]:
        reading = self.reading
        _, b = reading.sentences[reading.sentence_of[trigger.i]]
        between = str(reading.lexicon.settings.get("between", "between"))
        for j in range(trigger.i + 1, min(b, trigger.i + 8)):
            if reading.words[j] == normal_word(between):
                sides = [
                    m
                    for m in self.around.mentions
                    if j < m.first < min(b, j + 22) and m.kind == ACTOR and not m.metonym
                ]
                picked: list[Filler] = []
                for m in sides:
                    if picked and m.first - sides[0].last > 14:
                        break
                    if m.pro.strip("وف") == "" or m.pro == "و":
                        picked.append(self._filler(role, m, f"{rule}.between"))
                    if len(picked) == 2:
                        break
                return picked
        return []

    def _hand(self, role: str, trigger: TriggerHit, rule: str) -> list[Filler]:
        """سقطت المدينة بيد الفصائل, fell to the rebels."""
        reading = self.reading
        _, b = reading.sentences[reading.sentence_of[trigger.i]]
        hands = reading.lexicon.words_of(reading.lexicon.settings.get("by_hand", ()))
        for j in range(trigger.i + 1, min(b, trigger.i + 12)):
            if reading.words[j] in hands or any(v.host in hands for v in reading.variants[j]):
                for k in range(j + 1, min(b, j + 4)):
                    mention = self.around.mention_at.get(k)
                    if mention is not None and mention.kind == ACTOR:
                        return self._coordinated(role, mention, f"{rule}.hand")
        return []

    def _by(self, role: str, trigger: TriggerHit, rule: str) -> list[Filler]:
        reading = self.reading
        _, right = self.stretch(trigger)
        _, b = reading.sentences[reading.sentence_of[trigger.i]]
        for j in range(trigger.i + 1, min(b, trigger.i + 14, right + 6)):
            phrase = reading.phrase_of(j, "byAgent")
            at = phrase.last if phrase is not None else j + 1 if reading.has(j, "byAgent") is not None else None
            if at is None or (not self.arabic and not self._by_of_trigger(trigger, j)):
                continue
            if not self.arabic and at < b and reading.words[at] in ("the", "a", "an"):
                at += 1
            mention = self.around.mention_at.get(at)
            if mention is not None and mention.kind == ACTOR and self._may_act(mention, trigger):
                return self._coordinated(role, mention, f"{rule}.by")
        return []

    def _by_of_trigger(self, trigger: TriggerHit, j: int) -> bool:
        """The "by" at `j` names the doer of the trigger: no active verb, no other participle between (held by)."""
        reading, i = self.reading, trigger.i
        if trigger.entry.pos == "verb" and not self._passive_english(i) and j != i + 1:
            return False
        if any(reading.raw[k] in (";", ":") or reading.has(k, "reportVerb") is not None for k in range(i + 1, j)):
            return False
        before = reading.words[j - 1]
        light = reading.has(j - 1, "lightVerb") is not None or before in ("out", "away", "up")
        participle = before.endswith("ed") or before in ("held", "run", "led", "won", "seen", "driven")
        return j - 1 == i or light or not participle

    def _by_preposition(self, role: str, trigger: TriggerHit, preps: Sequence[str], rule: str) -> list[Filler]:
        if not preps:
            return []
        reading = self.reading
        _, right = self.stretch(trigger)
        wanted = reading.lexicon.words_of(preps)
        found: list[Filler] = []
        for mention in self.around.mentions:
            if not trigger.i < mention.first < right or mention.kind not in (ACTOR, PEOPLE, FACILITY):
                continue
            if self.preposition(mention.first, mention.pro) in wanted:
                if not self.arabic and any(
                    reading.phrase_of(k, "attribution") for k in range(trigger.i, mention.first)
                ):
                    break
                if mention.metonym or (mention.first in self.around.place_cover and mention.kind != ACTOR):
                    continue
                if mention.subkind == "state" and mention.kind == ACTOR:
                    continue
                found.append(self._filler(role, mention, f"{rule}.prep"))
                break
        return found

    def _may_act(self, mention: Mention, trigger: TriggerHit) -> bool:
        frame = trigger.entry.get("frame")
        if mention.kind == PEOPLE:
            return frame in ("leave", "evacuate", "close")
        if mention.kind != ACTOR:
            return False
        if (
            self.arabic
            and mention.generic
            and not mention.definite
            and mention.head is not None
            and not mention.head.get("human")
            and not mention.air
        ):
            return False  # "forces" alone says nobody
        if mention.metonym:
            return frame in ("control",) and not trigger.verbal
        if frame == "leave":
            return True
        if mention.subkind in ("civilians",):
            return False
        return not (
            mention.subkind == "state"
            and self.arabic
            and trigger.entry.get("frame")
            not in ("strike", "attack", "shell", "withdraw", "control", "order", "close", "deny", "evacuate")
        )

    def _coordinated(self, role: str, mention: Mention, rule: str) -> list[Filler]:
        fillers = [self._filler(role, mention, rule)]
        current = mention
        while True:
            after_quote = current.last
            while (
                self.arabic
                and after_quote < len(self.reading)
                and self.reading.raw[after_quote] in ('"', "”", "»", "“")
            ):
                after_quote += 1
            following = self.around.mention_at.get(after_quote)
            if self.arabic:
                if (
                    following is None
                    or not following.pro.startswith("و")
                    or len(following.pro) > 1
                    or following.kind != ACTOR
                    or following.metonym
                ):
                    break
                # و + actor + verb opens a new clause: the second actor is that verb's subject.
                after = following.last
                if after < len(self.reading) and after in self.trigger_at and self.trigger_at[after].verbal:
                    break
            else:
                j = current.last
                if j >= len(self.reading) or self.reading.words[j] != "and":
                    break
                following = self.around.mention_at.get(
                    j + 1 + (j + 1 < len(self.reading) and self.reading.words[j + 1] in ("the", "its"))
                )
                if following is None or following.kind != ACTOR:
                    break
            fillers.append(self._filler(role, following, f"{rule}.and"))
            current = following
            if len(fillers) == 4:
                break
        return fillers

    def _filler(self, role: str, mention: Mention, rule: str) -> Filler:
        if mention.kind == FACILITY:
            # مواقع الجيش, a convoy of the army: what is hit is the force.
            for k in range(mention.first + 1, min(len(self.reading), mention.last + 2)):
                owner = self.around.mention_at.get(k)
                if owner is not None and owner.kind == ACTOR and owner.armed and owner.pro in ("", "ل"):
                    return Filler(role, owner.span, f"{rule}.owner", owner, owner.entry, mention.first)
        return Filler(role, mention.span, rule, mention, mention.entry, mention.first)

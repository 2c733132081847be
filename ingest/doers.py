"""Doers: who does what a trigger tells, for verbs, nouns of action and passives.

Invariant: a doer is tied to its trigger by a construction that the rule names, never by standing near it.
"""

from functools import cached_property
from typing import NamedTuple

from ingest.frames import is_adjectival
from ingest.lexicon import Entry
from ingest.mentions import ACTOR, FACILITY, PEOPLE, SOURCE, Mention, actor_at, named_actor, nation_adjective
from ingest.reading import Analysis
from ingest.subjects import GENDER_OF_PRONOUN, POSSESSIVES, SubjectReader
from ingest.triggers import TriggerHit
from ingest.wordclass import PASSIVE_AUXILIARIES
from ontology.model import Span

_EN_MEANS = frozenset(
    {"military", "drone", "helicopter", "plane", "airplane", "aircraft", "jet", "uav", "artillery", "terrorist", "tank"}
)

_MOST_JOINED = 4
_NAMED_WITHIN = 3  # sentences back to the name that a definite noun repeats
_MINISTRY_REACH = 6  # words from a state to the verb of its ministry
_ANNOUNCED = 10  # words between who announces an act and the act
_ORDERED = 22  # words between who orders people to leave, with where they live, and the leaving
_OWN_ACTS = frozenset({"control", "seize", "expel", "withdraw", "enter", "attack", "evacuate", "order"})
_MANAGED_REACH = 6  # words from "its managing" to what it managed
_EN_ARTICLES = ("the", "its", "a", "an", "their")
_EN_SUPPORTED = (("backed", "by"), ("supported", "by"), ("alongside",), ("along", "with"), ("together", "with"))


class Filler(NamedTuple):
    """One participant of a trigger: a mention, or an adjective of a nation alone (غارة إسرائيلية)."""

    role: str
    span: Span
    rule: str
    mention: Mention | None = None
    entry: Entry | None = None
    at: int = 0


def _adjectival_human(mention: Mention, article: bool) -> bool:
    """A singular that agrees with the noun before it in being definite is its adjective, where it may be a noun too."""
    head = mention.head
    return (
        mention.generic
        and bool(mention.definite) == article
        and not mention.pro
        and mention.number == "s"
        and mention.last == mention.first + 1
        and head is not None
        and bool(head.get("human"))
    )


class DoerReader(SubjectReader):
    """Finds the doer of a trigger, with those coordinated with it."""

    def _doer(self, role: str, trigger: TriggerHit, rule: str) -> list[Filler]:
        by = self._by(role, trigger, rule)
        if by:
            return by
        if trigger.verbal and not (self.arabic and trigger.analysis.enclitic and self._ruled(trigger.i)):
            return self._subject(role, trigger.i, trigger, rule)
        if self.arabic:
            return self._noun_doer_arabic(role, trigger, rule)
        return self._noun_doer_english(role, trigger, rule)

    def _indefinite(self, trigger: TriggerHit) -> bool:
        """A noun without article, pronoun or genitive behind it: غارة, ضربات."""
        return not trigger.verbal and not trigger.analysis.article and not trigger.analysis.form.construct

    def _ruled(self, i: int) -> bool:
        """أثناء توغلها, بعد تقدمه: behind a preposition stands a noun, though it is written as a verb is."""
        before = i - 1
        return before >= 0 and any(self.reading.has(before, cls) is not None for cls in ("prep", "cause", "clause"))

    def _noun_doer_arabic(self, role: str, trigger: TriggerHit, rule: str) -> list[Filler]:
        reading, i = self.reading, trigger.i
        if trigger.entry.get("frame") == "expel" and not trigger.analysis.enclitic:
            return self._light_verb_left(role, trigger, rule)  # طرد التنظيم من البلدة: the genitive is driven out
        if trigger.analysis.enclitic:
            mention = self._pronoun(i, trigger.analysis.enclitic)
            return [self._filler(role, mention, f"{rule}.enclitic")] if mention is not None else []
        j = i + 1
        _, b = reading.sentences[reading.sentence_of[i]]
        steps = 0
        while j < b and steps < 5 and not reading.punct[j]:
            nation = nation_adjective(reading, j)
            mention = self.around.mention_at.get(j)
            if steps == 0 and (behind := self._behind_means(j)) is not None:
                j, steps = behind, 1  # هجوم بطائرة مسيرة لقوات …: the weapon is not who used it
                continue
            if mention is not None and steps == 0 and _adjectival_human(mention, trigger.analysis.article):
                j, steps = j + 1, 1  # هجوم مسلح, الهجوم الإرهابي: what kind of attack, not who
                continue
            if (
                nation is not None
                and mention is None
                and reading.words[j].startswith("ال")
                and self._indefinite(trigger)
            ):
                break  # غارة شرقي العاصمة الصومالية: the adjective is of another noun
            if nation is not None and (mention is None or mention.last == j + 1):
                nations = [Filler(role, reading.host_span(j, j + 1), f"{rule}.modifier", None, nation, j)]
                joined = nation_adjective(reading, j + 1, "و") if j + 1 < b else None
                if joined is not None:  # غارات روسية وسورية
                    nations.append(
                        Filler(role, reading.host_span(j + 1, j + 2, 1), f"{rule}.modifier.and", None, joined, j + 1)
                    )
                return nations
            if mention is not None and self._may_act(mention, trigger):
                pro = mention.pro.strip("وف")
                if pro == "" and steps == 0 and not mention.pro:
                    return self._coordinated(role, mention, f"{rule}.idafa")
                if pro == "ل" and (mention.kind == ACTOR or trigger.entry.get("frame") in ("leave",)):
                    return self._coordinated(role, mention, f"{rule}.li")
                if pro == "ب" and (mention.air or mention.ground):
                    if mention.of is not None or mention.nation is not None:
                        return [self._filler(role, mention, f"{rule}.means")]  # هجوم بمسيرة إسرائيلية
                    j, steps = mention.last, steps + 1  # هجوم بطائرة مسيرة لقوات …
                    continue
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
                return self._subject(role, j, trigger, f"{rule}.relative") or self._left_out(role, j, light, rule)
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
                or reading.has(j, "munition")
                or reading.has(j, "manner")
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

    def _behind_means(self, j: int) -> int | None:
        """Where the weapon ends that ب names at token `j`: بطائرة مسيرة, بصاروخ, بالمدفعية."""
        reading = self.reading
        for cls in ("air", "artillery", "rocket"):
            weapon = reading.has(j, cls)
            if weapon is not None and weapon.pro.endswith("ب"):
                mention = self.around.mention_at.get(j)
                last = mention.last if mention is not None and mention.of is None and mention.nation is None else j + 1
                while last < len(reading) and reading.has(last, "actorAdjective") and not reading.analyses[last][0].pro:
                    last += 1
                return last
        return None

    def _left_out(self, role: str, j: int, light: Analysis, rule: str) -> list[Filler]:
        """استعادت القوات البلدة بعد هجوم واسع شنته: a verb without a subject goes on with who rules the sentence."""
        following = self.around.mention_at.get(j + 1)
        if following is not None and not following.pro:
            return []
        whose = self._antecedent(j, light.form.gender, light.form.number)
        return self._coordinated(role, whose, f"{rule}.relative") if whose is not None else []

    def _relative_later(self, role: str, trigger: TriggerHit, rule: str, j: int) -> list[Filler]:
        """غارات جوية على المدينة شنتها طائرات روسية: a light verb with a pronoun further on."""
        _, right = self.stretch(trigger)
        for k in range(j, min(right, trigger.i + 14)):
            verb = self.reading.has(k, "lightVerb")
            if verb is not None and verb.enclitic and not verb.entry.get("passive"):
                return self._subject(role, k, trigger, f"{rule}.relative")
        return []

    def _accused(self, role: str, trigger: TriggerHit, rule: str) -> list[Filler]:
        """اتهم الجيش قوات الدعم السريع بقصف …: behind ب the act is that of the one who is accused of it."""
        reading, i = self.reading, trigger.i
        accusing = reading.lexicon.settings.get("accusing", ())
        if not accusing or not trigger.analysis.pro.endswith("ب"):
            return []
        a, _ = reading.sentences[reading.sentence_of[i]]
        for k in range(i - 1, max(a - 1, i - _ORDERED), -1):
            if any(x.entry.lemma in accusing and x.entry.pos == "verb" for x in reading.analyses[k]):
                between = {m.first: m for j in range(k + 1, i) if (m := self.around.mention_cover.get(j)) is not None}
                actors = [m for m in between.values() if m.kind == ACTOR and not m.pro.strip("وف") and m.first > k]
                return self._coordinated(role, actors[-1], f"{rule}.accused") if actors else []
            if reading.raw[k] in (".", "؛", ";", ":") or reading.has(k, "complementiser") is not None:
                return []
        return []

    def _light_verb_left(self, role: str, trigger: TriggerHit, rule: str) -> list[Filler]:
        reading, i = self.reading, trigger.i
        accused = self._accused(role, trigger, rule)
        if accused:
            return accused
        a, _ = reading.sentences[reading.sentence_of[i]]
        if self._answered(i, a):
            return []
        for j in range(i - 1, max(a - 1, i - 18), -1):
            if reading.punct[j] and reading.raw[j] in (".", "؛", ";"):
                return self._told_before(role, trigger, rule)
            said = reading.has(j, "reportVerb")
            if said is not None and said.form.tense == "perfect":
                break  # أصدر بيانا أدان فيه القصف: who says it did not do it
            managed = reading.has(j, "lightNoun")
            if managed is not None and i - j <= _MANAGED_REACH:
                if reading.has(j, "lightVerb") is not None:  # إن الطيران شن غارات: unmarked, the noun is the verb too
                    ruling = self._subject(role, j, trigger, f"{rule}.light", before=i)
                    if ruling:
                        return ruling
                told = self._managing(role, j, managed, trigger, f"{rule}.light")
                return told or self._announcer(role, trigger, rule)  # أعلن الجيش تنفيذ هجوم: his own
            verb = reading.has(j, "lightVerb") or self._untold(j, trigger)
            if verb is None and trigger.analysis.pro.endswith("ب"):
                verb = reading.has(j, "hitVerb")  # استهدفت الفصائل بالقصف المدفعي مواقع …
                if verb is not None and verb.entry.pos == "noun":
                    return self._behind(role, j, trigger, f"{rule}.light")  # استهداف الطيران بالبراميل بلدة …
            if verb is not None and not (verb.pro == "ف" and verb.entry.get("passive")):  # فجرا is "at dawn"
                if verb.entry.get("passive"):
                    return []
                return self._subject(role, j, trigger, f"{rule}.light", before=i)
            if j in self.trigger_at and j != i and self.trigger_at[j].verbal:
                return self._told_before(role, trigger, rule)
        return self._announcer(role, trigger, rule) or self._told_before(role, trigger, rule)

    def _answered(self, i: int, a: int) -> bool:
        """ردا على قصف المدينة: who answers did not do what is answered."""
        hits = (hit for k in range(max(a, i - 3), i) for hit in self.reading.phrase_at.get(k, ()))
        return any(hit.last == i and hit.entry.cls == "occasion" for hit in hits)

    def _untold(self, j: int, trigger: TriggerHit) -> Analysis | None:
        """ألقى الطيران براميل: a verb of the same type that is no trigger beside its noun still has its doer."""
        if j in self.trigger_at:
            return None
        return next(
            (
                x
                for x in self.reading.analyses[j]
                if x.entry.section == "events"
                and x.entry.pos == "verb"
                and x.form.tense in ("perfect", "imperfect")
                and x.entry.get("type") == trigger.type
                and x.entry.get("secondary")
            ),
            None,
        )

    def _managing(self, role: str, j: int, noun: Analysis, trigger: TriggerHit, rule: str) -> list[Filler]:
        """أعلن الجيش تمكنه من تحرير الحي, بعد نجاح الفصائل في السيطرة: who managed to do it did it."""
        if not noun.enclitic:
            return self._behind(role, j, trigger, rule)
        whose = self._antecedent(j, *GENDER_OF_PRONOUN.get(noun.enclitic, ("", "")))
        return self._coordinated(role, whose, rule) if whose is not None else []

    def _behind(self, role: str, j: int, trigger: TriggerHit, rule: str) -> list[Filler]:
        """The actor in the genitive of the noun of action at `j`."""
        mention = self.around.mention_at.get(j + 1)
        if mention is None or mention.pro or not self._may_act(mention, trigger):
            return []
        return self._coordinated(role, mention, rule)

    def _told_before(self, role: str, trigger: TriggerHit, rule: str) -> list[Filler]:
        """وأسفر القصف عن …: "the shelling" is that of the sentence before, with its doer."""
        reading, i = self.reading, trigger.i
        if not trigger.analysis.article or trigger.entry.pos != "noun":
            return []
        here = reading.sentence_of[i]
        earlier = [t for t in self.triggers if t.i < i and here - reading.sentence_of[t.i] <= 1]
        if not earlier or earlier[-1].type != trigger.type or reading.zones[earlier[-1].i] != reading.zones[i]:
            return []
        return [f._replace(rule=f"{rule}.told") for f in self._doer(role, earlier[-1], rule)]

    def _announcer(self, role: str, trigger: TriggerHit, rule: str) -> list[Filler]:
        """أعلن الجيش استعادة البلدة: a force that announces an act without another doer announces its own."""
        reading, i = self.reading, trigger.i
        if trigger.entry.get("frame") in ("strike", "shell"):
            return self._claimed(role, trigger, rule)
        if trigger.entry.get("frame") not in _OWN_ACTS:
            return []
        a, _ = reading.sentences[reading.sentence_of[i]]
        reach = _ANNOUNCED if trigger.entry.get("frame") != "order" else _ORDERED
        for j in range(i - 1, max(a - 1, i - reach), -1):
            settings = reading.lexicon.settings
            orders = settings.get("ordering", ()) if trigger.entry.get("frame") in ("order", "evacuate") else ()
            led = (*orders, *settings.get("intending", ()))
            ordering = next((x for x in reading.analyses[j] if x.entry.pos == "verb" and x.entry.lemma in led), None)
            verb = ordering or reading.has(j, "reportVerb")
            if verb is None:
                if reading.has(j, "complementiser") is not None:
                    return []
                continue
            if ordering is None and verb.entry.lemma not in settings.get("announcing", ()):
                return []
            for k in range(j + 1, i):
                mention = self.around.mention_at.get(k)
                if mention is not None and ordering is not None and mention.kind == SOURCE:
                    mention = self._spoken_for(mention)  # دعا المتحدث باسم الجيش السكان إلى …: the army orders
                if mention is not None and mention.kind == SOURCE and not mention.pro.strip("وف"):
                    return self._through_source(role, i, "", "", f"{rule}.announcer")
                if mention is None or mention.kind != ACTOR or mention.pro.strip("وف"):
                    continue
                if mention.armed or (ordering is not None and mention.subkind in ("state", "government")):
                    return self._coordinated(role, mention, f"{rule}.announcer")
            if i - j <= 2 and verb.form.tense:
                form = verb.form
                subject = self._before(j, a, form.gender, form.number, trigger) or self._antecedent(
                    j, form.gender, form.number
                )
                return (
                    self._coordinated(role, subject, f"{rule}.announcer")
                    if subject is not None and subject.armed
                    else []
                )
            return []
        return []

    def _claimed(self, role: str, trigger: TriggerHit, rule: str) -> list[Filler]:
        """أعلن حزب الله، اليوم، استهداف ثكنة: the act that stands right behind who announces it is its own."""
        reading, i = self.reading, trigger.i
        if trigger.analysis.article or trigger.analysis.pro or trigger.analysis.enclitic:
            return []
        k = i - 1
        while k > 0 and (reading.punct[k] or reading.dated(k) or reading.words[k] == "عن"):
            if reading.raw[k] in (".", ":", "؛"):
                return []
            k -= 1
        mention = self.around.mention_cover.get(k)
        if mention is None or mention.kind != ACTOR or not mention.armed or mention.last != k + 1 or mention.pro:
            return []
        verb = reading.has(mention.first - 1, "reportVerb") if mention.first else None
        announced = verb is not None and verb.entry.lemma in reading.lexicon.settings.get("announcing", ())
        return self._coordinated(role, mention, f"{rule}.announcer") if announced else []

    def _spoken_for(self, speaker: Mention) -> Mention | None:
        """المتحدث باسم الجيش: whom an official speaks for."""
        inner = (actor_at(self.reading, k) for k in range(speaker.first + 1, speaker.last))
        return next((m for m in inner if m is not None and m.armed and not m.pro), None)

    def _noun_doer_english(self, role: str, trigger: TriggerHit, rule: str) -> list[Filler]:
        reading, i = self.reading, trigger.i
        a, b = reading.sentences[reading.sentence_of[i]]
        if trigger.entry.pos == "verb":  # is withdrawing, capturing
            follower = self.around.mention_cover.get(i) or self.around.mention_at.get(i + 1)
            if (
                follower is not None
                and follower.kind == ACTOR
                and trigger.entry.get("frame") in ("enter", "withdraw")
                and (i == a or reading.words[i - 1] not in PASSIVE_AUXILIARIES)
            ):
                return self._coordinated(role, follower, f"{rule}.attributive")  # with advancing rebels
            return self._subject(role, i, trigger, rule)
        owner = self._whose(i, a)
        if owner is not None and self._may_act(owner, trigger):
            return self._coordinated(role, owner, f"{rule}.whose")
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
            if reading.raw[j] in POSSESSIVES:
                j -= 1
                continue
            if not (
                reading.has(j, "air")
                or reading.has(j, "artillery")
                or reading.has(j, "rocket")
                or is_adjectival(reading, j)
                or j in self.around.quantity_at
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
        told = trigger.entry.get("frame") == "order"
        orders = reading.lexicon.settings.get("ordering", ()) if told else ()  # issued evacuation orders
        for j in range(i - 1, max(a - 1, i - 8), -1):
            light = reading.has(j, "lightVerb") is not None or (reading.words[j] in orders and not reading.punct[j])
            if light and j not in self.around.mention_cover:
                if self._passive_english(j):
                    return []
                return self._subject(role, j, trigger, f"{rule}.light", before=i)
            if reading.punct[j] and reading.raw[j] in (";", ","):
                break
        return self._harming(role, trigger, rule) or self._announced(role, trigger, rule)

    def _whose(self, i: int, a: int) -> Mention | None:
        """Rebels whose three-week assault: the actor before the relative owns the noun at `i`."""
        reading = self.reading
        k = next((k for k in range(i - 1, max(a, i - 5), -1) if reading.words[k] == "whose"), None)
        if k is None:
            return None
        mention = self.around.mention_cover.get(k - 1 - (reading.raw[k - 1] == ","))
        return mention if mention is not None and mention.kind == ACTOR else None

    def _harming(self, role: str, trigger: TriggerHit, rule: str) -> list[Filler]:
        """The army killed nine people in an air strike: who kills by it does it."""
        reading, i = self.reading, trigger.i
        a, _ = reading.sentences[reading.sentence_of[i]]
        k = i - 1
        while k > a and not reading.punct[k] and reading.words[k] not in ("in", "during", "with"):
            k -= 1
        if i - k > 5 or reading.words[k] not in ("in", "during", "with"):
            return []
        for j in range(k - 1, max(a, k - 16), -1):
            main = self.trigger_at.get(j)
            if main is not None and main.verbal and main.entry.get("frame") in ("seize", "control", "enter", "strike"):
                return [] if self._passive_english(j) else self._subject(role, j, main, f"{rule}.harming")
            if reading.punct[j] or main is not None:
                return []
            harm = reading.has(j, "harm")
            if harm is not None and harm.entry.get("transitive") and harm.form.tense != "gerund":
                return [] if self._passive_english(j) else self._subject(role, j, trigger, f"{rule}.harming")
        return []

    def _announced(self, role: str, trigger: TriggerHit, rule: str) -> list[Filler]:
        """The capture of the town was announced by the rebels: a force announces its own act."""
        reading, i = self.reading, trigger.i
        if trigger.entry.get("frame") not in ("control", "seize", "withdraw", "enter"):
            return []
        _, b = reading.sentences[reading.sentence_of[i]]
        for j in range(i + 1, min(b - 2, i + 12)):
            if j in self.trigger_at:
                return []
            verb = reading.has(j, "reportVerb")
            if verb is None:
                continue
            if verb.entry.lemma not in reading.lexicon.settings.get("announcing", ()) or reading.words[j + 1] != "by":
                return []
            mention = self.around.mention_at.get(j + 2 + (reading.words[j + 2] in ("the", "a", "its")))
            if mention is not None and mention.kind == ACTOR and mention.armed:
                return self._coordinated(role, mention, f"{rule}.announcer")
            return []
        return []

    def _subject(self, role: str, i: int, trigger: TriggerHit, rule: str, before: int | None = None) -> list[Filler]:
        """The subject of the verb at `i`."""
        mention = self._subject_mention(i, trigger, before)
        owned = self._weapon(role, i, rule) if self.arabic and trigger.i == i else []
        if owned and (mention is None or mention.first > owned[0].at or mention.last <= owned[0].at):
            return owned
        if mention is None:
            return []
        return self._coordinated(role, mention, f"{rule}.subject" if not rule.endswith(("relative", "light")) else rule)

    def _weapon(self, role: str, i: int, rule: str) -> list[Filler]:
        """القنابل الروسية استهدفت, استهدفت صواريخ إسرائيلية: whose the weapon is that is the subject of the verb."""
        reading = self.reading
        for at in (i - 2, i + 1):
            k = at + 1
            if not 0 <= at < k < len(reading) or k in self.around.mention_cover:
                continue
            weapon = next(
                (x for c in ("munition", "rocket", "artillery") if (x := reading.has(at, c)) is not None), None
            )
            nation = nation_adjective(reading, k)
            if weapon is not None and nation is not None and weapon.pro in ("", "و"):
                return [Filler(role, reading.host_span(k, k + 1), f"{rule}.modifier", None, nation, k)]
        return []

    def _by(self, role: str, trigger: TriggerHit, rule: str) -> list[Filler]:
        reading = self.reading
        _, right = self.stretch(trigger)
        _, b = reading.sentences[reading.sentence_of[trigger.i]]
        for j in reading.begun("byAgent", trigger.i + 1, min(b, trigger.i + 14, right + 6)):
            phrase = reading.phrase_of(j, "byAgent")
            at = phrase.last if phrase is not None else j + 1
            if self.arabic and any(reading.has(k, "relative") is not None for k in range(trigger.i + 2, j)):
                break  # … التي وقعت بأيدي المتمردين
            if not self.arabic and not self._by_of_trigger(trigger, j):
                continue
            if not self.arabic and at < b and reading.words[at] in ("the", "a", "an"):
                at += 1
            mention = self.around.mention_at.get(at)
            mention = mention if self.arabic or mention is None else self._possessed(mention)
            instrument = phrase is not None and bool(phrase.entry.get("instrument"))
            if instrument and mention is not None and mention.generic and (mention.air or mention.ground):
                continue  # بواسطة المسيرات: by what, not by whom
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
        others = [k for k in self._event_tokens if i < k < j]
        if trigger.entry.pos == "noun" and others and not all(self._listed_with(k) for k in others):
            return False  # the raids coincided with bombardment by X
        before = reading.words[j - 1]
        light = reading.has(j - 1, "lightVerb") is not None or before in ("out", "away", "up")
        participle = before.endswith("ed") or before in ("held", "run", "led", "won", "seen", "driven")
        return j - 1 == i or light or not participle

    def _listed_with(self, k: int) -> bool:
        """Airstrikes, heavy shelling and raids by X: the trigger at `k` goes on with those before it."""
        return any(self.reading.words[j] == "and" or self.reading.raw[j] == "," for j in range(max(0, k - 3), k))

    def _coordinated(self, role: str, mention: Mention, rule: str) -> list[Filler]:
        """The filler, with those that "and" joins to it."""
        owned = self._owned(mention)
        if owned:
            agreement = GENDER_OF_PRONOUN.get(owned, ("", ""))
            whose = self._antecedent(mention.first, *agreement)
            if whose is None:  # "its forces": of the ministry that speaks, or nobody knows whose
                return self._through_source(role, mention.first, *agreement, f"{rule}.its")
            return [Filler(role, whose.span, f"{rule}.its", whose, whose.entry, mention.first)]
        fillers = [self._filler(role, mention, rule)]
        current = fillers[0].mention or mention
        if current.last <= mention.first:
            current = mention  # the pronoun's place is where the sentence goes on
        following = self._joined(role, current)
        while following is not None and len(fillers) < _MOST_JOINED:
            fillers.append(self._filler(role, following, f"{rule}.and"))
            following = self._joined(role, following)
        return fillers

    def _through_source(self, role: str, i: int, gender: str, number: str, rule: str) -> list[Filler]:
        """أعلنت وزارة الدفاع الروسية سحب قواتها: the actor that a source of the same sentence speaks for."""
        here = self.around.mentions_of(self.reading.sentence_of[i])
        for m in reversed([m for m in here if m.last <= i and m.kind == SOURCE and m.entry is not None]):
            actor = self.reading.lexicon.registry.get(str(m.entry.get("actor"))) if m.entry is not None else None
            if actor is not None and actor.get("party") and self._agrees(m, gender, number):
                return [Filler(role, m.span, rule, None, actor, i)]
        return []

    def _joined(self, role: str, current: Mention) -> Mention | None:
        """الجيش والمقاومة, "الجيش الوطني" و"المقاومة الشعبية", the army and its allies: what is joined to a mention."""
        reading, n = self.reading, len(self.reading)
        j = current.last
        if not self.arabic:
            return self._joined_english(role, j)
        j = self._behind_quotes(j)
        alone = j < n and reading.words[j] == "و"
        following = self.around.mention_at.get(self._behind_quotes(j + 1) if alone else j)
        if following is None or following.pro != ("" if alone else "و") or following.metonym:
            return None
        alike = following.kind == current.kind and (following.kind == PEOPLE or role == "target")
        if following.kind != ACTOR and not alike:
            return None
        # و + actor + verb opens a new clause: the second actor is that verb's subject.
        after = following.last
        readings = reading.analyses[after] if after < n else ()
        if readings and all(x.entry.pos == "verb" and x.form.number == "d" for x in readings):
            return following  # X وY استهدفا: a dual verb has both as its subject
        told = "hitVerb" if reading.has(after, "hitVerb") is not None else "result"
        if after < n and reading.has(after, told) is not None and self._governs_pair(current):
            return following  # قصف للنظام وروسيا استهدف منازل: the shelling hit, and both did it
        if (after in self.trigger_at and self.trigger_at[after].verbal) or (
            readings and all(x.entry.pos == "verb" for x in readings)
        ):
            return None
        return following

    def _joined_english(self, role: str, j: int) -> Mention | None:
        """The army and its allies, rebels backed by X, a school, a bakery and a castle: what goes on at token `j`."""
        reading, n = self.reading, len(self.reading)
        if j + 1 >= n:
            return None
        if role == "agent" and (supporter := self._supporter(j)) is not None:
            return supporter
        begin = j + 1 if reading.words[j] == "and" or reading.raw[j] == "," else j
        listed = begin == j + 1 and reading.raw[j] == ","
        if begin < n and reading.words[begin] == "and" and listed:
            begin += 1
        article = begin < n and (reading.words[begin] in _EN_ARTICLES or begin in self.around.quantity_at)
        begin += article
        following = self.around.mention_at.get(begin)
        if following is None:
            return None
        if begin - article == j or listed:  # a list of what was hit, its commas lost or not
            told = role == "target" and following.kind == FACILITY and article
            return following if told and self._goes_on(following) else None
        allowed = (ACTOR, FACILITY, PEOPLE) if role == "target" else (ACTOR,)
        return following if following.kind in allowed else None

    def _supporter(self, j: int) -> Mention | None:
        """Troops backed by X, the army alongside X: the armed group that fights with those whose words end at `j`."""
        reading = self.reading
        led = next((words for words in _EN_SUPPORTED if tuple(reading.words[j : j + len(words)]) == words), None)
        if led is None or self.arabic:
            return None
        begin = j + len(led)
        begin += begin < len(reading) and reading.words[begin] in _EN_ARTICLES
        mention = self.around.mention_at.get(begin)
        return mention if mention is not None and mention.kind == ACTOR and mention.subkind == "armedGroup" else None

    def _goes_on(self, mention: Mention) -> bool:
        """A bakery of a list: behind it the list ends with "and", or another thing follows."""
        reading, j = self.reading, mention.last
        j += j < len(reading) and reading.raw[j] == ","
        if j + 1 >= len(reading):
            return False
        following = self.around.mention_at.get(j + 1) if reading.words[j] in _EN_ARTICLES else None
        return reading.words[j] == "and" or (following is not None and following.kind == FACILITY)

    def _governs_pair(self, current: Mention) -> bool:
        """The first of two actors stands in the genitive, so that neither is the subject of the verb behind them."""
        return current.pro.endswith("ل") or any(k in self.trigger_at for k in (current.first - 1, current.first - 2))

    def _behind_quotes(self, j: int) -> int:
        while j < len(self.reading) and self.reading.raw[j] in ('"', "”", "»", "“", "«"):
            j += 1
        return j

    def _filler(self, role: str, mention: Mention, rule: str) -> Filler:
        owner = self._owner(role, mention)
        if owner is not None:
            return Filler(role, owner.span, f"{rule}.owner", owner, owner.entry, mention.first)
        if not self.arabic and (owner := self._owner_of(mention)) is not None:
            return Filler(role, owner.span, f"{rule}.its", owner, owner.entry, mention.first)
        if not self.arabic and (named := self._named_before(mention)) is not None:
            return Filler(role, named.span, f"{rule}.named", named, named.entry, mention.first)
        if not self.arabic and (named := self._labelled(mention)) is not None:
            return Filler(role, named.span, f"{rule}.known", named, named.entry, mention.first)
        if not self.arabic and (owner := self._flown_by(mention)) is not None:
            return Filler(role, owner.span, f"{rule}.owner", owner, owner.entry, mention.first)
        return Filler(role, mention.span, rule, mention, mention.entry, mention.first)

    def _flown_by(self, mention: Mention) -> Mention | None:
        """An RSF drone, Syrian army helicopters: who is named before what flies or fires does it."""
        if mention.kind != ACTOR or mention.of is None or not (mention.air or mention.ground):
            return None
        owner = named_actor(self.reading, mention.first)
        return owner if owner is not None and owner.entry is mention.of and owner.last < mention.last else None

    def _owner(self, role: str, mention: Mention) -> Mention | None:
        """مواقع الجيش, a convoy of the army: what is hit is the force."""
        reading = self.reading
        if role == "target" and mention.kind == ACTOR and mention.head is not None and mention.head.get("convoy"):
            inner = (actor_at(reading, k) for k in range(mention.first + 1, mention.last))
            return next((m for m in inner if m is not None and m.armed), None)
        if mention.kind != FACILITY:
            return None
        reach = mention.last + (3 if self.arabic else 2)
        if not self.arabic and mention.last < len(reading) and reading.words[mention.last] == "of":
            reach += 1  # positions of the regime
        for k in range(mention.first + 1, min(len(reading), reach)):
            owner = self.around.mention_at.get(k)
            if owner is not None and owner.kind == ACTOR and owner.armed and owner.pro in ("", "ل"):
                return None if self.arabic and self._inside_place(owner) else owner
            if self.arabic and k >= mention.last and self._owner_ends(k):
                return None
        return None

    def _inside_place(self, mention: Mention) -> bool:
        """مستشفى شهداء الأقصى: an actor's name inside that of a place."""
        place = self.around.place_cover.get(mention.first)
        if place is not None:
            return place.first < mention.first
        kind = self.reading.has(mention.first - 1, "placeType") if mention.first else None
        return kind is not None and bool(kind.entry.get("named"))

    def _owner_ends(self, k: int) -> bool:
        """Only adjectives stand between a thing and its owner: مبنى يتجمع فيه المسلحون has none."""
        return k not in self.around.mention_cover and not is_adjectival(self.reading, k)

    def _rules_a_verb(self, mention: Mention) -> bool:
        """A state owns forces where it acts (Russia announced …); a state that only says where owns none."""
        if mention.subkind != "state" and not mention.metonym:
            return True
        reading, k = self.reading, mention.last
        if k < len(reading) and reading.raw[k] in ("'s", "’s"):  # Russia's defence ministry said its forces …
            return bool(reading.begun("reportVerb", k, min(len(reading), k + _MINISTRY_REACH)))
        return k < len(reading) and any(
            a.entry.pos == "verb" or a.entry.cls == "auxiliary" for a in reading.analyses[k]
        )

    @cached_property
    def _labels(self) -> frozenset[str]:
        return frozenset(self.reading.lexicon.settings.get("labels", ()))

    def _ends_in_label(self, mention: Mention) -> bool:
        head = self.reading.has(mention.last - 1, "actorHead")
        return head is not None and head.entry.lemma in self._labels

    def _labelled(self, mention: Mention) -> Mention | None:
        """IS militants … the jihadists: the one armed group that the article has named with such a word before."""
        reading, head = self.reading, mention.head
        if head is None or head.lemma not in self._labels or not mention.generic or mention.last - mention.first > 1:
            return None
        if not mention.first or reading.words[mention.first - 1] != "the":
            return None
        named = [
            m
            for m in self.around.mentions
            if m.first < mention.first and m.kind == ACTOR and not m.generic and self._ends_in_label(m)
        ]
        groups = {e.id if (e := m.entry or m.of) is not None else m.span.of(reading.plain) for m in named}
        return named[-1] if len(groups) == 1 and named[-1].nation is None else None

    def _named_before(self, mention: Mention) -> Mention | None:
        """The forces: those of the same noun that the article named just before, where these are of one actor."""
        reading = self.reading
        bare = mention.kind == ACTOR and mention.entry is None and mention.of is None and mention.nation is None
        if not bare or mention.head is None or mention.air or mention.last - mention.first > 1 or not mention.first:
            return None
        if reading.words[mention.first - 1] not in ("the", "these", "those"):
            return None
        here = reading.sentence_of[mention.first]
        lemma = str(mention.head.lemma)
        named = [
            m
            for m in self.around.mentions
            if m.kind == ACTOR
            and m.first < mention.first
            and here - _NAMED_WITHIN <= reading.sentence_of[m.first]
            and (m.entry is not None or m.of is not None or m.nation is not None)
            and (m.head is mention.head or self._ends_in(m, lemma))
            and reading.zones[m.first] == "body"
        ]
        known = {e.id for m in named if (e := m.entry or m.of or m.nation) is not None}
        return named[-1] if len(known) == 1 else None

    def _ends_in(self, mention: Mention, lemma: str) -> bool:
        head = self.reading.has(mention.last - 1, "actorHead")
        return head is not None and head.entry.lemma == lemma

    def _owner_of(self, mention: Mention) -> Mention | None:
        """ISIS … even as its fighters: whose they are, where the sentence named just one before."""
        reading = self.reading
        if mention.kind != ACTOR or mention.entry is not None or mention.of is not None or not mention.first:
            return None
        if reading.words[mention.first - 1] not in ("its", "his"):
            return None
        if reading.words[mention.first - 2] == "and":
            beside = self.around.mention_cover.get(mention.first - 3)
            if beside is not None and beside.kind == ACTOR and beside.entry is not None:
                return beside  # Turkey and its proxies
        a, _ = reading.sentences[reading.sentence_of[mention.first]]
        named = [
            m
            for m in self.around.mentions
            if a <= m.first < mention.first and m.kind == ACTOR and m.entry and self._rules_a_verb(m)
        ]
        return named[0] if len({m.entry.id for m in named if m.entry is not None}) == 1 else None

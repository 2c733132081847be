"""Roles: which mentions fill the slots of a trigger, by the declarative frames of the lexicon.

Invariant: a filler carries the rule that chose it (`frame.role.selector`), and a slot without a rule that fits stays
empty: a missing actor is acceptable, a wrong one is not. One code serves both languages; they differ in data and in
where a subject and a modifier may stand.
"""

from collections.abc import Sequence

from ingest.doers import DoerReader, Filler
from ingest.frames import is_adjectival
from ingest.mentions import ACTOR, FACILITY, PEOPLE, Mention
from ingest.triggers import TriggerHit, turns
from ontology.model import Span
from ontology.normal import name_key, normal_word

_HOLDER_REACH = 16
_NAME_BEFORE = 2  # words of a name before the one with "-held"
_HELD = frozenset({"held", "controlled", "occupied", "run"})
_HOLDERS = frozenset(
    {"rebel", "opposition", "government", "regime", "insurgent", "militant", "jihadist", "army", "militia"}
)
_RUINED = frozenset({"destroyed", "damaged", "levelled", "leveled", "flattened", "shattered"})
_OBJECT_REACH = 3  # words between a noun of action with its doer and the ل of what it hits
_REPELLED_REACH = 10  # words from a verb of repelling to the attack, from the attack to who made it
_ORDERED_REACH = 22  # words between an order and the leaving, with the places that the people live in between
_RESUMED = frozenset({"فيه", "فيها", "به", "بها", "عليه", "عليها", "منه", "منها", "داخله", "داخلها"})
_ACTS = frozenset({"control", "seize", "expel", "withdraw", "enter", "repel", "strike", "shell"})
_SIDES = 2  # of a clash
_ORDER_REACH = 9  # words between people who leave and the order, between the order and who gave it


class Roles(DoerReader):
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
            sided = any(".between" in f.rule for f in fillers)
            if not fillers or (spec.get("coordinate") and not sided and (len(fillers) == 1 or not self.arabic)):
                fillers = fillers + [
                    f
                    for f in self._by_preposition(role, trigger, spec.get("preps", ()), f"{name}.{role}", found)
                    if all(f.at != g.at for g in fillers)
                ]
            if role == "agent" and spec.get("coordinate") and len(fillers) == 1 and self.arabic:
                fillers = [*self._other_side(trigger, fillers[0], f"{name}.agent"), *fillers]
            taken = {f.at for f in found}
            found.extend(f for f in fillers if f.at not in taken)
        return found

    def _other_side(self, trigger: TriggerHit, side: Filler, rule: str) -> list[Filler]:
        """Who fights the one named behind مع: whose dead the sentence counts, else who does what it tells besides."""
        reading, i = self.reading, trigger.i
        if not side.rule.endswith((".prep", ".with")) or self.preposition(side.at, "") != "مع":
            return []
        a, b = reading.sentences[reading.sentence_of[i]]
        led = reading.has(i - 1, "cause") or reading.has(i - 1, "prep") or reading.has(i - 1, "clause")
        if led is None and not trigger.analysis.pro.endswith("ب"):
            return []
        for k in range(i - 1, a - 1, -1):
            mention = self.around.mention_at.get(k)
            if mention is not None and mention.kind == ACTOR and mention.armed and self._dead_of(mention, a):
                dead = self._coordinated("agent", self._first_of(mention), f"{rule}.dead")
                return [f for f in dead if not _named_alike(f, side)]
        others = sorted((t for t in self.triggers if a <= t.i < b and t.i != i), key=lambda t: abs(t.i - i))
        for other in others:
            if other.type == trigger.type or other.entry.get("frame") not in _ACTS:
                continue
            fillers = [f._replace(rule=f"{rule}.besides") for f in self._doer("agent", other, rule)]
            if fillers:
                return fillers if not any(_named_alike(f, side) for f in fillers) else []
        return []

    def _dead_of(self, mention: Mention, a: int) -> bool:
        """قتل 15 من عناصر الجيش: the dead are of this force."""
        reading = self.reading
        for k in range(mention.first - 1, max(a - 1, mention.first - 7), -1):
            if reading.punct[k] or k in self.trigger_at:
                return False
            harm = reading.has(k, "harm")
            if harm is not None and harm.entry.get("category") in ("killed", "injured"):
                return not self._governed(mention.first) or reading.words[mention.first - 1] == "من"
        return False

    def _select(self, selector: str, role: str, trigger: TriggerHit, rule: str) -> list[Filler]:
        if selector == "doer":
            return [f for f in self._doer(role, trigger, rule) if not self._moved(trigger, f)]
        if selector == "object":
            return self._object(role, trigger, rule)
        if selector == "idafa_people":
            return self._idafa(role, trigger, rule, people=True)
        if selector == "idafa_actor":
            return self._idafa(role, trigger, rule)
        if selector == "between":
            return self._between(role, trigger, rule)
        if selector == "orderer":
            return self._orderer(role, trigger, rule)
        if selector == "repelled":
            return self._repelled(role, trigger, rule)
        if selector == "ordered":
            return self._ordered(role, trigger, rule)
        if selector == "undergoer":
            return self._undergoer(role, trigger, rule)
        if selector == "hand":
            return self._hand(role, trigger, rule)
        if selector == "passive_by":
            return self._by(role, trigger, rule)
        if selector == "holder":
            return self._holder(role, trigger, rule)
        if selector == "speaker":
            return []  # filled from the attribution
        raise ValueError(f"unknown selector {selector!r} in frame {trigger.entry.get('frame')!r}")

    def _moved(self, trigger: TriggerHit, doer: Filler) -> bool:
        """أُجلي مئات المدنيين: people are moved by others, whatever the voice that the verb can be read in."""
        people = doer.mention is not None and doer.mention.kind == PEOPLE
        return self.arabic and people and trigger.entry.get("frame") == "evacuate"

    def _object(self, role: str, trigger: TriggerHit, rule: str) -> list[Filler]:
        """What a verb hits: the next mention without a preposition that is not the subject."""
        reading, i = self.reading, trigger.i
        if not self.arabic and trigger.entry.pos == "verb" and self._passive_english(i):
            struck = self._passive_subject(i, trigger)
            return [self._filler(role, struck, f"{rule}.passive")] if struck is not None else []
        _, right = self.stretch(trigger)
        if not self.arabic and reading.words[i + 1 : i + 2] == ["and"]:
            return []  # fighters were evacuated and the army took control
        subject = None
        behind = -1
        if trigger.verbal or not trigger.analysis.enclitic:
            subjects = self._doer("agent", trigger, "") if self.frame(trigger).get("agent", {}).get("select") else []
            subject = subjects[0].at if subjects and not self._moved(trigger, subjects[0]) else None
            if self.arabic and subjects and subjects[0].rule == ".idafa":
                last = subjects[-1].mention
                behind = last.last if last is not None else -1  # قصف الطيران منزلا: the object of a noun of action
        begin = i + 1
        allowed = trigger.verbal or (
            trigger.entry.pos == "noun"
            and trigger.entry.get("frame") in ("strike", "shell", "attack", "evacuate", "order")
        )
        if not allowed:
            return []
        if not self.arabic and (struck := self._struck_by(trigger)) is not None:
            return [self._filler(role, struck, f"{rule}.passive")]
        # استهدفت غارات جوية مواقع …: the verb of hitting stands before its noun.
        hit_seen = self.arabic and (reading.has(i - 1, "hitVerb") is not None or self._hitting(trigger))
        for j in range(begin, right):
            if reading.punct[j] and reading.raw[j] in (".", ";", "؛", ":"):
                break
            if reading.has(j, "hitVerb") is not None:
                hit_seen = True
                continue
            if not self.arabic and (
                reading.phrase_of(j, "attribution") is not None
                or reading.has(j, "clause") is not None
                or (reading.has(j, "reportVerb") is not None and reading.has(j, "sourceHead") is None)
                or self._speaks(j)
            ):
                break
            if self.arabic and any(reading.has(j, cls) is not None for cls in ("clause", "result", "including")):
                break
            if self.arabic and (
                reading.phrase_of(j, "occasion") is not None
                or reading.phrase_of(j, "attribution") is not None
                or reading.phrase_of(j, "byAgent") is not None
                or turns(reading, j)
                or self._holds(j)
            ):
                break  # باستخدام المسيرات; ردا على …; منطقة تسيطر عليها الحكومة: who holds it is not what was hit
            if self.arabic and trigger.type != "Evacuation" and reading.has(j, "harm") is not None:
                break
            mention = self.around.mention_at.get(j)
            if mention is None or mention.first == subject or mention.metonym:
                continue
            if mention.subkind == "state" and mention.first in self.around.place_cover:
                continue
            if reading.counted(mention.first):
                continue
            if self.arabic and self._said_of_place(i, j):
                continue
            pro = mention.pro.strip("وف")
            if pro == "ل" and mention.armed and j - 1 > i and j - 1 != subject and (trigger.verbal or hit_seen):
                return self._coordinated(role, mention, f"{rule}.object.owner")  # قصفت أهدافا لتنظيم الدولة
            governed = pro or (self._governed_by_any(j) and not self._governed_by_hit(j, i))
            if governed or (mention.pro and not hit_seen):
                continue
            if not trigger.verbal and not hit_seen and self.arabic and mention.kind == ACTOR:
                continue  # the noun after a noun is its doer
            if self.arabic and (self._said_by(j) or self._inside_place(mention)):
                continue
            if not self.arabic and not trigger.verbal and not hit_seen:
                continue
            if self.arabic and mention.kind == FACILITY and trigger.type == "Evacuation":
                continue  # إخلاء منازلهم: homes are left, people leave
            if mention.kind == FACILITY or mention.kind in (ACTOR, PEOPLE):
                if not self.arabic and mention.kind == PEOPLE and self._counted_english(mention, trigger):
                    continue
                if mention.kind == FACILITY and self._named_facility(mention):
                    continue
                if not self.arabic and reading.raw[mention.first - 1] == "(":
                    continue
                if mention.kind == PEOPLE and (mention.first in self.around.quantity_at or self._harmed(mention)):
                    continue
                acted = 0 <= j - behind <= _OBJECT_REACH and not self._clause_between(behind - 1, j)
                if not (trigger.verbal or hit_seen or acted or trigger.entry.get("frame") in ("evacuate", "order")):
                    continue
                return self._coordinated(role, mention, f"{rule}.object")
        return []

    def _said_of_place(self, i: int, j: int) -> bool:
        """في الحي الذي يؤوي نازحين: told of a place in passing; the object of a hit is not (التي استهدفت حيا)."""
        reading = self.reading
        for k in range(j - 1, max(i, j - 4), -1):
            if reading.has(k, "hitVerb") is not None or k in self.trigger_at:
                return False
            if reading.has(k, "relative") is not None:
                return k < j - 1
        return False

    def _holds(self, j: int) -> bool:
        """A verb of another happening, or of a state, that is no trigger: its subject is no object of this one."""
        return j not in self.trigger_at and any(
            x.entry.section == "events" and x.entry.pos == "verb" and x.entry.get("type") == "Takeover"
            for x in self.reading.analyses[j]
        )

    def _hitting(self, trigger: TriggerHit) -> bool:
        """استهداف سيارة: a noun of hitting has what it hits right behind it, unless that may act."""
        hit = self.reading.has(trigger.i, "hitVerb")
        return hit is not None and hit.entry.pos == "noun" and not trigger.verbal

    def _said_by(self, j: int) -> bool:
        """وفق الموقع: the word at `j` is the speaker of an attribution right before it."""
        return any(
            hit.last == j and hit.entry.cls == "attribution"
            for k in range(max(0, j - 4), j)
            for hit in self.reading.phrase_at.get(k, ())
        )

    def _speaks(self, j: int) -> bool:
        """…, the White Helmets said: what begins behind a comma and rules a verb of saying is no object."""
        reading = self.reading
        mention = self.around.mention_at.get(j)
        if mention is None:
            return False
        return any(
            reading.has(k, "reportVerb") is not None
            for k in range(mention.last, min(len(reading), mention.last + 2))
            if not reading.punct[k]
        )

    def _named_facility(self, mention: Mention) -> bool:
        """مسجد عمر بن الخطاب: a facility with a name of its own is a place."""
        if mention.last - 1 in self.around.place_cover:
            return True
        reading, k = self.reading, mention.last
        if not self.arabic or mention.definite or k >= len(reading) or reading.punct[k]:
            return False
        word = reading.words[k]
        if k + 1 < len(reading) and reading.words[k + 1] in _RESUMED:
            return False  # مبنى يتجمع فيه المسلحون
        return not reading.analyses[k] and not word.startswith(("ال", "لل", "ل")) and not is_adjectival(reading, k)

    def _orderer(self, role: str, trigger: TriggerHit, rule: str) -> list[Filler]:
        """نزوح بعد أوامر من الجيش بالإخلاء: who ordered people to leave, where an order is told of."""
        reading, i = self.reading, trigger.i
        a, b = reading.sentences[reading.sentence_of[i]]
        orders = reading.lexicon.words_of(reading.lexicon.settings.get("orders", ()))
        told = (
            k
            for k in (*range(i - 1, max(a - 1, i - _ORDER_REACH), -1), *range(i + 1, min(b, i + 2 * _ORDER_REACH)))
            if not orders.isdisjoint((reading.words[k], *(v.host for v in reading.variants[k])))
        )
        for k in told:
            for j in range(k + 1, min(b, k + _ORDER_REACH)):
                mention = self.around.mention_at.get(j)
                if mention is not None and mention.kind == ACTOR and mention.armed and not mention.pro:
                    return [self._filler(role, mention, f"{rule}.orderer")]
        return []

    def _repelled(self, role: str, trigger: TriggerHit, rule: str) -> list[Filler]:
        """صد الجيش هجوما شنته الفصائل: who made the attack that the verb of repelling has as its object."""
        reading, i = self.reading, trigger.i
        _, b = reading.sentences[reading.sentence_of[i]]
        for k in range(i + 1, min(b, i + _REPELLED_REACH)):
            attack = next(
                (x for x in reading.analyses[k] if x.entry.section == "events" and x.entry.get("frame") == "attack"),
                None,
            )
            if attack is None or attack.entry.pos != "noun":
                continue
            told = TriggerHit(k, attack, trigger.type, None, trigger.span)
            return [f._replace(role=role, rule=f"{rule}.repelled") for f in self._told_doer(role, told, rule)]
        return []

    def _told_doer(self, role: str, attack: TriggerHit, rule: str) -> list[Filler]:
        """هجوما شنته الفصائل, هجوم لها, هجوما للفصائل: a doer that stands behind the attack itself."""
        reading, k = self.reading, attack.i
        _, b = reading.sentences[reading.sentence_of[k]]
        for j in range(k + 1, min(b, k + _REPELLED_REACH)):
            light = reading.has(j, "lightVerb")
            if light is not None and light.enclitic and not light.entry.get("passive"):
                return self._subject(role, j, attack, rule)
            mention = self.around.mention_at.get(j)
            if mention is not None:
                led = mention.pro.strip("وف") == "ل" or (not mention.pro and reading.words[j - 1] == "من")
                return self._coordinated(role, mention, rule) if led and mention.kind == ACTOR else []
            if reading.punct[j] or (reading.has(j, "prep") is not None and reading.words[j] != "من"):
                return []
        return []

    def _ordered(self, role: str, trigger: TriggerHit, rule: str) -> list[Filler]:
        """أمر الجيش سكان المخيم بالإخلاء: the people between the verb or noun of ordering and what they are to do."""
        reading, i = self.reading, trigger.i
        a, _ = reading.sentences[reading.sentence_of[i]]
        settings = reading.lexicon.settings
        verbs = (*settings.get("ordering", ()), *settings.get("compelling", ()))
        nouns = reading.lexicon.words_of((*settings.get("orders", ()), *settings.get("notices", ())))
        people: Mention | None = None
        told = False
        for k in range(i - 1, max(a - 1, i - _ORDERED_REACH), -1):
            if k in self.trigger_at and self.trigger_at[k].verbal:
                break
            mention = self.around.mention_at.get(k)
            if mention is not None and mention.kind == PEOPLE and not self._harmed(mention):
                if mention.pro.strip("وف") in ("", "ل") and not reading.counted(k):
                    people = mention
                if told:
                    break  # سكان المدينة مطالبون بالإخلاء: the people stand before it
                continue
            told = (
                told
                or any(x.entry.pos in ("verb", "adjective") and x.entry.lemma in verbs for x in reading.analyses[k])
                or not nouns.isdisjoint((reading.words[k], *(v.host for v in reading.variants[k])))
            )
            if told and people is not None:
                break
        return [self._filler(role, people, f"{rule}.ordered")] if told and people is not None else []

    def _undergoer(self, role: str, trigger: TriggerHit, rule: str) -> list[Filler]:
        """تعرضت الأحياء السكنية لقصف: what undergoes the act that ل leads to."""
        reading, i = self.reading, trigger.i
        if not trigger.analysis.pro.endswith("ل"):
            return []
        a, _ = reading.sentences[reading.sentence_of[i]]
        verb = next((k for k in range(i - 1, max(a - 1, i - 12), -1) if reading.has(k, "undergo") is not None), None)
        if verb is None:
            return []
        for k in (*range(verb + 1, i), *range(verb - 1, max(a - 1, verb - 6), -1)):
            mention = self.around.mention_at.get(k)
            if mention is None or mention.metonym or k in self.around.place_cover:
                continue
            if mention.kind in (FACILITY, PEOPLE) or mention.armed:
                free = not mention.pro.strip("وف") and not self._governed(k)
                return self._coordinated(role, mention, f"{rule}.undergoer") if free else []
        return []

    def _counted_english(self, mention: Mention, trigger: TriggerHit) -> bool:
        """People of a toll (22 others, nine civilians) are no target of a strike."""
        if trigger.type == "Evacuation":
            return False
        head = mention.head
        counted = self.reading.counted(mention.first) or self.reading.count_before(mention.first)
        return counted or (head is not None and head.lemma in ("other", "person", "victim"))

    def _passive_subject(self, i: int, trigger: TriggerHit) -> Mention | None:
        """A market was hit, families were evacuated: the nearest mention before the verb that nothing governs."""
        a, _ = self.reading.sentences[self.reading.sentence_of[i]]
        for k in range(i - 1, max(a - 1, i - 12), -1):
            if self.reading.raw[k] in (";", ":") or self.reading.has(k, "clause") is not None:
                return None
            mention = self.around.mention_cover.get(k)
            if (
                mention is not None
                and mention.kind in (ACTOR, PEOPLE, FACILITY)
                and not self._governed_by_any(mention.first)
            ):
                return mention
        return None

    def _struck_by(self, trigger: TriggerHit) -> Mention | None:
        """A school was hit by an air strike: what the verb before "by" and the noun acts on."""
        reading, i = self.reading, trigger.i
        if trigger.entry.pos != "noun":
            return None
        by = next((k for k in range(i - 1, max(0, i - 6), -1) if reading.words[k] == "by"), None)
        if by is None or reading.punct[by - 1]:
            return None
        verb = reading.has(by - 1, "hitVerb") is not None or reading.words[by - 1] in _RUINED
        struck = self._passive_subject(by - 1, trigger) if verb and self._passive_english(by - 1) else None
        return struck if struck is not None and struck.kind != PEOPLE else None

    def _holder(self, role: str, trigger: TriggerHit, rule: str) -> list[Filler]:
        """Captured the rebel-held town of X, the stronghold of Y, a town held by Y: whose it was."""
        reading, i = self.reading, trigger.i
        _, right = self.stretch(trigger)
        for j in range(i + 1, min(right, i + _HOLDER_REACH)):
            if reading.has(j, "clause") is not None or reading.raw[j] in (";", ":"):
                break
            host, _, held = reading.words[j].rpartition("-")
            if host and held in _HELD:
                return self._held_by(role, j, len(host), f"{rule}.holder")
            mention = self.around.mention_at.get(j)
            if mention is None or mention.kind != ACTOR or not mention.armed:
                continue
            begin = j - 1 - (reading.words[j - 1] == "the")
            if reading.words[mention.last : mention.last + 1] in (["stronghold"], ["bastion"]) or (
                (reading.words[begin - 1], reading.words[begin]) == ("lost", "to")
                or (reading.words[begin] == "by" and reading.words[begin - 1] in _HELD)
            ):
                return [self._filler(role, mention, f"{rule}.holder")]
        return []

    def _held_by(self, role: str, j: int, length: int, rule: str) -> list[Filler]:
        """The rebel of rebel-held, the Islamic State of Islamic State-held."""
        reading = self.reading
        for first in range(max(0, j - _NAME_BEFORE), j + 1):
            span = Span(reading.starts[first], reading.starts[j] + length)
            name = reading.lexicon.names.get(name_key(span.of(reading.plain)))
            if name is not None and name.entry.section == "actors":
                return [Filler(role, span, rule, None, name.entry, j)]
        generic = reading.words[j][:length] in _HOLDERS
        span = Span(reading.starts[j], reading.starts[j] + length)
        return [Filler(role, span, rule, None, None, j)] if generic else []

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
            to = next(
                (k for k in (i - 1, i - 2) if k > 0 and reading.words[k] == "to"), None
            )  # to immediately evacuate
            if to is not None:
                k = to - 1
                while k > 0 and (
                    k in self.around.place_cover
                    or k in self.around.quantity_at
                    or reading.raw[k] == ","
                    or reading.words[k] in ("of", "in", "from", "and", "several", "the")
                    or any(reading.has(k, cls) for cls in ("placeType", "direction", "partWord"))
                ):
                    k -= 1  # residents of Khiam, Yater and 23 villages in southern Lebanon to leave
                told = self.around.mention_cover.get(k)
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
            return self._coordinated(role, mention, f"{rule}.idafa")
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
                        side = self._filler(role, m, f"{rule}.between")
                        if any(side.at == f.at or side.span == f.span for f in picked):
                            continue  # X and its fighters from one side
                        picked.append(side)
                        supporter = self._supporter(m.last)
                        if supporter is not None:
                            picked.append(self._filler(role, supporter, f"{rule}.between.and"))
                    if len(picked) >= _SIDES:
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

    def _by_preposition(
        self, role: str, trigger: TriggerHit, preps: Sequence[str], rule: str, taken: Sequence[Filler]
    ) -> list[Filler]:
        if not preps:
            return []
        reading = self.reading
        _, right = self.stretch(trigger)
        wanted = reading.lexicon.words_of(preps)
        for mention in self.around.mentions_of(reading.sentence_of[trigger.i]):
            if not trigger.i < mention.first < right or mention.kind not in (ACTOR, PEOPLE, FACILITY):
                continue
            if any(f.at == mention.first for f in taken):
                continue
            if self.arabic and self._clause_between(trigger.i, mention.first):
                break
            preposition = self.preposition(mention.first, mention.pro)
            if preposition in wanted:
                if preposition == "ل" and role == "target" and not self._struck(mention, trigger, taken):
                    continue
                if not self.arabic and any(
                    reading.phrase_of(k, "attribution") for k in range(trigger.i, mention.first)
                ):
                    break
                if mention.metonym or (mention.first in self.around.place_cover and mention.kind != ACTOR):
                    continue
                if self.arabic and self._inside_place(mention):
                    continue
                if mention.subkind == "state" and mention.kind == ACTOR:
                    continue
                if mention.kind != ACTOR and not self.arabic and trigger.entry.get("frame") in ("seize", "control"):
                    continue  # forcing people from their homes
                if mention.kind == ACTOR and not self.arabic and self.preposition(mention.first, mention.pro) == "of":
                    continue  # the shelling of the army may be done by it or to it
                return self._coordinated(role, mention, f"{rule}.prep")
        return []

    def _clause_between(self, low: int, high: int) -> bool:
        reading = self.reading
        return any(reading.has(k, "clause") is not None and not reading.dated(k) for k in range(low + 1, high))

    def _struck(self, mention: Mention, trigger: TriggerHit, taken: Sequence[Filler]) -> bool:
        """قصفها لمواقع المعارضة: behind a noun of action that has its doer, ل leads to what is hit."""
        if trigger.entry.get("frame") not in ("strike", "shell", "attack"):
            return True
        if trigger.verbal or not taken or not (mention.kind == FACILITY or mention.armed):
            return False
        begin = max(
            trigger.i, *(f.mention.last - 1 for f in taken if f.mention is not None and f.at < mention.first), 0
        )
        return mention.first - begin <= _OBJECT_REACH


def _named_alike(one: Filler, other: Filler) -> bool:
    """Both fillers are the same mention or of the same registered actor."""
    named = [f.entry or (f.mention.of if f.mention is not None else None) for f in (one, other)]
    return one.at == other.at or (named[0] is not None and named[0] is named[1])

"""Subjects: who rules a verb, and whom a pronoun or a verb without a subject goes on with.

Invariant: a subject agrees with its verb, is ruled by no preposition and may act; else the verb has none.
"""

from ingest.frames import FrameReader
from ingest.mentions import ACTOR, PEOPLE, Mention
from ingest.triggers import TriggerHit
from ingest.wordclass import is_auxiliary

_SUBJECT_REACH = 9
GENDER_OF_PRONOUN = {"ها": ("f", "s"), "ه": ("m", "s"), "هم": ("m", "p"), "هما": ("", "d"), "هن": ("f", "p")}


POSSESSIVES = frozenset({"'s", "’s", "'", "’"})
_SEEING = frozenset({"see", "sees", "saw", "seeing", "seen"})
_UNKNOWN = frozenset({"unidentified", "unknown", "unspecified"})


class SubjectReader(FrameReader):
    """Finds the mention that is the subject of a verb or stands behind a pronoun."""

    def _subject_mention(self, i: int, trigger: TriggerHit, before: int | None = None) -> Mention | None:
        reading = self.reading
        a, b = reading.sentences[reading.sentence_of[i]]
        if not self.arabic:
            return self._subject_english(i, a, trigger)
        verbs = [x for x in reading.analyses[i] if x.entry.pos in ("verb", "adjective")]
        form = (trigger.analysis if trigger.i == i else verbs[0] if verbs else trigger.analysis).form
        gender, number = form.gender, form.number
        if number not in ("p", "d") and not self._pronoun_subject(i):
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
                    governed = mention.pro.strip("وف") or self._governed(j) or self._located(mention)
                    governed = governed or self._genitive(i, j)
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
        opened = reading.has(i - 1, "clause") is not None  # حيث سيطرت على …
        carried = self._carried(i, a, gender, number) if opened or reading.words[i].startswith("و") else None
        found = carried or self._before(i, a, gender, number, trigger)
        if found is not None:
            return found
        if i - a <= 1 or opened or reading.words[i].startswith("و") or self._after_complementiser(i):
            return self._antecedent(i, gender, number)
        return None

    def _carried(self, i: int, a: int, gender: str, number: str) -> Mention | None:
        """قصف الجيش بلدة …، كما قصف بلدة …: a joined verb without a subject has that of the verb before it."""
        earlier = [t for t in self.triggers if a <= t.i < i and t.verbal]
        if not earlier or (earlier[-1].analysis.form.gender, earlier[-1].analysis.form.number) != (gender, number):
            return None
        return self._subject_mention(earlier[-1].i, earlier[-1])

    def _genitive(self, i: int, j: int) -> bool:
        """تستهدف معدات العدو: right behind a noun that nobody knows a definite one says whose it is."""
        reading, k = self.reading, j - 1
        if k <= i or reading.punct[k] or reading.dated(k) or k in self.around.mention_cover or reading.analyses[k]:
            return False
        if k in self.around.place_cover or k in self.around.quantity_at or reading.counted(k):
            return False
        word = reading.words[k]
        return (
            reading.words[j].startswith("ال") and not word.startswith("ال") and not word.endswith("ا") and len(word) > 3
        )

    def _located(self, mention: Mention) -> bool:
        """غربي ليبيا, محافظة في اليمن: a state that only says where is nobody who acts."""
        if mention.subkind != "state" or mention.last - mention.first > 1:
            return False
        return mention.first > 0 and (
            self.reading.has(mention.first - 1, "direction") is not None
            or self.reading.has(mention.first - 1, "partWord") is not None
        )

    def _pronoun_subject(self, i: int) -> bool:
        """قالت إنها قصفت غرفة قيادة الجيش: the pronoun before the verb is its subject, no noun behind it."""
        return (
            i > 0
            and self.reading.words[i - 1].lstrip("بل") in ("انها", "انه", "انهم", "انهما", "لكنها", "لكنه")
            and self.reading.has(i - 1, "complementiser") is not None
        )

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
        if not passive and reading.count_before(i):
            return None  # hundreds fled: a count alone is nobody
        beside = self._new_subject(i, trigger)
        if beside is not None:
            return beside
        if not passive and (opener := self._relative_of(i)) is not None:
            told = self.around.mention_cover.get(opener - 1)
            return told if told is not None and self._may_act(told, trigger) else None
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

    def _new_subject(self, i: int, trigger: TriggerHit) -> Mention | None:
        """Fighters were evacuated and the army took control: behind "and" a clause begins with a subject of its own."""
        reading, k = self.reading, i - 1
        while k > 0 and reading.has(k, "auxiliary") is not None:
            k -= 1
        mention = self.around.mention_cover.get(k)
        if mention is None or mention.last != k + 1 or not self._may_act(mention, trigger):
            return None
        opener = mention.first - 1 - (reading.words[mention.first - 1] in ("the", "its"))
        joined = opener > 0 and reading.words[opener] == "and"
        first = self.around.mention_cover.get(opener - 1)
        return mention if joined and (first is None or first.kind not in (ACTOR, PEOPLE)) else None

    def _relative_of(self, i: int) -> int | None:
        """Insurgents who had stormed the town: the relative before the verb and its auxiliaries, behind a noun."""
        reading, k = self.reading, i - 1
        while k > 0 and (reading.has(k, "auxiliary") is not None or is_auxiliary(reading, k)):
            k -= 1
        mention = self.around.mention_cover.get(k - 1)
        who = reading.words[k] in ("who", "which", "that") and mention is not None and mention.kind in (ACTOR, PEOPLE)
        return k if who else None

    def _clause_english(self, end: int, a: int) -> int:
        """Return where the stretch that ends before `end` begins: behind a comma, a clause word or a verb of saying."""
        reading = self.reading
        for k in range(end - 1, a - 1, -1):
            if k in self.around.mention_cover or k in self.around.place_cover:
                continue
            if reading.raw[k] in (",", ";", ":", "—", "–", "(", ")", '"', "“", "”"):
                return k + 1
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
                return self._possessed(mention)
        return None

    def _possessed(self, mention: Mention) -> Mention:
        """Sudan's Rapid Support Forces: the force acts, not the state whose it is called."""
        k = mention.last
        if k < len(self.reading) and self.reading.raw[k] in POSSESSIVES:
            for at in range(k + 1, k + 4):
                own = self.around.mention_at.get(at)
                if own is not None:
                    return own if own.kind == ACTOR and own.armed else mention
        return mention

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
        people = self.around.mention_cover.get(i - 1)
        if people is not None and any(
            reading.words[k] in _SEEING for k in range(max(0, people.first - 2), people.first)
        ):
            return True  # a deal would see fighters evacuated
        return any(is_auxiliary(reading, k) for k in range(max(0, i - 3), i))

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
                governed = governed or (self.arabic and self._located(mention))
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
                    and not (
                        self.arabic and mention.generic and not mention.definite and not self._may_act(mention, trigger)
                    )
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

    def _agrees(self, mention: Mention, gender: str, number: str, verb_first: bool = False) -> bool:
        if number == "p":
            return mention.number == "p"
        if number == "d":
            return mention.number == "d" or self._first_of(mention) is not mention  # X وY استهدفا
        if verb_first:
            return not gender or not mention.gender or gender == mention.gender or mention.number == "p"
        if mention.number == "p" and (mention.gender == "m" or (self.arabic and gender == "m")):
            return False  # الجنود … شنها: behind people stands a plural, or a feminine for a broken one
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
            and not (self.arabic and (self._located(m) or self._owned(m)))
            and reading.zones[m.first] != "title"
        ]
        same = [m for m in candidates if reading.sentence_of[m.first] == here]
        if same:
            return self._first_of(same[-1])
        return candidates[0] if candidates and self.arabic else candidates[-1] if candidates else None

    def _owned(self, mention: Mention) -> str:
        """The pronoun of قواتها and طائراته: the actor is the one that the pronoun stands for."""
        if not self.arabic or mention.kind != ACTOR or not mention.generic or mention.last != mention.first + 1:
            return ""
        head = self.reading.has(mention.first, "actorHead")
        return head.enclitic if head is not None and head.entry is mention.head else ""

    def _after_complementiser(self, i: int) -> bool:
        return i > 0 and self.reading.has(i - 1, "complementiser") is not None

    def _pronoun(self, i: int, enclitic: str) -> Mention | None:
        gender, number = GENDER_OF_PRONOUN.get(enclitic, ("", ""))
        if not number:
            return None  # قواتنا in a quotation: the speaker, whom attribution knows and roles do not
        reading = self.reading
        here = reading.sentence_of[i]
        pool = [m for m in self.around.mentions if m.kind in (ACTOR, PEOPLE) and m.last <= i]
        for back in (0, 1, 2):
            for m in reversed([m for m in pool if reading.sentence_of[m.first] == here - back]):
                if self._agrees(m, gender, number) and not (m.generic and not m.definite) and not self._owned(m):
                    return self._first_of(m)
        return None

    def _shared_owner(self, mention: Mention) -> bool:
        """مدفعية وطيران الجيش: whose the first is stands behind the second."""
        following = self.around.mention_at.get(mention.last)
        return following is not None and following.kind == ACTOR and following.pro == "و" and following.definite

    def _may_act(self, mention: Mention, trigger: TriggerHit) -> bool:
        frame = trigger.entry.get("frame")
        if mention.kind == PEOPLE:
            return frame in ("leave", "evacuate", "close", "expel")
        if mention.kind != ACTOR:
            return False
        if (
            self.arabic
            and mention.generic
            and not mention.definite
            and mention.head is not None
            and not mention.head.get("human")
            and not mention.air
            and not self._shared_owner(mention)
        ):
            return False  # "forces" alone says nobody
        if mention.metonym:
            if trigger.verbal and self.arabic:  # استعادت دمشق السيطرة: a capital right behind the verb acts
                return frame in ("control", "seize", "withdraw", "strike", "shell") and mention.first == trigger.i + 1
            return frame in ("control",) and not trigger.verbal
        if not self.arabic and any(self.reading.words[k] in _UNKNOWN for k in range(mention.first, mention.last)):
            return False  # unidentified warplanes are nobody
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

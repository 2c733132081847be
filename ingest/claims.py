"""Claims: what triggers, roles, figures, dates, cues and attributions of one article come to.

Invariant: a claim is made of slots that each know their characters and their rule; a thing that is only attempted or
negated makes no claim that it happened. Repeats of the same statement in one article are one claim with further
evidence; statements that disagree stay apart.
"""

from collections.abc import Sequence

from ingest.attribution import Attribution, SourceHit
from ingest.context import CueHit, after_publication, background_by_date, cues_of, future_verb, strongest
from ingest.dating import Dating
from ingest.doers import Filler
from ingest.drafts import Draft
from ingest.figures import FigureHit
from ingest.lexicon import Entry
from ingest.locations import Locations, PlaceFiller, is_area
from ingest.mentions import ACTOR, SOURCE
from ingest.reading import Reading
from ingest.roles import Roles
from ingest.tolls import Tolls
from ingest.triggers import Surroundings, TriggerHit, is_definite, is_future
from ingest.wordclass import PASSIVE_AUXILIARIES
from ontology.model import Modality

_ALIKE = {"Offensive": "ArmedClash"}  # "the offensive" may mean an attack told of before
_MODAL_REACH = 10  # words from a noun of action to the modal of its verb
_EN_WILL = frozenset({"will", "shall"})
_EN_WOULD = frozenset({"would", "could", "might", "may"})
_EN_HAPPENING = frozenset(
    {"begin", "start", "take", "last", "continue", "resume", "happen", "follow", "go", "launched", "carried", "end"}
    | {"completed", "implemented", "extended", "expanded", "conducted", "held"}
)
_EN_PERCEIVED = frozenset({"heard", "seen", "felt", "verified", "confirmed", "reached"})  # shelling could be heard
_EN_HELPED = frozenset({"for", "help", "helping", "those"})


_EN_ARMED = frozenset(
    {"rebel", "insurgent", "militant", "gunman", "jihadist", "troop", "soldier", "militia", "militiaman"}
)


_DRIVEN = 10  # words from what drives people to the noun that tells that they left
_TREND = 3  # words from "goes on" to what goes on
_TOWARDS_AN_END = frozenset(
    {"لاستكمال", "لاحكام", "لبسط", "لفرض", "لتوسيع", "لتعزيز", "لاعاده", "لتامين", "لاتمام", "لاكمال", "لمحاوله"}
)
_RUN = frozenset({"تتم", "تسير", "تجري"})  # عمليات تحرير المدينة تسير وفق الخطة: said of a campaign, not news of one
_COMMENTED = 6
_AFTER = frozenset({"بعد", "عقب", "اثر"})


class ClaimMaker:
    """Makes the claims of one reading."""

    def __init__(
        self,
        reading: Reading,
        around: Surroundings,
        triggers: Sequence[TriggerHit],
        figures: Sequence[FigureHit],
        attributions: Sequence[Attribution],
        cues: list[CueHit],
        publisher_party: Entry | None,
    ) -> None:
        self.reading, self.around = reading, around
        self.traits = reading.lexicon.traits
        self.triggers, self.cues = list(triggers), cues
        self._attributions_of: dict[int, list[Attribution]] = {}
        for x in attributions:
            self._attributions_of.setdefault(reading.sentence_of[x.at], []).append(x)
        self.roles = Roles(reading, around, triggers)
        self.locations = Locations(reading, around, triggers)
        self.dating = Dating(reading, triggers)
        self.publisher_party = publisher_party
        self.tolls = Tolls(
            reading, around, triggers, figures, attributions, cues, self.locations, self.dating, self._attribution
        )

    def drafts(self) -> list[Draft]:
        """Return one draft a statement, in the order of the text, figures and attributions assigned."""
        self.reading.deadline.check()
        if not self._armed_context():
            if self.reading.trace is not None:
                for trigger in self.triggers:
                    self._drop("drop.claim.peace", trigger)
            return []
        drafts = [d for d in (self._from_trigger(t) for t in self.triggers) if d is not None]
        self._place_fights(drafts)
        drafts.extend(self.tolls.assign(drafts))
        if self.reading.language == "en":
            for draft in drafts:
                self.tolls.take_victims(draft)
        drafts.sort(key=lambda d: (d.at, d.type))
        for draft in drafts:
            if draft.modality is Modality.ASSERTED:
                draft.modality, draft.modality_rule = self._by_source(draft)
        return drafts

    def _place_fights(self, drafts: list[Draft]) -> None:
        """سيطرت القوات على X بعد اشتباكات مع Y: where the gain is, the fight for it was."""
        reading = self.reading
        for draft in drafts:
            fight = draft.trigger is not None and draft.trigger.entry.get("frame") == "clash"
            if reading.language != "ar" or not fight or draft.places or draft.at == 0:
                continue
            if reading.words[draft.at - 1].removeprefix("و") not in _AFTER:
                continue
            gains = (
                d
                for d in reversed(drafts)
                if d.sentence == draft.sentence
                and d.at < draft.at
                and d.trigger is not None
                and d.trigger.entry.get("frame") in ("control", "seize", "enter", "fall")
            )
            gain = next(gains, None)
            if gain is not None:
                draft.places = [PlaceFiller("place", f.place, "clash.place.gain") for f in gain.places]

    def _from_trigger(self, trigger: TriggerHit) -> Draft | None:
        self.reading.deadline.check()
        reading = self.reading
        cues = cues_of(reading, trigger, self.cues)
        deciding = strongest(cues)
        denial = trigger.type == "Denial"
        if not denial and self._purpose(trigger):
            self._drop("drop.claim.purpose", trigger)
            return None
        modal = self._modal_english(trigger)
        if modal is not None and not denial and modal not in _EN_WILL and self._imagined(trigger):
            self._drop("drop.claim.imagined", trigger)
            return None
        if not denial and self._habitual_english(trigger):
            self._drop("drop.claim.habitual", trigger)
            return None
        ordered = bool(trigger.entry.get("ordered")) and (deciding is None or deciding.effect is Modality.PLANNED)
        if (
            deciding is not None
            and not denial
            and not ordered
            and (deciding.drop or deciding.effect is Modality.DENIED)
        ):
            # the denial itself is the claim; what is only attempted or negated is none
            negated = deciding.effect is Modality.DENIED
            self._drop("drop.claim.negated" if negated else "drop.claim.attempted", trigger, deciding)
            return None
        draft = Draft(
            trigger.type,
            trigger.subtype,
            trigger.i,
            reading.sentence_of[trigger.i],
            trigger.span,
            trigger.entry.lemma,
            trigger.entry.id,
            trigger=trigger,
        )
        draft.fillers = self.roles.participants(trigger)
        draft.places = self.locations.places(trigger)
        doers = {f.at for f in draft.fillers if reading.language == "en" or f.role == "agent"}
        draft.places = [p for p in draft.places if p.place.first not in doers]  # Turkey denied: a party, no place
        if reading.language == "ar":
            draft.places = [p for p in draft.places if not self._of_speaker(p.place.first)]
        if reading.language == "en" and self._in_passing(trigger, draft):
            self._drop("drop.claim.passing", trigger)
            return None
        draft.echo = self._refers_back_english(trigger)
        draft.attribution = None if self._answered(trigger) else self._attribution(trigger.i)
        if reading.language == "en" and draft.attribution is not None and not denial:
            spoken = [(x.first, x.last) for x in draft.attribution.chain]  # on Sunday residents said: no target
            draft.fillers = [
                f for f in draft.fillers if f.role != "target" or not any(a <= f.at < b for a, b in spoken)
            ]
        draft.fillers = draft.fillers or self._we(trigger, draft.attribution)
        draft.date = self.dating.date_of(trigger.i)
        if self._going_on(trigger, draft):
            self._drop("drop.claim.habitual", trigger)
            return None
        if deciding is not None and self.dating.frames(draft.date, draft.sentence):
            draft.date = None  # what is planned or feared does not happen on the day that frames the passage
        if denial:
            draft.modality, draft.modality_rule = Modality.DENIED, "modality.denial"
            self._complete_denial(draft)
            if reading.language == "en":
                speakers = {f.at for f in draft.fillers}
                draft.places = [p for p in draft.places if p.place.first not in speakers]
        elif ordered:
            draft.modality, draft.modality_rule = Modality.PLANNED, "modality.ordered"
        elif deciding is not None:
            draft.modality, draft.modality_rule = deciding.effect, "modality.cue"
            draft.cues = [deciding]
        elif (trigger.type == "Offensive" and _aim(trigger)) or is_future(trigger):
            draft.modality, draft.modality_rule = Modality.PLANNED, "modality.future"
        elif trigger.analysis.form.tense != "perfect" and after_publication(draft.date, reading.published):
            draft.modality, draft.modality_rule = Modality.PLANNED, "modality.after"
        elif modal is not None:
            draft.modality, draft.modality_rule = Modality.PLANNED, "modality.future"
        elif not trigger.verbal and (ahead := future_verb(reading, trigger.i)) is not None:
            draft.modality, draft.modality_rule = Modality.PLANNED, "modality.cue"
            draft.cues = [
                CueHit(trigger.i, trigger.i, ahead, Modality.PLANNED, "cue.future", "word", 0, False, (), (), "forward")
            ]
        elif background_by_date(draft.date, reading.published):
            draft.modality, draft.modality_rule = Modality.BACKGROUND, "modality.background"
        if (
            draft.type == "Takeover"
            and draft.modality is Modality.PLANNED
            and deciding is not None
            and _prepared(trigger, deciding)
        ):
            draft.type, draft.subtype = "Offensive", None  # تستعد القوات لاستعادة X: an operation to come
        return draft

    def _we(self, trigger: TriggerHit, said: Attribution | None) -> list[Filler]:
        """سيطرنا على المدينة: the first person of a quotation is the party that its speaker speaks for."""
        if not trigger.verbal or trigger.analysis.form.person != 1 or said is None or not said.chain:
            return []
        speaker = said.chain[-1]
        for k in range(speaker.first, speaker.last):
            mention = self.around.mention_at.get(k)
            if mention is not None and mention.kind == ACTOR and mention.armed:
                return [Filler("agent", mention.span, "quote.agent.speaker", mention, mention.entry, mention.first)]
        return []

    def _answered(self, trigger: TriggerHit) -> bool:
        """ردا على قصف المدينة: what an attack answers is known already, and no word of its speaker."""
        reading = self.reading
        return any(
            hit.last <= trigger.i <= hit.last + 1
            for k in reading.begun("occasion", max(0, trigger.i - 4), trigger.i)
            if (hit := reading.phrase_of(k, "occasion")) is not None
        )

    def _of_speaker(self, first: int) -> bool:
        """وزارة الصحة بالخرطوم: the place is in the name of the office that speaks."""
        here = self._attributions_of.get(self.reading.sentence_of[first], ())
        return any(
            s.first < first < s.last and s.kind in ("official", "party", "medical") and s.number == "s"
            for x in here
            for s in x.chain
        )

    def _drop(self, rule: str, trigger: TriggerHit, cue: CueHit | None = None) -> None:
        """Tell the trace, if there is one, that a trigger makes no claim."""
        if self.reading.trace is not None:
            self.reading.trace.drop(rule, trigger.i, entry=trigger.entry, cue=cue)

    def _refers_back_english(self, trigger: TriggerHit) -> bool:
        """True for a definite noun after an event of the same type: what is said of it belongs to that happening."""
        return (
            self.reading.language == "en"
            and trigger.entry.pos == "noun"
            and is_definite(self.reading, trigger.i)
            and any(t.i < trigger.i and t.type in (trigger.type, _ALIKE.get(trigger.type)) for t in self.triggers)
        )

    def _modal_english(self, trigger: TriggerHit) -> str | None:
        """The fall of X would mark …, the offensive will begin …: the modal of the verb that a noun rules."""
        reading, i = self.reading, trigger.i
        if reading.language != "en" or trigger.entry.pos != "noun":
            return None
        _, b = reading.sentences[reading.sentence_of[i]]
        for k in range(i + 1, min(b, i + _MODAL_REACH)):
            word = reading.words[k]
            if word in _EN_WILL or word in _EN_WOULD:
                return None if _EN_PERCEIVED.intersection(reading.words[k + 1 : k + 5]) else word
            if reading.punct[k]:
                return None
            if k in self.around.mention_cover:
                continue
            if any(reading.has(k, cls) is not None for cls in ("clause", "relative", "reportVerb")):
                return None
            if word in PASSIVE_AUXILIARIES:
                return None
        return None

    def _imagined(self, trigger: TriggerHit) -> bool:
        """Would mark, could mean: what it would be if it happened; would begin, would last: what is to happen."""
        reading, i = self.reading, trigger.i
        at = next(k for k in range(i + 1, i + _MODAL_REACH) if reading.words[k] in _EN_WOULD)
        verbs = reading.words[at + 1 : at + 4]
        return not any(verb in _EN_HAPPENING for verb in verbs)

    def _habitual_english(self, trigger: TriggerHit) -> bool:
        """Damascus says strikes in the north target militants: the present tells what is done at any time."""
        reading, i = self.reading, trigger.i
        if reading.language != "en" or trigger.verbal or trigger.analysis.form.number != "p":
            return False
        if reading.zones[i] != "body" or is_definite(reading, i):
            return False
        _a, b = reading.sentences[reading.sentence_of[i]]
        said = [reading.has(k, "reportVerb") for k in range(max(0, i - 6), i)]
        hits = [reading.has(k, "hitVerb") for k in range(i + 1, min(b, i + 8))]
        return any(x is not None and x.form.tense in ("base", "imperfect") for x in said) and any(
            x is not None and x.form.tense == "base" for x in hits
        )

    def _in_passing(self, trigger: TriggerHit, draft: Draft) -> bool:
        """People fleeing violence, families displaced by the fighting; Russia is carrying out strikes in Syria.

        A participle that only describes people, without place or number, and the progressive of what goes on all over
        a country tell of no single happening.
        """
        reading, i = self.reading, trigger.i
        if draft.type in self.traits["movesPeople"] and trigger.entry.pos == "verb":
            before = reading.words[i - 1] if i else ""
            tense = trigger.analysis.form.tense
            finite = tense not in ("gerund", "participle") and reading.words[i + 1 : i + 2] != ["by"]
            described = i in self.around.mention_cover or (i - 1) in self.around.mention_cover
            if finite or draft.places or not described or before in PASSIVE_AUXILIARIES:
                return tense == "gerund" and before in _EN_HELPED and not draft.places
            return not any(q.first <= i <= q.last + 4 and q.first >= i - 6 for q in reading.quantities)
        if draft.type in self.traits["changesHands"] and trigger.analysis.form.tense == "gerund":
            before = reading.words[i - 1] if i else ""
            return before in ("after", "before", "since") and reading.words[i + 1 : i + 2] in (["it"], ["them"])
        if (
            draft.type not in self.traits["violent"]
            or trigger.entry.pos == "verb"
            or trigger.analysis.form.number != "p"
        ):
            return False
        if any(p.place.entry is None or p.place.entry.kind != "country" for p in draft.places):
            return False
        a, _ = reading.sentences[reading.sentence_of[i]]
        return any(
            (verb := reading.has(k, "lightVerb")) is not None
            and verb.form.tense == "gerund"
            and reading.words[k - 1] in ("is", "are", "been")
            for k in range(max(a + 1, i - 6), i)
        )

    def _purpose(self, trigger: TriggerHit) -> bool:
        """تقدموا للسيطرة على المدينة: ل before a noun of action says what for, not that it happened."""
        if self.reading.language != "ar" or trigger.verbal:
            return False
        if trigger.type not in self.traits["mayBePurpose"]:
            return False
        if trigger.i and self.reading.words[trigger.i - 1] in _TOWARDS_AN_END:
            return True  # لاستكمال السيطرة على المدينة
        if not trigger.analysis.pro.endswith("ل"):
            return False
        before = self.reading.words[trigger.i - 1] if trigger.i else ""
        if trigger.type in self.traits["movesPeople"] and self._driven(trigger.i):
            return False
        return before not in ("نتيجه", "نظرا", "تبعا", "اضطر", "اضطرت", "اضطروا") and not any(
            c.first < trigger.i <= c.last + 8 and c.effect is Modality.PLANNED and not c.drop
            for c in cues_of(self.reading, trigger, self.cues)
        )

    def _driven(self, i: int) -> bool:
        """دفعت المعارك السكان للنزوح, توافدوا إلى المحطة لمغادرة المدينة: they left, or are on their way."""
        a, _ = self.reading.sentences[self.reading.sentence_of[i]]
        for k in range(i - 1, max(a - 1, i - _DRIVEN), -1):
            if self.reading.raw[k] in ("،", ",", "؛"):
                return False
            if self.reading.has(k, "drive") is not None:
                return True
        return False

    def _going_on(self, trigger: TriggerHit, draft: Draft) -> bool:
        """تتواصل المواجهات, اشتدت المعارك في الإقليم: the state of a war, unless a place or a day of it is told."""
        reading, i = self.reading, trigger.i
        if reading.language != "ar" or trigger.verbal:
            return False
        form = trigger.analysis.form
        if trigger.type == "Offensive" and (form.plural or form.number == "p"):
            return any(reading.words[k] in _RUN for k in range(i + 1, min(len(reading), i + _COMMENTED)))
        if trigger.entry.get("frame") != "clash":
            return False
        if not any(reading.has(k, "trend") is not None for k in range(max(0, i - _TREND), i)):
            return False

        def beside(k: int) -> bool:
            low, high = sorted((k, i))
            parted = any(reading.raw[j] in ("،", ",", "؛") for j in range(low, high))
            return reading.sentence_of[k] == draft.sentence and not parted

        dated = draft.date is not None and beside(draft.date.first)
        return not dated and all(is_area(p.place) or not beside(p.place.first) for p in draft.places)

    def _complete_denial(self, draft: Draft) -> None:
        """Who denies is the speaker; where, is the place of what is denied."""
        said = draft.attribution is not None and draft.attribution.at == draft.at
        if not draft.fillers or said:
            chain = draft.attribution.chain if draft.attribution is not None else ()
            speaker = chain[-1] if chain else None
            if speaker is not None:
                mention = speaker.mention if speaker.mention is not None and speaker.mention.kind != SOURCE else None
                entry = mention.entry if mention is not None else speaker.actor  # a ministry speaks for its army
                draft.fillers = [Filler("agent", speaker.span, "deny.agent.speaker", mention, entry, speaker.first)]
        _a, b = self.reading.sentences[draft.sentence]
        if not draft.places:
            later = [p for p in self.around.places if draft.at < p.first < b and not p.inner and not p.directional]
            draft.places = [PlaceFiller("place", p, "deny.place.window") for p in later[:1]]

    def _attribution(self, i: int) -> Attribution | None:
        reading = self.reading
        here = [x for x in self._attributions_of.get(reading.sentence_of[i], ()) if x.first <= i < x.last]
        if not here:
            return None
        here = [x for x in here if not _glossed(reading, x.at, i)]
        if not here:
            return None
        if reading.language == "en":
            here = [x for x in here if x.at <= i or not _other_clause(reading, x)]
            if not here:
                return None
        before = [x for x in here if x.at <= i]
        # The nearest verb of saying before the words; else one after them (…, said X).
        return before[-1] if before else here[0]

    def _armed_context(self) -> bool:
        """True for an article about armed conflict: a force, an armed group or a violent event stands in it.

        Fires, floods, matches and court cases use the same words (evacuated, withdrew, injured) without one.
        """
        if any(t.type in self.traits["showsConflict"] for t in self.triggers):
            return True
        if self.reading.begun("conflict", 0, len(self.reading)):
            return True
        if self.reading.language == "en" and any(
            m.kind == "actor" and m.armed and m.head is not None and m.head.lemma in _EN_ARMED
            for m in self.around.mentions
        ):
            return True
        return any(
            m.kind == "actor"
            and m.armed
            and m.subkind in ("stateForce", "armedGroup")
            and (m.definite or not m.generic)
            for m in self.around.mentions
        )

    def _own(self, draft: Draft, speaker: SourceHit) -> bool:
        return any(f.role == "agent" and _same_actor(f, speaker) for f in draft.fillers)

    def _by_source(self, draft: Draft) -> tuple[Modality, str]:
        chain = draft.attribution.chain if draft.attribution is not None else ()
        if chain:
            if draft.type == "Withdrawal" and self._own(draft, chain[-1]):
                return Modality.ASSERTED, "modality.admitted"  # a force that tells of its own retreat admits it
            if chain[-1].party or (
                draft.type in self.traits["showsConflict"] | self.traits["takesThings"] and self._own(draft, chain[-1])
            ):
                return Modality.CLAIMED, "modality.party"  # who tells of its own attack is a party to it
            return Modality.ASSERTED, "modality.source"
        if draft.attribution is None and self.publisher_party is not None:
            return Modality.CLAIMED, "modality.publisher"
        return Modality.ASSERTED, "modality.plain"


def _other_clause(reading: Reading, said: Attribution) -> bool:
    """…, though Damascus says strikes hit militants: a conjunction opens the clause of the speaker."""
    if not said.chain or said.verb is None:
        return False
    k = min(s.first for s in said.chain) - 1
    while k >= 0 and reading.words[k] in ("the", "a", "an", "its"):
        k -= 1
    opens = k >= 0 and (
        reading.words[k] in ("but", "though", "although", "while", "whereas", "and")
        or (reading.words[k] in ("after", "before", "because", "since") and not reading.punct[said.at + 1])
    )
    ahead = said.at + 1
    return opens and ahead < len(reading) and not reading.punct[ahead]


def _glossed(reading: Reading, said: int, i: int) -> bool:
    """أي أن …, ما يعني أن …: the outlet draws a conclusion of its own from what was said."""
    return any(reading.words[k - 1] in ("اي", "يعني") for k in reading.between("complementiser", said + 2, i + 1))


def _same_actor(f: Filler, speaker: SourceHit) -> bool:
    entry = f.entry or (f.mention.of if f.mention is not None else None)
    if f.span == speaker.span:
        return True
    return entry is not None and entry in (speaker.actor, speaker.entry)


def _aim(trigger: TriggerHit) -> bool:
    """لاقتحام المدينة: an operation that others are made for is one to come."""
    return not trigger.verbal and trigger.analysis.pro.endswith("ل") and not trigger.analysis.article


def _prepared(trigger: TriggerHit, cue: CueHit) -> bool:
    nominal = not trigger.verbal or (
        trigger.i == cue.last and not cue.framing
    )  # عزمهم طرد التنظيم: a noun rules no verb
    return nominal and trigger.entry.id.startswith("ar.")

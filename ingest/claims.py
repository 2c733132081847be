"""Claims: what triggers, roles, figures, dates, cues and attributions of one article come to.

Invariant: a claim is made of slots that each know their characters and their rule; a thing that is only attempted or
negated makes no claim that it happened. Repeats of the same statement in one article are one claim with further
evidence; statements that disagree stay apart.
"""

import itertools
from collections.abc import Sequence
from dataclasses import dataclass, field

from ingest.attribution import Attribution, SourceHit
from ingest.context import CueHit, after_publication, background_by_date, cues_of, future_verb, strongest
from ingest.dates import DateExpression
from ingest.dating import Dating
from ingest.doers import Filler
from ingest.figures import FigureHit
from ingest.lexicon import Entry
from ingest.locations import Locations, PlaceFiller
from ingest.mentions import ACTOR, Mention
from ingest.reading import Reading
from ingest.roles import Roles
from ingest.triggers import Surroundings, TriggerHit, is_definite
from ingest.wordclass import PASSIVE_AUXILIARIES
from ontology.model import Modality, Span

STRIKES = frozenset({"Airstrike", "Shelling"})


_FEW_PARTS = 2  # the dead of two sides are told as two tolls


_EN_HELPED = frozenset({"for", "help", "helping", "those"})
_EN_WARS = frozenset({"war", "conflict", "uprising", "revolution", "insurgency", "crisis"})
_WAR_TOLL = 10_000


_EN_ARMED = frozenset(
    {"rebel", "insurgent", "militant", "gunman", "jihadist", "troop", "soldier", "militia", "militiaman"}
)


@dataclass(slots=True, eq=False)
class Draft:
    """A claim under way."""

    type: str
    subtype: str | None
    at: int
    sentence: int
    span: Span
    lemma: str
    rule: str
    modality: Modality = Modality.ASSERTED
    modality_rule: str = "modality.plain"
    fillers: list[Filler] = field(default_factory=list)
    places: list[PlaceFiller] = field(default_factory=list)
    figures: list[FigureHit] = field(default_factory=list)
    date: DateExpression | None = None
    attribution: Attribution | None = None
    cues: list[CueHit] = field(default_factory=list)
    trigger: TriggerHit | None = None
    merged: list["Draft"] = field(default_factory=list)
    echo: bool = False  # "the strike": a happening that the article told of before
    joint: bool = False  # a toll of several happenings at once


def with_content(reading: Reading, drafts: Sequence[Draft]) -> list[Draft]:
    """Return the drafts without those that add nothing: no place, participant or figure, beside one that has some.

    A bare statement stays where the article tells of no other event of its type. To be asked after repeats are folded,
    which may fill the slots.
    """
    full = {draft.type for draft in drafts if _says_more(draft)}
    kept = []
    for draft in drafts:
        if _says_more(draft) or draft.type not in full:
            kept.append(draft)
        elif reading.trace is not None and draft.trigger is not None:
            reading.trace.drop("drop.claim.bare", draft.trigger.i, entry=draft.trigger.entry)
    return kept


def _says_more(draft: Draft) -> bool:
    return bool(draft.places or draft.fillers or draft.figures)


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
        self.triggers, self.figures = list(triggers), list(figures)
        self.attributions, self.cues = list(attributions), cues
        self._trigger_tokens = {t.i for t in self.triggers}
        self._attributions_of: dict[int, list[Attribution]] = {}
        for x in self.attributions:
            self._attributions_of.setdefault(reading.sentence_of[x.at], []).append(x)
        self.roles = Roles(reading, around, triggers)
        self.locations = Locations(reading, around, triggers)
        self.dating = Dating(reading, triggers)
        self.publisher_party = publisher_party
        self._joint = False

    def drafts(self) -> list[Draft]:
        """Return one draft a statement, in the order of the text, figures and attributions assigned."""
        self.reading.deadline.check()
        if not self._armed_context():
            if self.reading.trace is not None:
                for trigger in self.triggers:
                    self._drop("drop.claim.peace", trigger)
            return []
        drafts = [d for d in (self._from_trigger(t) for t in self.triggers) if d is not None]
        drafts.extend(self._assign_figures(drafts))
        if self.reading.language == "en":
            for draft in drafts:
                self._take_victims(draft)
        drafts.sort(key=lambda d: (d.at, d.type))
        for draft in drafts:
            if draft.modality is Modality.ASSERTED:
                draft.modality, draft.modality_rule = self._by_source(draft)
        return drafts

    # ------------------------------------------------------------------ one trigger

    def _from_trigger(self, trigger: TriggerHit) -> Draft | None:
        self.reading.deadline.check()
        reading = self.reading
        cues = cues_of(reading, trigger, self.cues)
        deciding = strongest(cues)
        denial = trigger.type == "Denial"
        if not denial and self._purpose(trigger):
            self._drop("drop.claim.purpose", trigger)
            return None
        if not denial and self._habitual_english(trigger):
            self._drop("drop.claim.habitual", trigger)
            return None
        if deciding is not None and not denial and (deciding.drop or deciding.effect is Modality.DENIED):
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
        if reading.language == "en" and self._in_passing(trigger, draft):
            self._drop("drop.claim.passing", trigger)
            return None
        draft.echo = self._refers_back_english(trigger)
        draft.attribution = None if self._answered(trigger) else self._attribution(trigger.i, draft)
        if reading.language == "en" and draft.attribution is not None and not denial:
            spoken = [(x.first, x.last) for x in draft.attribution.chain]  # on Sunday residents said: no target
            draft.fillers = [
                f for f in draft.fillers if f.role != "target" or not any(a <= f.at < b for a, b in spoken)
            ]
        draft.fillers = draft.fillers or self._we(trigger, draft.attribution)
        draft.date = self.dating.date_of(trigger.i)
        if deciding is not None and self.dating.frames(draft.date, draft.sentence):
            draft.date = None  # what is planned or feared does not happen on the day that frames the passage
        if denial:
            draft.modality, draft.modality_rule = Modality.DENIED, "modality.denial"
            self._complete_denial(draft)
            if reading.language == "en":
                speakers = {f.at for f in draft.fillers}
                draft.places = [p for p in draft.places if p.place.first not in speakers]
        elif deciding is not None:
            draft.modality, draft.modality_rule = deciding.effect, "modality.cue"
            draft.cues = [deciding]
        elif (trigger.type == "Offensive" and _aim(trigger)) or _future(trigger):
            draft.modality, draft.modality_rule = Modality.PLANNED, "modality.future"
        elif trigger.analysis.form.tense != "perfect" and after_publication(
            draft.date.start if draft.date is not None else None, reading.published
        ):
            draft.modality, draft.modality_rule = Modality.PLANNED, "modality.after"
        elif not trigger.verbal and (ahead := future_verb(reading, trigger.i)) is not None:
            draft.modality, draft.modality_rule = Modality.PLANNED, "modality.cue"
            draft.cues = [
                CueHit(trigger.i, trigger.i, ahead, Modality.PLANNED, "cue.future", "word", 0, False, (), (), "forward")
            ]
        elif draft.date is not None and background_by_date(draft.date.end, reading.published):
            draft.modality, draft.modality_rule = Modality.BACKGROUND, "modality.background"
        if (
            draft.type == "Takeover"
            and draft.modality is Modality.PLANNED
            and deciding is not None
            and _prepared(trigger)
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
            for k in range(max(0, trigger.i - 4), trigger.i)
            if (hit := reading.phrase_of(k, "occasion")) is not None
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
            and any(t.i < trigger.i and t.type == trigger.type for t in self.triggers)
        )

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
        if self.reading.language != "ar" or trigger.verbal or not trigger.analysis.pro.endswith("ل"):
            return False
        if trigger.type not in self.traits["mayBePurpose"]:
            return False
        before = self.reading.words[trigger.i - 1] if trigger.i else ""
        return before not in ("نتيجه", "نظرا", "تبعا", "اضطر", "اضطرت", "اضطروا") and not any(
            c.first < trigger.i <= c.last + 8 and c.effect is Modality.PLANNED and not c.drop
            for c in cues_of(self.reading, trigger, self.cues)
        )

    def _complete_denial(self, draft: Draft) -> None:
        """Who denies is the speaker; where, is the place of what is denied."""
        said = draft.attribution is not None and draft.attribution.at == draft.at
        if not draft.fillers or said:
            chain = draft.attribution.chain if draft.attribution is not None else ()
            speaker = chain[-1] if chain else None
            if speaker is not None and speaker.mention is None and speaker.actor is None:
                draft.fillers = [Filler("agent", speaker.span, "deny.agent.speaker", None, None, speaker.first)]
            if speaker is not None and speaker.mention is not None:
                draft.fillers = [
                    Filler(
                        "agent",
                        speaker.span,
                        "deny.agent.speaker",
                        speaker.mention,
                        speaker.mention.entry,
                        speaker.first,
                    )
                ]
            elif speaker is not None and (speaker.actor or speaker.entry) is not None:
                draft.fillers = [
                    Filler("agent", speaker.span, "deny.agent.speaker", None, speaker.actor, speaker.first)
                ]
        _a, b = self.reading.sentences[draft.sentence]
        if not draft.places:
            later = [p for p in self.around.places if draft.at < p.first < b and not p.inner and not p.directional]
            draft.places = [PlaceFiller("place", p, "deny.place.window") for p in later[:1]]

    def _attribution(self, i: int, draft: Draft | None = None) -> Attribution | None:
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

    # ------------------------------------------------------------------ figures

    def _assign_figures(self, drafts: list[Draft]) -> list[Draft]:
        made: list[Draft] = []
        groups: list[list[FigureHit]] = []
        speakers = [(s.first, s.last) for x in self.attributions for s in x.chain]
        for figure in self.figures:
            if figure.category == "displaced" and any(a <= figure.first < b for a, b in speakers):
                continue  # "three residents said": they speak, they were not displaced
            if figure.place_count or figure.category == "vehicles":
                self._give_thing(figure, drafts)
                continue
            if groups and self._together(groups[-1][-1], figure):
                groups[-1].append(figure)
            else:
                groups.append([figure])
        for group in groups:
            self._joint = False
            if self._parts_of_a_lead(group, groups):
                continue
            owner = self._owner(group, drafts)
            if owner is not None:
                owner.figures.extend(f for f in group if not any(f.first == g.first for g in owner.figures))
                if owner.type in STRIKES and not any(f.role == "target" for f in owner.fillers):
                    # مقتل ثمانية من عناصر التنظيم في غارة: whose dead they are is who was hit.
                    owner.fillers = [*owner.fillers, *self._victims(group)]
                continue
            if group[0].category == "displaced":
                continue
            reports = self._reports(group)
            for report in reports:
                report.joint = report.joint or self._joint
            made.extend(reports)
        return made

    def _together(self, a: FigureHit, b: FigureHit) -> bool:
        reading = self.reading
        if reading.sentence_of[a.first] != reading.sentence_of[b.first] or a.toll or b.toll:
            return False
        if b.first - a.last > 10 or a.category == b.category:
            return False
        low, high = sorted((a.first, b.first))
        return not any(t in self._trigger_tokens for t in range(low + 1, high))

    def _parts_of_a_lead(self, group: list[FigureHit], groups: list[list[FigureHit]]) -> bool:
        """قتل ثمانية مسلحين وخمسة مدنيين وجنديان: a sentence that lists three tolls or more states none."""
        if self.reading.language != "ar" or group[0].category != "killed":
            return False
        s = self.reading.sentence_of[group[0].first]
        killed = [g for g in groups if g[0].category == "killed" and self.reading.sentence_of[g[0].first] == s]
        return len({g[0].harm for g in killed}) == 1 and len(killed) > _FEW_PARTS

    def _give_thing(self, figure: FigureHit, drafts: list[Draft]) -> None:
        near = [d for d in drafts if d.sentence == self.reading.sentence_of[figure.first]]
        wanted = self.traits["movesPeople" if figure.category == "vehicles" else "takesThings"]
        near = [d for d in near if d.type in wanted and abs(d.at - figure.first) <= 12]
        if near:
            min(near, key=lambda d: abs(d.at - figure.first)).figures.append(figure)

    def _owner(self, group: list[FigureHit], drafts: list[Draft]) -> Draft | None:
        """The event whose toll these figures are, None where they stand alone."""
        reading = self.reading
        first, last = group[0].first, group[-1].last
        s = reading.sentence_of[first]
        takes_toll = self.traits["takesToll"]
        if any(f.toll for f in group):
            # "the dead of the raids on X rose to 35": the toll of that one happening.
            inside = [d for d in drafts if d.sentence == s and group[0].harm < d.at < first and d.type in takes_toll]
            return inside[0] if len(inside) == 1 and group[0].harm < first else None
        if group[0].category == "displaced":
            near = [
                d
                for d in drafts
                if d.sentence == s and d.type in self.traits["movesPeople"] and abs(d.at - first) <= 14
            ]
            return min(near, key=lambda d: abs(d.at - first)) if near else None
        near = [d for d in drafts if d.sentence == s and d.type in takes_toll and d.modality is not Modality.PLANNED]
        strike_like = [d for d in near if d.type in self.traits["violent"]] or near
        candidates = []
        for d in strike_like:
            harm = group[0].harm
            begin = min(first, harm)
            if d.at < begin:
                gap = begin - d.at
                if gap <= 30 and (d.type not in self.traits["changesHands"] or gap <= 10):
                    candidates.append((gap, d))
            else:
                gap = d.at - last
                if gap <= (16 if reading.language == "ar" else 22) and self._caused(last, d.at):
                    candidates.append((gap, d))
        if candidates:
            gap, best = min(candidates, key=lambda c: (c[0], c[1].at))
            joined = [
                d
                for _, d in candidates
                if d is not best
                and d.type != best.type
                and abs(d.at - best.at) <= (3 if reading.language == "ar" else 5)
                and self._joined(best.at, d.at)
            ]
            if joined:
                self._joint = True
                return None  # "in raids and clashes": the toll of no single event
            return best
        return self._anaphor(group, drafts, s)

    def _caused(self, begin: int, end: int) -> bool:
        """Between a toll and the happening named after it stands a word of cause, place or time."""
        reading = self.reading
        for k in range(begin, end + 1):
            if k >= len(reading):
                break
            if (
                reading.has(k, "cause") is not None
                or reading.has(k, "prep") is not None
                or reading.phrase_of(k, "cause") is not None
            ):
                return True
            if reading.words[k].startswith(("ب", "ل")) and any(a.pro for a in reading.analyses[k]):
                return True
            if reading.words[k] in ("in", "by", "after", "when", "as", "during", "from", "اثر", "بعد", "عندما", "حين"):
                return True
        return False

    def _joined(self, i: int, j: int) -> bool:
        low, high = sorted((i, j))
        return self.reading.words[high].startswith("و") or any(self.reading.words[k] == "and" for k in range(low, high))

    def _anaphor(self, group: list[FigureHit], drafts: list[Draft], s: int) -> Draft | None:
        """وأسفر الهجوم عن مقتل …: "the attack" is the last event of its kind before."""
        reading = self.reading
        a, b = reading.sentences[s]
        for k in range(a, b):
            anaphor = reading.has(k, "anaphor")
            if anaphor is None or (not anaphor.article and reading.language == "ar"):
                continue
            if reading.language == "en" and not (k and reading.words[k - 1] in ("the", "this", "that", "these")):
                continue
            types = anaphor.entry.get("types", ())
            earlier = [d for d in drafts if d.sentence < s and s - d.sentence <= 2 and d.type in types]
            if earlier:
                return earlier[-1]
        return None

    def _reports(self, group: list[FigureHit]) -> list[Draft]:
        """Casualty reports of figures that no event takes; one for each statement."""
        reading = self.reading
        killed = [f for f in group if f.category in ("killed", "injured")]
        if not killed or (killed[0].best is None and killed[0].low is None):
            return []
        head = killed[0]
        if reading.zones[head.first] in ("footer", "dateline"):
            return []
        a, b = reading.sentences[reading.sentence_of[head.first]]
        if any(reading.has(k, "accident") or reading.phrase_of(k, "accident") for k in range(a, b)):
            if reading.trace is not None:
                reading.trace.drop("drop.figure.accident", head.first, head.last)
            return []  # the dead of a road or of an earthquake are no dead of the war
        if reading.language == "en":
            if head.best is None or self._whole_war(head, a, b):
                return []  # "hundreds" is no stated total, and that of a whole war is its background
        analysis = (
            reading.has(head.harm, "harm") or reading.has(head.harm, "casualty") or reading.has(head.harm, "tollNoun")
        )
        span = reading.host_span(head.harm, head.harm + 1, analysis.skip if analysis is not None else 0)
        draft = Draft(
            "CasualtyReport",
            None,
            head.harm,
            reading.sentence_of[head.first],
            span,
            analysis.entry.lemma if analysis is not None else reading.words[head.harm],
            f"casualty.{head.rule}",
            figures=[f for f in group if f.category != "displaced"],  # a car with eleven people: carried, not displaced
        )
        draft.places = self._report_places(head)
        draft.joint = reading.language == "ar" and self._sums_up(draft)
        draft.attribution = self._attribution(head.harm)
        draft.date = self.dating.date_of(head.harm)
        if self.dating.frames(draft.date, draft.sentence):
            draft.date = None  # a sum is of no single day unless its sentence says so
        harm = TriggerHit(head.harm, analysis, draft.type, None, span) if analysis is not None else None
        cues = cues_of(reading, harm, self.cues) if harm is not None else []
        deciding = strongest(cues)
        if deciding is not None and (deciding.drop or deciding.effect is Modality.DENIED):
            if reading.trace is not None:
                reading.trace.drop("drop.figure.negated", head.first, head.last, cue=deciding)
            return []
        if deciding is not None:
            draft.modality, draft.modality_rule, draft.cues = deciding.effect, "modality.cue", [deciding]
        elif harm is not None and _future(harm):
            draft.modality, draft.modality_rule = Modality.PLANNED, "modality.future"
        elif draft.date is not None and background_by_date(draft.date.end, reading.published):
            draft.modality, draft.modality_rule = Modality.BACKGROUND, "modality.background"
        draft.fillers = self._victims(group)
        return [draft]

    def _whole_war(self, head: FigureHit, a: int, b: int) -> bool:
        """A conflict that has killed 280,000; more than 350,000 dead since the war began."""
        reading = self.reading
        war = [k for k in range(a, b) if reading.words[k] in _EN_WARS]
        if (head.best or 0) >= _WAR_TOLL and war:
            return True
        subject = [k for k in war if k < head.harm <= k + 5]
        return any(reading.words[j] in ("that", "which", "has", "have") for k in subject for j in range(k, head.harm))

    def _sums_up(self, report: Draft) -> bool:
        """A toll of several places, a running total of one, or "in raids and clashes": of no single happening."""
        if len(report.places) > 1 or (report.places and any(f.toll for f in report.figures)):
            return True
        near = [t for t in self.triggers if self.reading.sentence_of[t.i] == report.sentence]
        return any(b.i - a.i <= 3 and a.type != b.type and self._joined(a.i, b.i) for a, b in itertools.pairwise(near))

    def _armed_context(self) -> bool:
        """True for an article about armed conflict: a force, an armed group or a violent event stands in it.

        Fires, floods, matches and court cases use the same words (evacuated, withdrew, injured) without one.
        """
        if any(t.type in self.traits["showsConflict"] for t in self.triggers):
            return True
        if any(self.reading.has(i, "conflict") is not None for i in range(len(self.reading))):
            return True
        if any(hit.entry.cls == "conflict" for hits in self.reading.phrase_at.values() for hit in hits):
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

    def _take_victims(self, draft: Draft) -> None:
        """Air strikes killed 120 Daesh fighters: the force whose dead are counted is what was hit."""
        if draft.type not in self.traits["takesToll"] or any(f.role == "target" for f in draft.fillers):
            return
        for figure in draft.figures:
            mention = next(
                (m for k in range(figure.first, figure.last) if (m := self.around.mention_cover.get(k)) is not None),
                None,
            )
            if figure.category != "killed" or mention is None or mention.kind != ACTOR:
                continue
            named = mention.entry or mention.of
            if named is not None and all(f.entry is not named for f in draft.fillers):
                draft.fillers.append(Filler("target", mention.span, "toll.target.of", mention, named, mention.first))
                return

    def _victims(self, group: list[FigureHit]) -> list[Filler]:
        """155 عنصرا من هيئة تحرير الشام: whose dead they are."""
        reading = self.reading
        found: list[Filler] = []
        for figure in group:
            for k in range(figure.first + 1, min(len(reading), figure.last + 3)):
                mention = self.around.mention_at.get(k)
                if (
                    mention is not None
                    and mention.kind == "actor"
                    and (mention.of is not None or not mention.generic)
                    and (reading.words[k - 1] in ("من", "of", "from") or k <= figure.last)
                ):
                    named = self._named(mention)
                    found.append(Filler("target", named.span, "toll.target.of", named, named.entry, mention.first))
                    break
        return found

    def _named(self, mention: Mention) -> Mention:
        """52 داعشيا: members counted under an adjective are of the group that the article named before."""
        if mention.entry is None or mention.nation is None:
            return mention
        known = [
            m for m in self.around.mentions if m.first < mention.first and m.entry is mention.entry and not m.nation
        ]
        return known[-1] if known else mention

    def _report_places(self, head: FigureHit) -> list[PlaceFiller]:
        reading = self.reading
        a, b = reading.sentences[reading.sentence_of[head.first]]
        a, b = self.locations.clause(head.harm, a, b)
        right = next(
            (
                t.i
                for t in self.triggers
                if head.last < t.i < b and t.entry.get("frame") not in ("strike", "shell", "clash", "attack")
            ),
            b,
        )
        found: list[PlaceFiller] = []
        for place in self.around.places:
            if (
                not a <= place.first < right
                or place.directional
                or self.locations.topic(place)
                or (place.inner and id(place) in self.around.containers)
            ):
                continue
            prep = self.locations.preposition(place.first, place.pro)
            if prep in ("في", "in", "قرب", "near", "at", "على", "علي") or (
                place.list_of is not None and any(f.place is place.list_of for f in found)
            ):
                found.append(PlaceFiller("place", place, "toll.place.prep"))
        return found

    # ------------------------------------------------------------------ modality by source

    def _own(self, draft: Draft, speaker: SourceHit) -> bool:
        return any(f.role == "agent" and _same_actor(f, speaker) for f in draft.fillers)

    def _by_source(self, draft: Draft) -> tuple[Modality, str]:
        chain = draft.attribution.chain if draft.attribution is not None else ()
        if chain:
            if draft.type == "Withdrawal" and self._own(draft, chain[-1]):
                return Modality.ASSERTED, "modality.admitted"  # a force that tells of its own retreat admits it
            if chain[-1].party:
                return Modality.CLAIMED, "modality.party"
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
    opens = k >= 0 and reading.words[k] in ("but", "though", "although", "while", "whereas", "and")
    ahead = said.at + 1
    return opens and ahead < len(reading) and not reading.punct[ahead]


def _glossed(reading: Reading, said: int, i: int) -> bool:
    """أي أن …, ما يعني أن …: the outlet draws a conclusion of its own from what was said."""
    return any(
        reading.words[k] in ("اي", "يعني") and reading.has(k + 1, "complementiser") is not None
        for k in range(said + 1, i)
    )


def _same_actor(f: Filler, speaker: SourceHit) -> bool:
    entry = f.entry or (f.mention.of if f.mention is not None else None)
    return entry is not None and entry in (speaker.actor, speaker.entry)


def _aim(trigger: TriggerHit) -> bool:
    """لاقتحام المدينة: an operation that others are made for is one to come."""
    return not trigger.verbal and trigger.analysis.pro.endswith("ل") and not trigger.analysis.article


def _prepared(trigger: TriggerHit) -> bool:
    return not trigger.verbal and trigger.entry.id.startswith("ar.")


def _future(trigger: TriggerHit) -> bool:
    return trigger.analysis.pro.endswith("س") and trigger.verbal

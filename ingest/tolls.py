"""Tolls: which happening the counted dead, wounded, displaced and vehicles belong to, and which stand alone.

Invariant: a figure is given to at most one draft, and only where the words join the two (one clause, a word of cause,
"the attack" that was told before); what no happening takes becomes a casualty report of its own.
"""

import itertools
from collections.abc import Callable, Sequence

from ingest.attribution import Attribution
from ingest.context import CueHit, background_by_date, cues_of, strongest
from ingest.dating import Dating
from ingest.doers import Filler
from ingest.drafts import Draft
from ingest.figures import FigureHit, is_part
from ingest.locations import Locations, PlaceFiller
from ingest.mentions import ACTOR, Mention
from ingest.reading import Reading
from ingest.triggers import Surroundings, TriggerHit, is_future, turns
from ontology.model import Modality

STRIKES = frozenset({"Airstrike", "Shelling"})

_FEW_PARTS = 2  # the dead of two sides are told as two tolls
_WAR_TOLL = 10_000
_WOUNDS = 8  # words behind a count in which it may say that they died of their wounds


class Tolls:
    """The figures of one reading and the drafts that they belong to."""

    def __init__(
        self,
        reading: Reading,
        around: Surroundings,
        triggers: Sequence[TriggerHit],
        figures: Sequence[FigureHit],
        attributions: Sequence[Attribution],
        cues: list[CueHit],
        locations: Locations,
        dating: Dating,
        attribution_of: Callable[[int], Attribution | None],
    ) -> None:
        self.reading, self.around = reading, around
        self.traits = reading.lexicon.traits
        self.triggers, self.figures = triggers, figures
        self.attributions, self.cues = attributions, cues
        self.locations, self.dating = locations, dating
        self._attribution = attribution_of
        self._trigger_tokens = {t.i for t in triggers}
        self._joint = False
        self._wars = frozenset(k for k in reading.tokens_in("war") if reading.has(k, "war") is not None)
        self._at_war = {reading.sentence_of[k] for k in self._wars}
        self._war_tolls = {
            reading.sentence_of[f.first] for f in figures if f.category == "killed" and self._whole_war(f)
        }

    def assign(self, drafts: list[Draft]) -> list[Draft]:
        """Give the figures to the drafts whose toll they are; return the casualty reports of those that none takes."""
        reading = self.reading
        made: list[Draft] = []
        groups: list[list[FigureHit]] = []
        speakers = [(s.first, s.last) for x in self.attributions for s in x.chain]
        for figure in self.figures:
            if self._whole_war(figure):
                if reading.trace is not None:
                    reading.trace.drop("drop.figure.war", figure.first, figure.last)
                continue
            if figure.category == "displaced" and any(a <= figure.first < b for a, b in speakers):
                continue  # "three residents said": they speak, they were not displaced
            if figure.place_count or figure.category == "vehicles":
                self._give_thing(figure, drafts)
                continue
            if groups and self._together(groups[-1][-1], figure):
                groups[-1].append(figure)
            else:
                groups.append([figure])
        taken: set[int] = set()
        for group in groups:
            self._joint = False
            if group[0].first in taken or self._parts_of_a_lead(group, groups):
                continue
            raised = self._raised_by(group[0])
            if raised is not None:
                if reading.trace is not None:
                    reading.trace.drop("drop.figure.wounds", group[0].first, group[0].last)
                owner = self._owner(group[:1], drafts)
                if owner is not None and not any(f.category == "killed" for f in owner.figures):
                    owner.figures.append(raised)
                    taken.add(raised.first)
                group = group[1:]
                if not group:
                    continue
            owner = self._owner(group, drafts)
            if owner is not None:
                owner.figures.extend(
                    f
                    for f in group
                    if not any(f.first == g.first for g in owner.figures)
                    and (not f.unharmed or owner.type in self.traits["movesPeople"])
                )
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

    def _raised_by(self, figure: FigureHit) -> FigureHit | None:
        """Two died of their wounds, raising the toll to 11: that toll counts them too, and stands in their place."""
        reading = self.reading
        if figure.category != "killed" or figure.best is None or figure.toll:
            return None
        a, b = reading.sentences[reading.sentence_of[figure.first]]
        near = range(min(figure.first, figure.harm), min(b, max(figure.last, figure.harm) + _WOUNDS))
        if not any(reading.has(k, "ofWounds") or reading.phrase_of(k, "ofWounds") for k in near):
            return None
        killed = [f for f in self.figures if f.category == "killed" and f is not figure and a < f.first < b]
        tolls = [f for f in killed if f.toll or reading.words[f.first - 1] in ("الي", "to", "at")]
        more = [f for f in tolls if f.best is not None and f.best > figure.best]
        return more[0] if len(more) == 1 else None

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
            if begin < d.at < first:
                candidates.append((0, d))  # أودت غارة بحياة خمسة: the happening is the subject of the harm
            elif d.at < begin:
                gap = begin - d.at
                if gap <= 30 and (d.type not in self.traits["changesHands"] or gap <= 10):
                    candidates.append((gap, d))
            else:
                gap = d.at - last
                if gap <= (16 if reading.language == "ar" else 22) and self._caused(last, d.at):
                    candidates.append((gap, d))
        candidates = [c for c in candidates if self._led_to(c[1], group[0].harm)] or candidates
        candidates = [c for c in candidates if not self._only_frames(c[1].at, begin, s)] or candidates
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

    def _only_frames(self, at: int, toll: int, s: int) -> bool:
        """فيما تتواصل المعارك بين …، قتل 30 شخصا في غارة: what opens a lead with a turn is its background."""
        reading = self.reading
        a, _ = reading.sentences[s]
        if reading.language != "ar" or not a < at < toll or at - a > 6 or not turns(reading, a):
            return False
        return any(reading.raw[k] in ("،", ",") for k in range(at, toll))

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
        if head.best == 0 or (reading.language == "ar" and all(f.best is None for f in killed)):
            return []  # nobody, or "dozens": no stated total
        if reading.language == "ar" and is_part(reading, head.first, head.harm):
            return []
        if reading.zones[head.first] in ("footer", "dateline"):
            return []
        a, b = reading.sentences[reading.sentence_of[head.first]]
        if any(reading.has(k, "accident") or reading.phrase_of(k, "accident") for k in range(a, b)):
            if reading.trace is not None:
                reading.trace.drop("drop.figure.accident", head.first, head.last)
            return []  # the dead of a road or of an earthquake are no dead of the war
        if reading.language == "en" and head.best is None:
            return []  # "hundreds" is no stated total
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
        draft.joint = self._sums_up(draft)
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
        elif harm is not None and is_future(harm):
            draft.modality, draft.modality_rule = Modality.PLANNED, "modality.future"
        elif background_by_date(draft.date, reading.published):
            draft.modality, draft.modality_rule = Modality.BACKGROUND, "modality.background"
        draft.fillers = self._victims(group)
        return [draft]

    def _whole_war(self, head: FigureHit) -> bool:
        """A conflict that has killed 280,000; حرب أسفرت عن مقتل 27 ألفا: the toll of a whole war is its background."""
        reading = self.reading
        s = reading.sentence_of[head.first]
        if head.category == "displaced":  # … وتشريد 14 مليونا: with the dead of the war, its displaced
            return s in self._war_tolls
        if head.category not in ("killed", "injured") or s not in self._at_war:
            return False
        if (head.best or head.low or 0) >= _WAR_TOLL:
            return True
        if reading.language == "ar":
            return False
        a, _ = reading.sentences[s]
        subject = (k for k in range(max(a, head.harm - 5), head.harm) if k in self._wars)
        return any(reading.words[j] in ("that", "which", "has", "have") for k in subject for j in range(k, head.harm))

    def _sums_up(self, report: Draft) -> bool:
        """A toll of several places, a running total of one, or "in raids and clashes": of no single happening."""
        if len(report.places) > 1 or (report.places and any(f.toll for f in report.figures)):
            return True
        near = [t for t in self.triggers if self.reading.sentence_of[t.i] == report.sentence]
        return any(b.i - a.i <= 3 and a.type != b.type and self._joined(a.i, b.i) for a, b in itertools.pairwise(near))

    def take_victims(self, draft: Draft) -> None:
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
                side = "target"
                if draft.trigger is not None and draft.trigger.entry.get("frame") == "clash":
                    side = "agent"  # the dead of a battle are of one of its sides
                draft.fillers.append(Filler(side, mention.span, f"toll.{side}.of", mention, named, mention.first))
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

    def _led_to(self, draft: Draft, harm: int) -> bool:
        """Fighters stormed the town, killing 250: behind a comma the gerund tells the toll of what stands before."""
        reading = self.reading
        word = reading.has(harm, "harm")
        if reading.language != "en" or word is None or word.form.tense != "gerund" or reading.raw[harm - 1] != ",":
            return True
        return draft.at < harm

    def _next_harm(self, head: FigureHit, right: int) -> int:
        """Explosions in X killed 20, and casualties were reported in Y: the second clause has places of its own."""
        reading, begin = self.reading, max(head.last, head.harm + 1)
        joined = (k for k in range(begin, right) if reading.words[k] == "and" and k + 2 < right)
        return next((k for k in joined if any(reading.has(k + n, "casualty") for n in (1, 2))), right)

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
        if reading.language == "en":
            right = min(right, self._next_harm(head, right))
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

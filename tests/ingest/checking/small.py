"""A small lexicon that is sound, for tests that break it."""

import shutil
from pathlib import Path

from ingest.lexicon import DEFAULT_FOLDER

EVENTS = {
    "ar": """entries:
  - id: ar.airstrike.ghara.n
    type: Airstrike
    lemma: غارة
    gender: f
    plural: [غارات]
    pos: noun
    frame: strike
    examples: {match: ["قتل ستة في غارة على حلب."], not: ["هدأت الأسواق أمس."]}
""",
    "en": """entries:
  - id: en.airstrike.raid.n
    type: Airstrike
    lemma: airstrike
    pos: noun
    frame: strike
    examples: {match: ["An airstrike hit Aleppo."], not: ["Markets were calm."]}
""",
}
REST = {
    "words": "entries:\n  - {id: LL.w.fi, class: prep, lemma: WW, pos: word, prep: WW,\n"
    '     examples: {match: ["WW حلب."], not: ["PP"]}}\n',
    "cues": "entries:\n  - {id: LL.cue.lam, lemma: VV, pos: word, effect: denied, scope: word, reach: 3,\n"
    '     examples: {match: ["SS"], not: ["PP"]}}\n',
    "reporting": "entries:\n  - {id: LL.r.qala, class: reportVerb, lemma: QQ,\n"
    '     examples: {match: ["SS"], not: ["PP"]}}\n',
    "frames": "frames:\n  strike: {agent: {select: [doer]}, target: {select: [object]}, places: {place: [WW]}}\n",
}
ACTORS = """entries:
- id: first
  kind: armedGroup
  names: {ar: الفصيل الأول, en: First Faction}
  aliases: {en: [The Firsts]}
  adjectives: {ar: [فصيلي]}
  gender: m
  number: s
  party: true
- id: second
  kind: armedGroup
  names: {ar: الفصيل الثاني, en: Second Faction}
  gender: m
  number: s
  party: true
  side_of: first
"""
SOURCES = """entries:
- id: paper
  kind: outlet
  names: {ar: صحيفة المثال, en: Example Paper}
  gender: f
  number: s
  party: false
  actor: null
"""


def small_lexicon(folder: Path) -> Path:
    """Write a lexicon of one word a file, with the project's schemas and its grammars of dates and numbers."""
    for path in DEFAULT_FOLDER.glob("*.schema.json"):
        shutil.copy(path, folder)
    verbs = {"ar": "قال, pos: verb, imperfect: يقول", "en": "say, pos: verb"}
    for language, (preposition, negation) in {"ar": ("في", "لم"), "en": ("in", "not")}.items():
        (folder / language).mkdir()
        (folder / language / "events.yaml").write_text(EVENTS[language], encoding="utf-8")
        words = {"LL": language, "WW": preposition, "VV": negation, "QQ": verbs[language]}
        words |= {"SS": "لم تقع غارة على حلب.", "PP": "وقعت غارة على حلب."}
        for name, pattern in REST.items():
            text = pattern
            for mark, word in words.items():
                text = text.replace(mark, word)
            (folder / language / f"{name}.yaml").write_text(text, encoding="utf-8")
        for name in ("dates", "numbers"):
            shutil.copy(DEFAULT_FOLDER / language / f"{name}.yaml", folder / language)
    shutil.copy(DEFAULT_FOLDER / "types.yaml", folder)
    (folder / "actors.yaml").write_text(ACTORS, encoding="utf-8")
    (folder / "sources.yaml").write_text(SOURCES, encoding="utf-8")
    return folder

"""As many varied articles as a benchmark wants, made up from templates, registered names and invented village names.

The same number gives the same article on every machine. Each has words that no other one has, as news does.
"""

import random
from collections.abc import Iterator
from datetime import date, timedelta
from functools import lru_cache

import yaml

from ontology.location import PROJECT
from ontology.model import Article

_OPENINGS = (
    "شنت طائرات حربية {strikes} غارات على {type} {village} في ريف {place}، ما أسفر عن مقتل {dead} وإصابة {hurt}.",
    "قصفت مدفعية {actor} {type} {village} {day}، ما أدى إلى مقتل {dead} أشخاص، بحسب {source}.",
    "سيطرت فصائل محلية على {type} {village} قرب {place} بعد معارك مع {actor}.",
    "انسحب {actor} من {type} {village} باتجاه {place} {day}.",
    "اندلعت اشتباكات عنيفة بين {actor} ومسلحين في محيط {type} {village}.",
    "أجلت فرق الإسعاف {hurt} شخصا من {type} {village} إلى {place}.",
    "نفى {actor} {day} انسحابه من {type} {village}.",
)
_MORE = (
    "وقال {source} إن القصف استهدف منازل في {village} وأوقع {hurt} جريحا على الأقل.",
    "وأضاف المصدر أن {strikes} عائلات غادرت {village} نحو {place}.",
    "وتشهد المنطقة هدوءا حذرا منذ {day}، فيما حلقت طائرات استطلاع في أجواء {place}.",
    "ولم يصدر تعليق من {actor} حتى الآن.",
    "وكانت {place} قد شهدت في وقت سابق احتجاجات على غلاء الأسعار وانقطاع الكهرباء.",
    "وأكد سكان من {village} أن الطريق إلى {place} مقطوع بسبب المعارك.",
    "وافتتح المجلس المحلي في {village} مدرسة جديدة تضم {hurt} طالبا.",
)
_ENGLISH = (
    "Warplanes struck the town of {village} near {place} on {day}, killing {dead} civilians and wounding {hurt}.",
    "{actor} said its fighters had withdrawn from the village of {village} in {place}.",
    "Residents of {village} said the road to {place} was closed by the fighting.",
    "The {source} said {strikes} families had left {village} since {day}.",
)
_TYPES = ("بلدة", "قرية", "مدينة", "ناحية")
_DAYS = ("أمس السبت", "اليوم الأحد", "صباح الاثنين", "مساء الثلاثاء", "فجر الأربعاء", "ليل الخميس", "الجمعة الماضي")
_WEEKDAYS = ("Saturday", "Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday")
_HEADS = ("كفر", "تل ", "عين ", "دير ", "بيت ", "خربة ", "معرة ", "")
_FIRST, _LAST = "بتجحخدرزسشصطعغفقكلمنه", ("ين", "ان", "ون", "يا", "ات", "ور", "يل", "اس")
_LATIN = ("ka", "ta", "ra", "mi", "so", "da", "bu", "ha", "zi", "la", "na", "fu", "je", "qo")
_FIRST_DAY = date(2014, 1, 1)


def articles(count: int, *, languages: tuple[str, ...] = ("ar", "ar", "ar", "en"), first: int = 0) -> Iterator[Article]:
    """Return `count` articles, beginning with number `first`, the languages taking turns."""
    return (article(number, languages[number % len(languages)]) for number in range(first, first + count))


def article(number: int, language: str) -> Article:
    """Return article `number`."""
    chance = random.Random(f"{language} {number}")
    sentences = [_sentence(chance, language, opening=True)]
    sentences += [_sentence(chance, language, opening=chance.random() < 0.3) for _ in range(chance.randint(4, 9))]
    published = _FIRST_DAY + timedelta(days=number % 4000)
    return Article(" ".join(sentences), language, published=published.isoformat(), external_id=f"{language}-{number}")


def _sentence(chance: random.Random, language: str, *, opening: bool) -> str:
    arabic = language == "ar"
    templates = _ENGLISH if not arabic else _OPENINGS if opening else _MORE
    return chance.choice(templates).format(
        actor=chance.choice(_registered("actors", language, "armedGroup", "stateForce")),
        source=chance.choice(_registered("sources", language, "agency", "monitor", "rescue")),
        place=chance.choice(_places(language)),
        village=_village(chance) if arabic else "".join(chance.choices(_LATIN, k=4)).capitalize(),
        type=chance.choice(_TYPES),
        day=chance.choice(_DAYS if arabic else _WEEKDAYS),
        dead=chance.randint(3, 60),
        hurt=chance.randint(11, 400),
        strikes=chance.randint(3, 30),
    )


def _village(chance: random.Random) -> str:
    return chance.choice(_HEADS) + "".join(chance.choices(_FIRST, k=3)) + chance.choice(_LAST)


@lru_cache
def _registered(section: str, language: str, *kinds: str) -> tuple[str, ...]:
    entries = yaml.safe_load((PROJECT / "lexicon" / f"{section}.yaml").read_text(encoding="utf-8"))["entries"]
    return tuple(e["names"][language] for e in entries if e["kind"] in kinds and language in e["names"])


@lru_cache
def _places(language: str) -> tuple[str, ...]:
    found: list[str] = []
    for file in sorted((PROJECT / "gazetteer").glob("*.yaml")):
        places = yaml.safe_load(file.read_text(encoding="utf-8")).get("places", ())
        found += [place["names"][language] for place in places if language in place.get("names", {})]
    return tuple(found)

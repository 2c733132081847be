"""Looking names up by what their first words can begin finds what asking for every run of words finds."""

from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.gazetteer import Gazetteer
from ingest.pipeline import Pipeline
from ingest.placelookup import PlaceLookup
from ingest.reading import Reading
from tests.ingest.extracting import read

LONGEST = 5
WORDS = {
    "ar": "مدينة حلب ريف دمشق كفر زيتا كفرزيتا دير الزور خان شيخون معرة النعمان وبلدة تل أبيض باب الهوى نيو يورك سان "
    "جوزيه بحماة لإدلب شارع 60 ، street al-Bab سراقب جبل الزاوية رأس العين أبو كمال ﷺ #حلب",
    "en": "the city of Aleppo Idlib province San José New York Deir ez-Zor al Zour al-Bab Khan Sheikhoun Kafr Nabl "
    "East and London Tell Abyad Ma'arrat an Nu'man , St Louis 60 دمشق Village as Hasakeh Port Said town",
}


def asked_for_every_run(reading: Reading, gazetteer: Gazetteer) -> dict[int, list[tuple[int, str, list[str]]]]:
    runs = []
    for i in range(len(reading)):
        for variant in reading.variants[i]:
            key = variant.host.replace("-", " ")
            runs.append((i, i + 1, variant.pro, key))
            for last in range(i + 1, min(i + LONGEST, len(reading))):
                if reading.punct[last]:
                    break
                key = f"{key} {reading.words[last].replace('-', ' ')}"
                runs.append((i, last + 1, variant.pro, key))
    entries = gazetteer.find(key for *_, key in runs)
    found: dict[int, list[tuple[int, str, list[str]]]] = {}
    for i, last, pro, key in runs:
        if key in entries:
            found.setdefault(i, []).append((last, pro, [e.id for e in entries[key]]))
    return found


@settings(max_examples=150, deadline=None)
@given(data=st.data(), language=st.sampled_from(sorted(WORDS)))
def test_the_same_names_are_found_as_by_asking_for_every_run_of_words(
    pipeline: Pipeline, data: st.DataObject, language: str
) -> None:
    words = data.draw(st.lists(st.sampled_from(WORDS[language].split()), min_size=1, max_size=14))
    reading = read(pipeline, " ".join(words), language=language)
    lookup = PlaceLookup(pipeline.gazetteer)
    wanted = asked_for_every_run(reading, pipeline.gazetteer)
    for _ in range(2):  # the second time from memory
        found = lookup.names(reading)
        got = {i: [(n.last, n.variant.pro, [e.id for e in n.entries]) for n in row] for i, row in found.items()}
        assert got == wanted

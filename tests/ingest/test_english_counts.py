"""English counts of people: one said by the article, several populations that share a verb of harm."""

import pytest

from ingest.pipeline import Pipeline
from tests.ingest.extracting import claims_of


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("An air strike killed a civilian in Gaza City.", [("killed", 1)]),
        ("A woman was killed and two children were wounded in shelling on Taiz.", [("killed", 1), ("injured", 2)]),
        ("Two soldiers and a civilian were killed in clashes in Sebha.", [("killed", 2), ("killed", 1)]),
        ("Clashes in Sebha killed two soldiers and three civilians.", [("killed", 2), ("killed", 3)]),
        ("Shelling killed six civilians, including a woman and a child, in Idlib.", [("killed", 6)]),
        ("Two soldiers were killed and a civilian was wounded in shelling of Tyre.", [("killed", 2), ("injured", 1)]),
        ("Israeli shelling hit a civilian house and killed four people in Tyre.", [("killed", 4)]),
    ],
)
def test_counts(pipeline: Pipeline, text: str, wanted: list[tuple[str, int]]) -> None:
    claims = claims_of(pipeline, text, language="en")
    assert [(f.category, f.best) for claim in claims for f in claim.figures] == wanted

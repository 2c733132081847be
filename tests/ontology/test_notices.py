"""Words by which a page says that its text was corrected: each finds its examples and passes the others over."""

import json
from pathlib import Path

import jsonschema
import pytest
import yaml

from ontology.notices import Notice, noticed, notices

FOLDER = Path(__file__).parents[2] / "ontology"


def test_the_data_has_the_form_of_its_schema_and_both_languages() -> None:
    data = yaml.safe_load((FOLDER / "notices.yaml").read_text(encoding="utf-8"))
    jsonschema.validate(data, json.loads((FOLDER / "notices.schema.json").read_text(encoding="utf-8")))
    assert len({notice.id for notice in notices()}) == len(notices())
    assert {notice.language for notice in notices()} == {"ar", "en"}
    assert all(notice.id.startswith(f"{notice.language}.") for notice in notices())


@pytest.mark.parametrize("notice", notices(), ids=lambda notice: notice.id)
def test_it_finds_its_examples_and_passes_the_others_over(notice: Notice) -> None:
    assert all(notice.pattern.search(example) for example in notice.match)
    assert not any(noticed([example]) for example in notice.passed_over)

from typing import Any

import pytest

from ingest.gazetteer.source import BadSource, described

NOTHING: dict[str, Any] = dict.fromkeys(("title", "licence", "attribution", "url", "rank"))


def test_what_is_known_of_a_source_need_not_be_said() -> None:
    source = described("geonames", **NOTHING)
    assert (source.licence, source.rank) == ("CC BY 4.0", 50)
    assert "GeoNames" in source.attribution
    assert described("geonames", **NOTHING | {"licence": "other", "rank": 7}).licence == "other"


@pytest.mark.parametrize(
    ("name", "given", "says"),
    [
        ("mine", {}, "under which licence"),
        ("overlay", {"licence": "CC0"}, "comes with the project"),
        ("../mine", {"licence": "CC0"}, "cannot name a source"),
        ("My Places", {"licence": "CC0"}, "cannot name a source"),
        ("mine", {"licence": "CC0", "rank": 0}, "from 1 to 99"),
        ("m" * 61, {"licence": "CC0"}, "at most 60"),
    ],
)
def test_a_description_that_cannot_be_used_is_refused(name: str, given: dict[str, Any], says: str) -> None:
    with pytest.raises(BadSource, match=says):
        described(name, **NOTHING | given)

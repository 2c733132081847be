"""Codes of other schemes, as `alignments.ttl` states them."""

from pathlib import Path

import pytest

from ontology.alignments import ACLED_GEO_PRECISION, UCDP_WHERE_PREC, _codes, codes
from ontology.vocabulary import WQ, OntologyUnreadable, Vocabulary


@pytest.mark.parametrize(("scheme", "highest"), [(ACLED_GEO_PRECISION, 3), (UCDP_WHERE_PREC, 7)])
def test_precisions_have_codes_of_the_scheme(scheme: str, highest: int) -> None:
    found = codes(scheme)
    assert {f"{WQ}Exact", f"{WQ}Locality", f"{WQ}Admin1"} <= set(found) <= set(Vocabulary.load().precisions.values())
    assert all(1 <= int(code) <= highest for code in found.values())
    assert f"{WQ}UnknownPrecision" not in found


def test_a_scheme_that_is_not_there_has_no_codes() -> None:
    assert dict(codes("https://x.example/")) == {}


def test_a_file_that_is_no_turtle_is_named(tmp_path: Path) -> None:
    broken = tmp_path / "alignments.ttl"
    for text in (None, "this is no turtle"):
        if text is not None:
            broken.write_text(text, encoding="utf-8")
        with pytest.raises(OntologyUnreadable, match=r"alignments\.ttl"):
            _codes(broken, ACLED_GEO_PRECISION)

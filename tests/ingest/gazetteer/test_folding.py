from hypothesis import given
from hypothesis import strategies as st

from ingest.gazetteer import (
    folded_keys,
    split_type_word,
)
from ontology.normal import name_key


@given(st.text(max_size=30))
def test_folding_is_of_keys_and_never_gives_a_plain_key(name: str) -> None:
    assert all(form.startswith("~") for form in folded_keys(name_key(name)))
    kind, rest = split_type_word(name_key(name))
    assert name_key(name).endswith(rest) or name_key(name).startswith(rest)
    assert (kind is None) == (rest == name_key(name))

"""Canonical JSON and derived ids."""

import json
import subprocess
import sys
from typing import Any

import pytest
import rfc8785
from hypothesis import given
from hypothesis import strategies as st

from ontology.identity import MAX_SAFE_INTEGER, NotCanonical, canonical_json, canonical_value, derived_id, sha256_hex

ASCII_KEYS = st.text(alphabet=st.characters(max_codepoint=127), max_size=8)
SCALARS = st.none() | st.booleans() | st.integers(-MAX_SAFE_INTEGER, MAX_SAFE_INTEGER) | st.text()
ALLOWED: st.SearchStrategy[Any] = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(ASCII_KEYS, inner, max_size=4),
    max_leaves=20,
)


def wrapped(bad: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    """The bad value on its own and inside allowed ones."""
    return bad | bad.map(lambda value: ["a", value]) | bad.map(lambda value: {"k": [{"inner": value}]})


@given(ALLOWED)
def test_canonical_json_is_rfc_8785(value: Any) -> None:
    encoded = canonical_json(value)
    assert encoded == rfc8785.dumps(value)
    assert json.loads(encoded) == value


LOOSE: st.SearchStrategy[Any] = st.recursive(
    SCALARS | st.floats(allow_nan=False, allow_infinity=False) | st.integers(-(2**70), 2**70),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(alphabet='aé"\\:خ', max_size=4), inner),
    max_leaves=12,
)


@given(ALLOWED | LOOSE, st.booleans(), st.booleans(), st.sampled_from([(",", ":"), (", ", ":"), (",", ": ")]))
def test_only_canonical_json_is_taken_for_it(value: Any, in_order: bool, ascii_only: bool, signs: Any) -> None:
    """Whatever is written in whatever form: it is the canonical one exactly where the value has one and this is it."""
    try:
        data = json.dumps(value, sort_keys=in_order, ensure_ascii=ascii_only, separators=signs).encode()
    except UnicodeEncodeError:
        return
    try:
        expected = canonical_json(value) == data
    except NotCanonical:
        expected = False
    if expected:
        assert canonical_value(data) == value
    else:
        with pytest.raises(NotCanonical):
            canonical_value(data)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"{",
        b"\xff",
        b'{"a":1,"a":1}',
        b'{"b":1,"a":1}',
        b'{"a":1.0}',
        b"[1.5]",
        b"1.5",
        b"1e16",
        b"[1e+16]",
        b"[1e-7]",
        b'{"a":1e300}',
        b"[-0]",
        b"[9007199254740993]",
        b"[18446744073709551616]",
        b"[1] ",
        b"NaN",
        b'"\\u0041"',
        b'"\\/"',
        '{"خ":1}'.encode(),
        '{"aخb":[{"x":"خ"}]}'.encode(),
        '[{"x":"خ","\\"خ":1}]'.encode(),
        b"[" * 5000 + b"]" * 5000,
    ],
)
def test_other_forms_are_told_from_canonical_json(data: bytes) -> None:
    with pytest.raises(NotCanonical):
        canonical_value(data)


@pytest.mark.parametrize("value", [{"a": "1.5,"}, ["x.1]", "e-7}", ".5"], {"a": 'خ": "خ":'}, ["خ\\", {"a": "خ"}]])
def test_strings_that_look_like_other_forms_are_canonical(value: Any) -> None:
    assert canonical_value(canonical_json(value)) == value


@given(st.dictionaries(ASCII_KEYS, SCALARS, max_size=6))
def test_the_order_of_keys_does_not_matter(value: dict[str, Any]) -> None:
    assert canonical_json(dict(reversed(value.items()))) == canonical_json(value)


@given(wrapped(st.floats()))
def test_floats_are_refused(value: Any) -> None:
    with pytest.raises(NotCanonical, match="of type float"):
        canonical_json(value)


@given(wrapped(st.integers(min_value=MAX_SAFE_INTEGER + 1) | st.integers(max_value=-MAX_SAFE_INTEGER - 1)))
def test_big_integers_are_refused(value: Any) -> None:
    with pytest.raises(NotCanonical, match="integers must be within"):
        canonical_json(value)


@given(st.text(alphabet=st.characters(min_codepoint=128, exclude_categories=["Cs"]), min_size=1))
def test_keys_beyond_ascii_are_refused(key: str) -> None:
    with pytest.raises(NotCanonical, match="keys must be ASCII"):
        canonical_json({key: 1})


@given(wrapped(st.characters(categories=["Cs"]).map(lambda half: f"a{half}b")))
def test_unpaired_surrogates_are_refused(value: Any) -> None:
    with pytest.raises(NotCanonical, match="surrogate"):
        canonical_json(value)


@pytest.mark.parametrize("value", [b"bytes", {1, 2}, object(), {1: "key"}, {None: 1}, 1j])
def test_other_types_are_refused(value: object) -> None:
    with pytest.raises(NotCanonical):
        canonical_json(value)


def test_the_error_says_where() -> None:
    with pytest.raises(NotCanonical, match=r"claims\[1\]\.figure is of type float") as caught:
        canonical_json({"claims": [{}, {"figure": 1.5}]})
    assert caught.value.path == "claims[1].figure"


def test_known_digests() -> None:
    assert sha256_hex(b"") == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
    assert canonical_json({"b": "خ", "a": [True, None, -1]}) == '{"a":[true,null,-1],"b":"خ"}'.encode()
    assert derived_id("actor", "hts") == sha256_hex(b'["actor","hts"]')[:20]


@given(st.text(max_size=5), st.text(max_size=5))
def test_parts_are_kept_apart(left: str, right: str) -> None:
    joined = derived_id("x", left + right)
    assert len(joined) == 20
    assert joined != derived_id("x", left, right)


def test_ids_do_not_depend_on_the_hash_seed() -> None:
    code = "from ontology.identity import derived_id; print(derived_id('k', {'b': 1, 'a': ['خ', None]}))"
    runs = [
        subprocess.run(
            [sys.executable, "-c", code], env={"PYTHONHASHSEED": seed}, capture_output=True, text=True, check=True
        ).stdout.strip()
        for seed in ("0", "1")
    ]
    assert runs == [derived_id("k", {"a": ["خ", None], "b": 1})] * 2

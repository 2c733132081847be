"""Keys and signatures: RFC 8032's vectors, our arithmetic against the library's, key files."""

import stat
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given, settings
from hypothesis import strategies as st

from graph.proof.keys import KeyMissing, KeyThere, KeyUnusable, Signer, make_key, public_keys, rotate_key, written
from graph.proof.verify_bundle import Rejected, open_note, read_key, verified, verified_here

# RFC 8032, 7.1: public key, message, signature of tests 1, 2, 3.
VECTORS = [
    (
        "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a",
        "",
        (
            "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e06522490155"
            "5fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b"
        ),
    ),
    (
        "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c",
        "72",
        (
            "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da"
            "085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00"
        ),
    ),
    (
        "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025",
        "af82",
        (
            "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac"
            "18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a"
        ),
    ),
]
CHECKS = [verified, verified_here]


@pytest.mark.parametrize("check", CHECKS)
@pytest.mark.parametrize(("key", "message", "signature"), VECTORS)
def test_the_vectors_of_rfc_8032(check: object, key: str, message: str, signature: str) -> None:
    data = [bytes.fromhex(one) for one in (key, signature, message)]
    assert callable(check)
    assert check(*data)
    for at in range(3):
        wrong = list(data)
        wrong[at] = wrong[at][:-1] + bytes([wrong[at][-1] ^ 1]) if wrong[at] else b"x"
        assert not check(*wrong)
        assert not check(data[0], data[1] + b"\0", data[2])
        assert not check(data[0][:31], data[1], data[2])


@settings(max_examples=40, deadline=None)
@given(st.binary(min_size=32, max_size=32), st.binary(max_size=80), st.integers(0, 96 * 8 - 1))
def test_our_arithmetic_says_what_the_library_says(seed: bytes, message: bytes, bit: int) -> None:
    private = Ed25519PrivateKey.from_private_bytes(seed)
    public = private.public_key().public_bytes_raw()
    signature = private.sign(message)
    assert verified_here(public, signature, message)
    both = int.from_bytes(public + signature, "big") ^ 1 << bit
    data = both.to_bytes(96, "big")
    assert verified_here(data[:32], data[32:], message) is verified(data[:32], data[32:], message) is False


def test_a_signature_whose_number_is_too_large_is_refused() -> None:
    key, message, signature = (bytes.fromhex(one) for one in VECTORS[2])
    order = 2**252 + 27742317777372353535851937790883648493
    raised = (int.from_bytes(signature[32:], "little") + order).to_bytes(32, "little")
    assert not verified_here(key, signature[:32] + raised, message)
    assert not verified(key, signature[:32] + raised, message)


def test_a_key_of_another_implementation_is_read() -> None:
    # Go's checksum database, as its documentation gives the key.
    key = read_key("sum.golang.org+033de0ae+Ac4zctda0e5eza+HJyk9SxEdh+s3Ux18htTTAD8OuAn8")
    assert (key.name, key.number.hex()) == ("sum.golang.org", "033de0ae")


def test_a_key_comes_back_from_its_file_which_only_its_owner_may_read(tmp_path: Path) -> None:
    path = tmp_path / "keys" / "checkpoint.key"
    key = make_key(tmp_path, path, "example.org/log")
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    signer = Signer.load(path)
    assert signer.public() == key == read_key(written(key))
    assert public_keys(tmp_path) == [key]
    assert open_note(signer.sign("words\n"), [key]) == "words\n"
    with pytest.raises(KeyThere, match="--rotate"):
        make_key(tmp_path, path, "example.org/log")
    assert Signer.load(path).public() == key


def test_a_key_that_others_may_read_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "checkpoint.key"
    make_key(tmp_path, path, "example.org/log")
    path.chmod(0o640)
    with pytest.raises(KeyUnusable, match="chmod 600"):
        Signer.load(path)


@pytest.mark.parametrize("text", ["", "x", "PRIVATE+KEY+a+b", "PRIVATE+KEY+a+00000000+AAAA", "ключ"])
def test_a_file_that_holds_no_key_is_refused_without_showing_it(tmp_path: Path, text: str) -> None:
    path = tmp_path / "checkpoint.key"
    path.write_text(text, encoding="utf-8")
    path.chmod(0o600)
    with pytest.raises(KeyUnusable) as caught:
        Signer.load(path)
    assert "AAAA" not in str(caught.value)


def test_a_missing_key_says_how_to_make_one(tmp_path: Path) -> None:
    with pytest.raises(KeyMissing, match="waqai log key"):
        Signer.load(tmp_path / "checkpoint.key")


@pytest.mark.parametrize("name", ["", "a b", "a+b", "a\nb"])
def test_a_name_that_cannot_stand_in_a_note_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(ValueError, match="holds no space"):
        make_key(tmp_path, tmp_path / "k", name)
    assert not list(tmp_path.iterdir())


def test_a_rotation_is_signed_by_the_old_key_and_keeps_both(tmp_path: Path) -> None:
    path = tmp_path / "checkpoint.key"
    old = make_key(tmp_path, path, "example.org/log")
    earlier = Signer.load(path).sign("before\n")
    new, note, kept = rotate_key(tmp_path, path)
    assert (new.name, new != old) == (old.name, True)
    assert open_note(note, [old]).splitlines()[1:] == [written(old), written(new)]
    assert Signer.load(path).public() == new
    assert Signer.load(kept).public() == old
    assert public_keys(tmp_path) == [old, new]
    assert open_note(earlier, public_keys(tmp_path)) == "before\n"


def test_notes(tmp_path: Path) -> None:
    signer, other = Signer.new("example.org/log"), Signer.new("example.org/log")
    note = signer.sign("first\n\nsecond\n")
    keys = [signer.public()]
    assert open_note(note, keys) == "first\n\nsecond\n"
    unknown = other.sign("first\n\nsecond\n").rpartition("\n\n")[2]
    assert open_note(note + unknown, keys) == "first\n\nsecond\n"  # signatures of others are ignored
    for wrong in (
        other.sign("first\n\nsecond\n"),
        note.replace("first", "First"),
        note[:-1],
        note + "\n",
        note.replace("\u2014", "-"),
        note.replace("second", "sec\tond"),
        "",
        "\n\n",
    ):
        with pytest.raises(Rejected):
            open_note(wrong, keys)

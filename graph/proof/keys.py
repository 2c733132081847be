"""The key that signs checkpoints: Ed25519, in the form of c2sp.org/signed-note.

Invariant: a private key is only ever written to a file of its owner (mode 0600), never over another one, and appears in
no message. The public keys of a log, newest last, stand in a file beside its tiles.
"""

import base64
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from graph.durable import sync_folder, write_whole
from graph.proof.tiles import ProofError
from graph.proof.verify_bundle import Key, Rejected, is_name, key_number, read_key

PUBLIC_FILE: Final = "checkpoint.pub"
_PRIVATE: Final = "PRIVATE+KEY+"
_OTHERS: Final = 0o077


class KeyMissing(ProofError):
    """There is no private key at `path`."""

    def __init__(self, path: Path) -> None:
        super().__init__(
            f"there is no key at {path}: make one with waqai log key, or name its file by WAQAI_CHECKPOINT_KEY"
        )
        self.path = path


class KeyThere(ProofError):
    """There is a private key at `path` already."""

    def __init__(self, path: Path) -> None:
        super().__init__(f"there is a key at {path} already: waqai log key --rotate puts a new one in its place")
        self.path = path


class KeyUnusable(ProofError):
    """The file at `path` holds no usable key; `reason` is half a sentence."""

    def __init__(self, path: Path, reason: str) -> None:
        super().__init__(f"the key {path} cannot be used: {reason}")
        self.path, self.reason = path, reason


class NoPublicKey(ProofError):
    """There are checkpoints and no public key at `path` to check them with."""

    def __init__(self, path: Path) -> None:
        super().__init__(
            f"no checkpoint can be checked, for there is no public key at {path}: restore the file, or run waqai log "
            "checkpoint, which writes that of the key it signs with"
        )
        self.path = path


@dataclass(frozen=True, slots=True)
class Signer:
    """A private key with its name, which is the origin of the log."""

    name: str
    private: Ed25519PrivateKey

    @classmethod
    def new(cls, name: str) -> "Signer":
        """Return a new key.

        Raises:
            ValueError: the name is empty or holds a space, a plus or a control character.
        """
        if not is_name(name):
            raise ValueError("a name holds no space, no + and no control character, as example.org/log")
        return cls(name, Ed25519PrivateKey.generate())

    @classmethod
    def load(cls, path: Path) -> "Signer":
        """Return the key in a file.

        Raises:
            KeyMissing, KeyUnusable
        """
        try:
            text = path.read_text(encoding="ascii").strip()
            mode = path.stat().st_mode
        except FileNotFoundError:
            raise KeyMissing(path) from None
        except (OSError, UnicodeDecodeError) as error:
            raise KeyUnusable(path, getattr(error, "strerror", None) or "it is no text") from None
        if os.name != "nt" and mode & _OTHERS:
            raise KeyUnusable(path, f"others may read it; chmod 600 {path}, and rotate it if anybody did")
        parts = text.removeprefix(_PRIVATE).split("+", 2)
        try:
            data = base64.b64decode(parts[2], validate=True)
            signer = cls(parts[0], Ed25519PrivateKey.from_private_bytes(data[1:]))
        except (IndexError, ValueError):
            raise KeyUnusable(path, "it is not of the form PRIVATE+KEY+NAME+ID+BASE64") from None
        if not text.startswith(_PRIVATE) or data[0] != 1 or parts[1] != signer.public().number.hex():
            raise KeyUnusable(path, "it is no Ed25519 key, or a character of it was changed")
        return signer

    def save(self, path: Path) -> None:
        """Write the key to a new file that only its owner may read.

        Raises:
            KeyThere, OSError
        """
        data = b"\1" + self.private.private_bytes_raw()
        line = f"{_PRIVATE}{self.name}+{self.public().number.hex()}+{base64.b64encode(data).decode()}\n"
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        except FileExistsError:
            raise KeyThere(path) from None
        with os.fdopen(handle, "w", encoding="ascii") as file:
            file.write(line)
            file.flush()
            os.fsync(file.fileno())
        sync_folder(path.parent)

    def public(self) -> Key:
        """Return the public key."""
        public = self.private.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
        return Key(self.name, key_number(self.name, public), public)

    def sign(self, text: str) -> str:
        """Return the signed note of a text that ends with a newline."""
        signature = self.public().number + self.private.sign(text.encode("utf-8"))
        return f"{text}\n\u2014 {self.name} {base64.b64encode(signature).decode()}\n"


def written(key: Key) -> str:
    """Return the line `NAME+ID+BASE64` of a public key."""
    return f"{key.name}+{key.number.hex()}+{base64.b64encode(bytes([1]) + key.public).decode()}"


def public_keys(folder: Path) -> list[Key]:
    """Return the public keys of the log whose tiles lie in `folder`, newest last; none where none was made.

    Raises:
        KeyUnusable
    """
    path = folder / PUBLIC_FILE
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except FileNotFoundError:
        return []
    except (OSError, UnicodeDecodeError) as error:
        raise KeyUnusable(path, getattr(error, "strerror", None) or "it is no text") from None
    try:
        return [read_key(line) for line in lines if line.strip()]
    except Rejected as reason:
        raise KeyUnusable(path, str(reason)) from None


def needed_keys(folder: Path) -> list[Key]:
    """Return the public keys of a log that has checkpoints, newest last.

    Raises:
        NoPublicKey, KeyUnusable
    """
    keys = public_keys(folder)
    if not keys:
        raise NoPublicKey(folder / PUBLIC_FILE)
    return keys


def add_public_key(folder: Path, key: Key) -> None:
    """Put `key` behind the public keys of the log, unless it is among them."""
    known = public_keys(folder)
    if key not in known:
        folder.mkdir(parents=True, exist_ok=True)
        write_whole(folder / PUBLIC_FILE, "".join(f"{written(one)}\n" for one in [*known, key]).encode())
        sync_folder(folder)


def make_key(folder: Path, path: Path, name: str) -> Key:
    """Make the first key of a log: the private part at `path`, the public one beside the tiles in `folder`.

    Raises:
        KeyThere, KeyUnusable, ValueError, OSError
    """
    signer = Signer.new(name)
    signer.save(path)
    add_public_key(folder, signer.public())
    return signer.public()


def rotate_key(folder: Path, path: Path) -> tuple[Key, str, Path]:
    """Put a new key of the same name in place of the one at `path`.

    Returns:
        The new key, a note in which the old one names it, and where the old private key lies now.

    Raises:
        KeyMissing, KeyUnusable, KeyThere, OSError
    """
    old = Signer.load(path)
    new = Signer.new(old.name)
    note = old.sign(f"waqai key rotation\n{written(old.public())}\n{written(new.public())}\n")
    kept = path.with_name(f"{path.name}.retired-{old.public().number.hex()}")
    fresh = path.with_name(f"{path.name}.new-{new.public().number.hex()}")
    new.save(fresh)
    add_public_key(folder, old.public())
    add_public_key(folder, new.public())
    write_whole(folder / "rotations" / new.public().number.hex(), note.encode())
    path.rename(kept)
    fresh.rename(path)
    sync_folder(path.parent)
    return new.public(), note, kept

"""From bytes to characters, or a reason why not.

Invariant: no byte is ever replaced, dropped or guessed away. Bytes become text by a byte order mark, by being strict
UTF-8, by what the document declares, or by a legacy encoding whose result reads as Arabic or English; otherwise they
stay undecoded and the first byte in the way is named. A byte order mark says how bytes are laid out and is no
character of the text, so it is left out.

Legacy encodings are told apart by the words they give (في, من, ال…; the, of, said …) and not by byte statistics: the
same bytes read as words in one of them at most, on short texts too, and the answer never depends on a model.
"""

import codecs
import re
from dataclasses import dataclass

from ingest.language import COMMON_ARABIC, COMMON_ENGLISH

ADVICE = "convert it to UTF-8 first, for example with: iconv -f WINDOWS-1256 -t UTF-8"

_BOMS = (  # UTF-32 first: its little-endian mark begins with that of UTF-16
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_LEGACY = ("cp1252", "cp1256", "iso-8859-6")  # the first of equals wins: café reads the same in two of them
_DECLARED = {  # labels as the WHATWG encoding standard reads them: Latin-1 on the web is windows-1252
    "utf-8": "utf-8",
    "utf8": "utf-8",
    "windows-1256": "cp1256",
    "cp1256": "cp1256",
    "cp-1256": "cp1256",
    "x-cp1256": "cp1256",
    "iso-8859-6": "iso-8859-6",
    "iso8859-6": "iso-8859-6",
    "asmo-708": "iso-8859-6",
    "arabic": "iso-8859-6",
    "windows-1252": "cp1252",
    "cp1252": "cp1252",
    "iso-8859-1": "cp1252",
    "iso8859-1": "cp1252",
    "latin1": "cp1252",
    "us-ascii": "cp1252",
    "ascii": "cp1252",
    "windows-1254": "cp1254",
    "iso-8859-9": "cp1254",
    "iso-8859-15": "iso-8859-15",
}
_MAGIC = (
    (b"%PDF-", "a PDF document"),
    (b"PK\x03\x04", "a ZIP archive (or a DOCX, XLSX, ODT or EPUB document)"),
    (b"PK\x05\x06", "an empty ZIP archive"),
    (b"\x89PNG\r\n\x1a\n", "a PNG image"),
    (b"\xff\xd8\xff", "a JPEG image"),
    (b"GIF87a", "a GIF image"),
    (b"GIF89a", "a GIF image"),
    (b"II*\x00", "a TIFF image"),
    (b"MM\x00*", "a TIFF image"),
    (b"\x1f\x8b", "a gzip archive"),
    *((b"BZh%d1AY&SY" % level, "a bzip2 archive") for level in range(1, 10)),
    (b"\xfd7zXZ\x00", "an xz archive"),
    (b"7z\xbc\xaf\x27\x1c", "a 7z archive"),
    (b"\x28\xb5\x2f\xfd", "a zstd archive"),
    (b"Rar!\x1a\x07", "a RAR archive"),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "an old Microsoft Office document"),
    (b"{\\rtf", "an RTF document"),
    (b"SQLite format 3\x00", "an SQLite database"),
    (b"\x7fELF", "a program (ELF)"),
    (b"OggS\x00", "an Ogg sound or video file"),
    *((b"ID3" + bytes([version]), "an MP3 sound file") for version in (2, 3, 4)),
    (b"fLaC\x00", "a FLAC sound file"),
)
_CONTROL = re.compile("[\x00-\x08\x0b\x0e-\x1f\x7f-\x9f]")
_C0_BYTES = bytes([*range(9), 11, *range(14, 32), 127])
_TAGS = re.compile("<[^<>]*>")
_ARABIC_WORD = re.compile("[\u0621-\u063a\u0641-\u0652]+")
_LATIN_WORD = re.compile("[A-Za-z]+")
_STRAY = re.compile("[^\x00-\x7f\u0600-\u06ff\u2000-\u206f\u00ab\u00bb\u00a0-\u00bf\u20ac\u2122]")
_MISREAD_ARABIC = re.compile("[\u00c0-\u00ff]{4,}")  # what Arabic bytes look like as Western European ones
_SAMPLE = 200_000  # characters that are judged; a longer text is judged by its beginning


@dataclass(frozen=True, slots=True)
class Decoded:
    """Text and the Python name of the encoding that gave it."""

    text: str
    encoding: str


@dataclass(frozen=True, slots=True)
class Undecodable:
    """Why bytes are no text; `offset` is that of the first byte in the way, in bytes from 0."""

    reason: str
    offset: int


def binary_kind(data: bytes) -> str | None:
    """Return what kind of binary file `data` begins like ("a PDF document"), None where it begins like none.

    >>> binary_kind(b"%PDF-1.7 ...")
    'a PDF document'
    """
    for magic, kind in _MAGIC:
        if data.startswith(magic):
            return kind
    if data[:4] == b"RIFF" and data[8:12] in (b"WEBP", b"WAVE", b"AVI "):
        return "a WebP image, WAV sound or AVI video file"
    if data[4:8] == b"ftyp":
        return "an MP4 or QuickTime video file"
    return None


def has_utf16_mark(data: bytes) -> bool:
    """Return True where `data` begins with a byte order mark of UTF-16 or UTF-32."""
    return data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE, codecs.BOM_UTF32_BE))


def decode(data: bytes, declared: str | None = None) -> Decoded | Undecodable:
    """Return the text that `data` encodes.

    `declared` is the label of an encoding that the document itself names. It is asked after strict UTF-8, because
    bytes that are valid UTF-8 beyond ASCII are never a legacy encoding by accident, and declarations are often stale.
    """
    for mark, encoding in _BOMS:
        if data.startswith(mark):
            return _marked(data, mark, encoding)
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        return _legacy(data, error, _DECLARED.get((declared or "").strip().lower()))
    if _mostly_text(data):
        return Decoded(text, "utf-8")
    return _unmarked_utf16(data) or _binary(data)


def _marked(data: bytes, mark: bytes, encoding: str) -> Decoded | Undecodable:
    try:
        text = data[len(mark) :].decode(encoding)
    except UnicodeDecodeError as error:
        offset = len(mark) + error.start
        return Undecodable(f"says that it is {encoding.upper()} but is not, at byte {offset}: {ADVICE}", offset)
    if "\x00" in text:
        offset = len(mark) + len(text[: text.index("\x00")].encode(encoding))
        return Undecodable(f"is binary, not text: there is a NUL character at byte {offset}", offset)
    return Decoded(text, encoding)


def _mostly_text(data: bytes) -> bool:
    """No NUL, and hardly any control characters: old feeds do hold a stray one."""
    if b"\x00" in data:
        return False
    controls = len(data) - len(data.translate(None, _C0_BYTES))
    return controls <= max(1, len(data) // 100)


def _binary(data: bytes) -> Undecodable:
    offset = next((i for i, byte in enumerate(data) if byte in _C0_BYTES), 0)
    return Undecodable(f"is binary, not text: byte {offset} is 0x{data[offset]:02x}", offset)


def _unmarked_utf16(data: bytes) -> Decoded | None:
    for encoding in ("utf-16-le", "utf-16-be"):
        try:
            text = data.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\x00" not in text and likeness(text) > 0:
            return Decoded(text, encoding)
    return None


def _legacy(data: bytes, error: UnicodeDecodeError, declared: str | None) -> Decoded | Undecodable:
    byte = data[error.start]
    if not _mostly_text(data):
        return _unmarked_utf16(data) or _binary(data)
    if _damaged_utf8(data):
        return Undecodable(
            f"is UTF-8 that is cut or damaged: byte {error.start} (0x{byte:02x}) is not valid; get the file again",
            error.start,
        )
    texts: dict[str, str] = {}
    for encoding in dict.fromkeys([declared, *_LEGACY] if declared else _LEGACY):
        try:
            text = data.decode(str(encoding))
        except UnicodeDecodeError:
            continue
        if not _CONTROL.search(text.replace("\x7f", "")) or encoding == declared:
            texts[str(encoding)] = text
    readable = sorted(
        (e for e in texts if likeness(texts[e]) > 0 and _common(texts[e])), key=lambda e: -_common(texts[e])
    )
    # Two Arabic readings that differ and hold as many common words: which one is meant cannot be told.
    told = len(readable) == 1 or (
        len(readable) > 1
        and (_common(texts[readable[0]]) > _common(texts[readable[1]]) or texts[readable[0]] == texts[readable[1]])
    )
    if told:
        return Decoded(texts[readable[0]], readable[0])
    if declared in texts:  # nothing reads better, so the document's word stands
        return Decoded(texts[declared], declared)
    return Undecodable(
        f"is not UTF-8 (byte {error.start} is 0x{byte:02x}), and no other encoding makes it readable Arabic or "
        f"English: {ADVICE}",
        error.start,
    )


def _damaged_utf8(data: bytes) -> bool:
    """Many valid multi-byte characters and few broken ones: that is UTF-8, not a legacy encoding."""
    text = data.decode("utf-8", errors="replace")
    broken = text.count("\ufffd")
    valid = len(text) - broken - sum(map(len, re.findall("[\x00-\x7f]+", text)))
    return valid >= 10 and broken * 10 <= valid


def _common(text: str) -> int:
    """Return how many common words of Arabic or English the beginning of `text` holds."""
    sample = _TAGS.sub(" ", text[:_SAMPLE])
    arabic = sum(word in COMMON_ARABIC for word in _ARABIC_WORD.findall(sample))
    return arabic + sum(word in COMMON_ENGLISH for word in _LATIN_WORD.findall(sample.lower()))


def likeness(text: str) -> float:
    """Return how much `text` reads as Arabic or English, 0 (not at all) to 1: the share of common words.

    0 where letters of other scripts are more than a few, or fewer than two common words are there.

    >>> likeness("قال المرصد إن الجيش انسحب من المدينة") > 0 == likeness("ط§ظ„ط¬ظٹط´ ط§ظ„ط³ظˆط±ظٹ")
    True
    """
    words_of: str = _TAGS.sub(" ", text[:_SAMPLE])
    arabic: list[str] = _ARABIC_WORD.findall(words_of)
    latin: list[str] = _LATIN_WORD.findall(words_of.lower())
    if len(_STRAY.findall(words_of)) * 20 > len(words_of) or _MISREAD_ARABIC.search(words_of):
        return 0.0
    known_arabic = sum(word in COMMON_ARABIC or (word.startswith("ال") and len(word) > 3) for word in arabic)
    if known_arabic >= 2 and known_arabic * 10 >= len(arabic):
        return known_arabic / len(arabic)
    known_english = sum(word in COMMON_ENGLISH for word in latin)
    if known_english >= 2 and known_english * 20 >= len(latin) and len(arabic) * 20 <= len(latin):
        return known_english / len(latin)
    return 0.0

"""Custody: whether the contents that the log names are still here, byte for byte.

Invariant: a content counts as sound only if its bytes were read just now and have the digest that the record names.
The log itself holds digests only, so a sound log says nothing about the words; this is the other half of the proof.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Final

from graph.content import ContentDamaged, NotADigest
from graph.log import EventLog, Record

Content = Callable[[str], bytes | None]

_NAMES: Final = "_sha256"  # the field of a payload that ends so names a content: text_sha256, title_sha256 …


@dataclass(frozen=True, slots=True)
class LostContent:
    """A content that is not as the log names it.

    `kind` says what it is to the first record that names it (`text`, `title`, `original`), `positions` which records
    name it, lowest first; `reason` is half a sentence.
    """

    sha256: str
    kind: str
    positions: tuple[int, ...]
    reason: str


@dataclass(frozen=True, slots=True)
class ContentsReport:
    """What a check found: `checked` counts the namings (a content that two records name counts twice).

    `missing` contents are not there: lost, or erased on purpose. `damaged` ones have other bytes, or cannot be read.
    Both are in the order of the log.
    """

    checked: int
    missing: tuple[LostContent, ...] = ()
    damaged: tuple[LostContent, ...] = ()

    @property
    def sound(self) -> bool:
        """True where nothing is damaged and nothing is missing."""
        return not self.missing and not self.damaged


@dataclass(slots=True)
class _Found:
    kind: str
    reason: str
    positions: list[int] = field(default_factory=list)


def check_contents(log: EventLog, content: Content, *, progress: Callable[[int], None] | None = None) -> ContentsReport:
    """Read every content that a record of `log` names and compare its digest; `content` is the content store's `get`.

    Holds one content at a time, and in memory only what is wrong. `progress` is called with each position.

    Raises:
        graph.log.LogDamaged: a record cannot be read at all.
    """
    checked = 0
    missing: dict[str, _Found] = {}
    damaged: dict[str, _Found] = {}
    for record in log.read():
        for kind, sha256 in named_contents(record):
            checked += 1
            known = missing.get(sha256) or damaged.get(sha256)
            if known is None:
                try:
                    if content(sha256) is not None:
                        continue
                    group, reason = missing, "it is not in the content store"
                except NotADigest:
                    group, reason = missing, "the record gives no SHA-256 digest"
                except ContentDamaged as error:
                    group, reason = damaged, f"its bytes have the digest {error.found}"
                except OSError as error:
                    group, reason = damaged, f"it cannot be read: {error.strerror or error}"
                known = group[sha256] = _Found(kind, reason)
            known.positions.append(record.position)
        if progress is not None:
            progress(record.position)
    return ContentsReport(checked, _listed(missing), _listed(damaged))


def named_contents(record: Record) -> Iterator[tuple[str, str]]:
    """Yield kind (`text`, `title`, `original`) and digest of each content that `record` names."""
    for name, value in record.payload.items():
        if name.endswith(_NAMES) and isinstance(value, str):
            yield name.removesuffix(_NAMES), value


def _listed(found: dict[str, _Found]) -> tuple[LostContent, ...]:
    return tuple(LostContent(sha256, one.kind, tuple(one.positions), one.reason) for sha256, one in found.items())

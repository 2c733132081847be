"""Custody: whether the contents that the log names are still here, byte for byte.

Invariant: a content counts as sound only if its bytes were read just now and have the digest that the record names.
The log itself holds digests only, so a sound log says nothing about the words; this is the other half of the proof.
"""

from collections.abc import Callable
from dataclasses import dataclass, field

from graph.content import ContentDamaged, NotADigest
from graph.erasures import Erasures
from graph.log import EventLog
from ontology.records import named_contents

Content = Callable[[str], bytes | None]


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

    `missing` contents are not there, and no record says that they were erased. `damaged` ones have other bytes, or
    cannot be read. `left` ones were erased, and their bytes are still there. `erased` ones are gone as they should be.
    All are in the order of the log.
    """

    checked: int
    missing: tuple[LostContent, ...] = ()
    damaged: tuple[LostContent, ...] = ()
    left: tuple[LostContent, ...] = ()
    erased: tuple[LostContent, ...] = ()

    @property
    def sound(self) -> bool:
        """True where nothing is damaged, nothing is missing but what was erased, and nothing erased is still there."""
        return not self.missing and not self.damaged and not self.left


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
    erasures = Erasures(log)
    gone = erasures.digests()
    found: dict[str, dict[str, _Found]] = {"missing": {}, "damaged": {}, "left": {}, "erased": {}}
    for record in log.read():
        for kind, digest, _ in named_contents(record.payload):
            checked += 1
            known = next((group[digest] for group in found.values() if digest in group), None)
            if known is None:
                state, reason = _state(digest, content, erasures if digest in gone else None)
                if state is None:
                    continue
                known = found[state][digest] = _Found(kind, reason)
            known.positions.append(record.position)
        if progress is not None:
            progress(record.position)
    return ContentsReport(checked, **{state: _listed(group) for state, group in found.items()})


def _state(digest: str, content: Content, erasures: Erasures | None) -> tuple[str | None, str]:
    """Return what is wrong with a content, None where nothing is; `erasures` only where it was erased."""
    try:
        there = content(digest) is not None
    except NotADigest:
        return "missing", "the record gives no SHA-256 digest"
    except ContentDamaged as error:
        if erasures is None:
            return "damaged", f"its bytes have the digest {error.found}"
        there = True
    except OSError as error:
        return "damaged", f"it cannot be read: {error.strerror or error}"
    by = erasures.erased(digest) if erasures is not None else None
    if by is not None:
        return ("left" if there else "erased"), f"it was erased by the record {by.position}"
    return (None, "") if there else ("missing", "it is not in the content store, and no record says that it was erased")


def _listed(found: dict[str, _Found]) -> tuple[LostContent, ...]:
    return tuple(LostContent(sha256, one.kind, tuple(one.positions), one.reason) for sha256, one in found.items())

"""Roots and proofs of the hash tree of RFC 6962, made from the hashes of perfect subtrees.

Invariant: what is made here is what `verify_bundle` and `check_consistency` accept, for every size; nothing is read but
the subtrees that the answer needs.
"""

from collections.abc import Callable, Sequence
from hashlib import sha256
from typing import Final

from graph.proof.verify_bundle import Rejected, node_hash

EMPTY_ROOT: Final = sha256().digest()

Nodes = Callable[[int, int], bytes]  # level and index → hash of the perfect subtree over 2**level leaves


def fold(hashes: Sequence[bytes]) -> bytes:
    """Return the root over `hashes`, in the shape that the tree has over so many leaves.

    They may be roots of perfect subtrees of one size, and the last one that of a smaller part.
    """
    if not hashes:
        return EMPTY_ROOT
    row = list(hashes)
    while len(row) > 1:
        odd = row[-1:] if len(row) % 2 else []
        row = [node_hash(row[i], row[i + 1]) for i in range(0, len(row) - 1, 2)] + odd
    return row[0]


def root(nodes: Nodes, size: int) -> bytes:
    """Return the root of the tree over the first `size` leaves."""
    return _part(nodes, 0, size) if size else EMPTY_ROOT


def inclusion(nodes: Nodes, index: int, size: int) -> list[bytes]:
    """Return the inclusion proof of a leaf (RFC 6962, 2.1.1), which begins with its sibling.

    Raises:
        ValueError: the tree has no such leaf.
    """
    if not 0 <= index < size:
        raise ValueError(f"a tree of size {size} has no leaf {index}")
    start, end, path = 0, size, []
    while end - start > 1:
        middle = start + _split(end - start)
        if index < middle:
            path.append(_part(nodes, middle, end))
            end = middle
        else:
            path.append(_part(nodes, start, middle))
            start = middle
    return path[::-1]


def consistency(nodes: Nodes, old: int, new: int) -> list[bytes]:
    """Return the proof that the tree of size `new` begins with that of size `old` (RFC 6962, 2.1.2).

    Raises:
        ValueError: `old` is larger.
    """
    if not 0 <= old <= new:
        raise ValueError(f"a tree of size {new} cannot begin with one of size {old}")
    if old in (0, new):
        return []
    start, end, path, whole = 0, new, [], True
    while old != end:  # `old` is counted from 0 throughout
        middle = start + _split(end - start)
        if old <= middle:
            path.append(_part(nodes, middle, end))
            end = middle
        else:
            path.append(_part(nodes, start, middle))
            start, whole = middle, False
    if not whole:
        path.append(_part(nodes, start, end))
    return path[::-1]


def check_consistency(old_size: int, old_root: bytes, new_size: int, new_root: bytes, path: list[bytes]) -> None:
    """Check that the tree of `new_size` begins with that of `old_size` (RFC 9162, 2.1.4.2).

    Raises:
        Rejected: it does not, or the proof is none.
    """
    if not 0 <= old_size <= new_size:
        raise Rejected(f"a tree of size {new_size} cannot contain one of size {old_size}")
    if old_size in (0, new_size):
        if path or (old_root != new_root if old_size else old_root != EMPTY_ROOT):
            raise Rejected(f"the trees of size {old_size} and {new_size} are not consistent")
        return
    hashes = list(path)
    if old_size & (old_size - 1) == 0:
        hashes.insert(0, old_root)
    if not hashes:
        raise Rejected("the consistency proof is too short")
    node, last = old_size - 1, new_size - 1
    while node & 1:
        node, last = node >> 1, last >> 1
    old = new = hashes[0]
    for other in hashes[1:]:
        if last == 0:
            raise Rejected("the consistency proof is too long")
        if node & 1 or node == last:
            old, new = node_hash(other, old), node_hash(other, new)
            while node and not node & 1:
                node, last = node >> 1, last >> 1
        else:
            new = node_hash(new, other)
        node, last = node >> 1, last >> 1
    if last or old != old_root or new != new_root:
        raise Rejected(f"the trees of size {old_size} and {new_size} are not consistent")


def _split(count: int) -> int:
    """Return the largest power of two below `count`, which is at least 2."""
    return 1 << (count - 1).bit_length() - 1


def _part(nodes: Nodes, start: int, end: int) -> bytes:
    """Return the hash over the leaves of `[start, end)`, where a subtree of the whole begins at `start`."""
    count = end - start
    if count & (count - 1) == 0:
        level = count.bit_length() - 1
        return nodes(level, start >> level)
    middle = start + _split(count)
    return node_hash(_part(nodes, start, middle), _part(nodes, middle, end))

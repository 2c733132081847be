"""The tree and the map once more, straight from their definitions and without cleverness: the oracle of the tests."""

from hashlib import sha256


def mth(leaves: list[bytes]) -> bytes:
    """RFC 6962, 2.1: the hash of a list of entries."""
    if not leaves:
        return sha256(b"").digest()
    if len(leaves) == 1:
        return sha256(b"\x00" + leaves[0]).digest()
    k = power_below(len(leaves))
    return sha256(b"\x01" + mth(leaves[:k]) + mth(leaves[k:])).digest()


def path(m: int, leaves: list[bytes]) -> list[bytes]:
    """RFC 6962, 2.1.1: PATH(m, D[n])."""
    if len(leaves) == 1:
        return []
    k = power_below(len(leaves))
    if m < k:
        return [*path(m, leaves[:k]), mth(leaves[k:])]
    return [*path(m - k, leaves[k:]), mth(leaves[:k])]


def proof(m: int, leaves: list[bytes]) -> list[bytes]:
    """RFC 6962, 2.1.2: PROOF(m, D[n])."""
    return subproof(m, leaves, True)


def subproof(m: int, leaves: list[bytes], complete: bool) -> list[bytes]:
    if m == len(leaves):
        return [] if complete else [mth(leaves)]
    k = power_below(len(leaves))
    if m <= k:
        return [*subproof(m, leaves[:k], complete), mth(leaves[k:])]
    return [*subproof(m - k, leaves[k:], False), mth(leaves[:k])]


def power_below(n: int) -> int:
    k = 1
    while k * 2 < n:
        k *= 2
    return k


def map_root(chains: dict[str, bytes], depth: int = 0) -> bytes:
    """The map as docs/proof.md defines it; keys are the bits of SHA-256 of the subject, as text."""
    if not chains:
        return bytes(32)
    if len(chains) == 1:
        ((bits, chain),) = chains.items()
        return sha256(b"\x02" + int(bits, 2).to_bytes(32, "big") + chain).digest()
    left = {bits: chain for bits, chain in chains.items() if bits[depth] == "0"}
    right = {bits: chain for bits, chain in chains.items() if bits[depth] == "1"}
    return sha256(b"\x03" + map_root(left, depth + 1) + map_root(right, depth + 1)).digest()


def bits_of(subject: str) -> str:
    return "".join(f"{byte:08b}" for byte in sha256(subject.encode()).digest())


def chain_of(bodies: list[bytes]) -> bytes:
    chain = bytes(32)
    for body in bodies:
        chain = sha256(b"\x04" + chain + sha256(b"\x00" + body).digest()).digest()
    return chain

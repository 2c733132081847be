"""Which decisions of people stand, at any position of the log.

Invariant: a decision stands where no undo of it stands and, if it waits for approval, where an approval of it stands
that somebody else gave. Undos and approvals are decisions too, and come behind what they are about; so what stands at a
position follows from the records up to it.
"""

from collections import defaultdict


class Standing:
    """Undos and approvals of decisions, all known by their positions. To be filled in the order of the log."""

    def __init__(self) -> None:
        self._undos: dict[int, list[int]] = defaultdict(list)
        self._approvals: dict[int, list[int]] = defaultdict(list)
        self._waiting: dict[int, str] = {}

    def undo(self, target: int, position: int) -> None:
        """Take the undo at `position` of the decision at `target`."""
        if target < position:
            self._undos[target].append(position)

    def wait(self, position: int, actor: str) -> None:
        """Take it that the decision that `actor` took at `position` waits for somebody else."""
        self._waiting[position] = actor

    def approve(self, target: int, position: int, actor: str) -> None:
        """Take the approval at `position` by `actor`; of what does not wait, or is by the same actor, it is none."""
        if self._waiting.get(target, actor) != actor:
            self._approvals[target].append(position)

    def waits(self, position: int) -> bool:
        """Tell whether the decision at `position` needs, or needed, the approval of somebody else."""
        return position in self._waiting

    def stands(self, position: int, upto: int) -> bool:
        """Tell whether the decision at `position` stands as of `upto`."""
        return position <= upto and self._standing(position, upto)[position]

    def undone_by(self, position: int, upto: int) -> tuple[int, ...]:
        """Return the undos of the decision that stand as of `upto`."""
        standing = self._standing(position, upto)
        return tuple(u for u in self._undos.get(position, ()) if u <= upto and standing[u])

    def approved_by(self, position: int, upto: int) -> tuple[int, ...]:
        """Return the approvals of the decision that stand as of `upto`."""
        standing = self._standing(position, upto)
        return tuple(a for a in self._approvals.get(position, ()) if a <= upto and standing[a])

    def following(self, position: int, upto: int) -> list[int]:
        """Return `position` and all undos and approvals up to `upto` of it, of those, and so on."""
        reached = [position]
        for p in reached:  # grows while it is walked, and ends: each stands behind what it is about
            reached += [f for f in (*self._undos.get(p, ()), *self._approvals.get(p, ())) if f <= upto]
        return reached

    def _standing(self, position: int, upto: int) -> dict[int, bool]:
        found: dict[int, bool] = {}
        for p in sorted(set(self.following(position, upto)), reverse=True):
            approved = p not in self._waiting or any(found[a] for a in self._approvals.get(p, ()) if a <= upto)
            found[p] = approved and not any(found[u] for u in self._undos.get(p, ()) if u <= upto)
        return found

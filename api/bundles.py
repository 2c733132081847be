"""Bundles as every face gives them: the proof of the one claim that an audit explains.

Invariant: the bytes are the same on the command line and over HTTP.
"""

from typing import TYPE_CHECKING

from api.settings import Settings
from api.workspace import Workspace
from graph.audit import Audit

if TYPE_CHECKING:
    from graph.proof.bundle import Bundle


class NoBundle(Exception):
    """An audit explains several claims or none, or its bundle would be too large; the message says what to do."""


def bundle_of(workspace: Workspace, settings: Settings, found: Audit) -> "Bundle":
    """Return the bundle of the claim that `found` explains.

    Raises:
        NoBundle
        graph.proof.tiles.ProofError: it is not sealed yet, or the proof cannot be made.
    """
    from graph.proof.bundle import make_bundle

    if len(found.claims) != 1 or found.omitted:
        names = ", ".join(claim.iri.rpartition("/")[2] for claim in found.claims[:8]) or "none"
        raise NoBundle(f"a bundle proves one claim, and {found.subject} rests on several or none ({names}): name one.")
    claim = found.claims[0]
    made = make_bundle(
        workspace.log,
        settings.proof_folder,
        workspace.words,
        claim.iri.rpartition("/")[2],
        claim.record.position,
    )
    if len(made.data) > settings.max_bundle_bytes:
        raise NoBundle(f"the bundle has {len(made.data):,} bytes: WAQAI_MAX_BUNDLE_BYTES allows a larger one.")
    return made

"""Audits: why the graph says what it says, down to the characters, and whether that still holds."""

from graph.audit.answer import (
    Audit,
    AuditedArticle,
    AuditedClaim,
    AuditedDecision,
    AuditedErasure,
    AuditedPatch,
    AuditedRecord,
    AuditedReview,
    AuditedRun,
    Before,
    ChainLink,
    Check,
    Passage,
    Slot,
)
from graph.audit.explaining import NoSuchTriple, NothingToAudit, explain, explain_asked, explain_triple
from graph.audit.terms import AskedTriple, BadTerm, BadTriple, is_triple, read_triple, triple_of

__all__ = [
    "AskedTriple",
    "Audit",
    "AuditedArticle",
    "AuditedClaim",
    "AuditedDecision",
    "AuditedErasure",
    "AuditedPatch",
    "AuditedRecord",
    "AuditedReview",
    "AuditedRun",
    "BadTerm",
    "BadTriple",
    "Before",
    "ChainLink",
    "Check",
    "NoSuchTriple",
    "NothingToAudit",
    "Passage",
    "Slot",
    "explain",
    "explain_asked",
    "explain_triple",
    "is_triple",
    "read_triple",
    "triple_of",
]

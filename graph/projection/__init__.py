"""The projection: the pure function from a record to its quads, with a version.

Invariant: what other packages use of the projection is named here.
"""

from graph.lookups import Content
from graph.projection.errors import ProjectionError, UnknownArticle, UnknownRecord
from graph.projection.figures import fatalities
from graph.projection.literals import name_language, time_literal
from graph.projection.projector import PROJECTION_VERSION, Change, Projector
from graph.projection.statements import Statement, Statements, Triple, quad_of

__all__ = [
    "PROJECTION_VERSION",
    "Change",
    "Content",
    "ProjectionError",
    "Projector",
    "Statement",
    "Statements",
    "Triple",
    "UnknownArticle",
    "UnknownRecord",
    "fatalities",
    "name_language",
    "quad_of",
    "time_literal",
]

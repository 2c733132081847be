"""Parameters of an address that its endpoint does not have.

Invariant: what lists, counts or takes something in refuses a parameter that nothing reads, and a second value of one
that has one value: a misspelt filter would give another answer than was asked for, in silence.
"""

from typing import get_origin

from fastapi import Depends, Request

from api.problems import Problem

_ANYWHERE = ("_",)  # what caches are kept away with


def _refuse_unread(request: Request) -> None:
    """Refuse what the endpoint does not read: unknown ones, and second values. Raises Problem (400)."""
    declared = {parameter.alias: parameter for parameter in request.scope["route"].dependant.query_params}
    known = list(declared)
    for name in request.query_params:
        if name not in known and name not in _ANYWHERE:
            told = f"known are {', '.join(known)}" if known else "this takes none"
            detail = f"There is no parameter {name[:80]}; {told}."
            raise Problem(400, "unknown-parameter", detail, parameter=name[:80], known=known)
        given = len(request.query_params.getlist(name))
        if name in declared and given > 1 and get_origin(declared[name].field_info.annotation) is not list:
            detail = f"The parameter {name} is given {given} times: give it once."
            raise Problem(400, "repeated-parameter", detail, parameter=name)


ONLY_DECLARED = [Depends(_refuse_unread)]
"""What a router takes as its `dependencies` so that its endpoints read every parameter or refuse it."""

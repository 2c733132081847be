"""JSON bodies of requests that write, and the answers to them.

Invariant: a body is what its model says or refused with the first field that is not, and no cache keeps an answer.
"""

from typing import Any, TypeVar

import orjson
from pydantic import BaseModel, ValidationError
from starlette.responses import Response

from api.boundary import POSITION_HEADER
from api.problems import Problem

Body = TypeVar("Body", bound=BaseModel)


def read_body(model: type[Body], given: bytes, what: str) -> Body:
    """Return a body as `model`; `what` says what it should be ("decision").

    Raises:
        Problem: 400, with the first field that is wrong.
    """
    try:
        return model.model_validate_json(given)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        where = ".".join(str(part) for part in first["loc"]) or "the body"
        raise Problem(400, "bad-request", f"The body is no {what}: {where}: {first['msg']}.") from None


def told(answer: dict[str, Any], status: int) -> Response:
    """Return `answer` as JSON, with the position of the log that it names."""
    headers = {POSITION_HEADER: str(answer["position"]), "cache-control": "no-store"}
    return Response(orjson.dumps(answer), status, headers, "application/json")

"""The OpenAPI document, made true.

Invariant: the document says what the server does: bad values give 400 and a problem, not the framework's own 422.
"""

from typing import Any

from fastapi import FastAPI

from api.problems import MEDIA_TYPE

PROBLEM_SCHEMA = {
    "type": "object",
    "description": "Problem details, RFC 9457",
    "required": ["type", "title", "status", "detail"],
    "properties": {
        "type": {"type": "string", "description": "urn:waqai:problem: and the kind of problem"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string", "description": "What is wrong and what to do"},
    },
}


class WaqaiApp(FastAPI):
    """FastAPI with our error shape in the document."""

    def openapi(self) -> dict[str, Any]:
        """Return the OpenAPI document."""
        if self.openapi_schema is None:
            document = super().openapi()
            schemas: dict[str, Any] = document.setdefault("components", {}).setdefault("schemas", {})
            for name in ("HTTPValidationError", "ValidationError"):
                schemas.pop(name, None)
            schemas["Problem"] = PROBLEM_SCHEMA
            for methods in document["paths"].values():
                for operation in methods.values():
                    operation["responses"] = _answers(operation.get("responses", {}))
            self.openapi_schema = document
        return self.openapi_schema


def _answers(answers: dict[str, Any]) -> dict[str, Any]:
    """Return the answers of an operation with every error as a problem, in the order of their status."""
    if "HTTPValidationError" in str(answers.get("422")):
        answers = {code: answer for code, answer in answers.items() if code != "422"}
        answers.setdefault("400", {"description": "A parameter has a bad value"})
    content = {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}}
    return {
        code: {**answer, "content": content} if code >= "400" else answer for code, answer in sorted(answers.items())
    }

"""The page of the endpoints, from the OpenAPI document."""

from typing import Any

from api.html import Child, Html, element
from api.pages.layout import page


def docs_page(openapi: dict[str, Any]) -> str:
    """Return the page for an OpenAPI document."""
    info = openapi["info"]
    operations = [
        _operation(path, method, operation)
        for path, methods in openapi["paths"].items()
        for method, operation in methods.items()
    ]
    return page(
        "API",
        element("h1", None, f"{info['title']} {info['version']}: endpoints"),
        [element("p", None, line) for line in info.get("description", "").splitlines() if line],
        element("p", None, "For programs: ", element("a", {"href": "/openapi.json"}, "/openapi.json"), "."),
        operations,
    )


def _operation(path: str, method: str, operation: dict[str, Any]) -> Html:
    parameters = operation.get("parameters", [])
    answers = operation.get("responses", {})
    return element(
        "section",
        None,
        element("h2", None, element("code", None, f"{method.upper()} {path}")),
        element("p", None, element("strong", None, operation.get("summary", ""))),
        [element("p", None, part) for part in operation.get("description", "").split("\n\n") if part],
        _table(("Parameter", "In", "Meaning"), [_parameter(p) for p in parameters]) if parameters else None,
        _table(("Status", "Meaning"), [(code, answer.get("description", "")) for code, answer in answers.items()]),
    )


def _parameter(parameter: dict[str, Any]) -> tuple[str, str, str]:
    schema = parameter.get("schema", {})
    meaning = parameter.get("description") or ""
    if "default" in schema:
        meaning += f" (default {schema['default']})"
    return str(parameter["name"]), str(parameter["in"]), meaning.strip()


def _table(names: tuple[str, ...], rows: list[Any]) -> Child:
    head = element("tr", None, [element("th", None, name) for name in names])
    return element(
        "table", None, head, [element("tr", None, [element("td", None, cell) for cell in row]) for row in rows]
    )

"""The manifests: what the service offers, as each version of the API wants to be told.

Invariant: a manifest names only what is there. The two versions want `view` and `suggest` in shapes that exclude each
other, so the root speaks 0.2 with everything of 1.0-draft that fits beside it, and `/reconcile/1.0-draft` is an
endpoint that speaks 1.0-draft alone; both lead to the same candidates.
"""

from typing import Any, Final

from api.reconciliation.types import ACTOR, EVENT, PLACE, SOURCE, type_json

VERSIONS: Final = ("0.2", "1.0-draft")
ROOT: Final = "/reconcile"
DRAFT_ROOT: Final = "/reconcile/1.0-draft"
PREVIEW_WIDTH: Final = 420
PREVIEW_HEIGHT: Final = 260
_DEFAULT_TYPES: Final = (EVENT, PLACE, ACTOR, SOURCE)
_NAMES: Final = {"en": "Waqai: events, places, actors and sources", "ar": "وقائع: أحداث وأماكن وفاعلون ومصادر"}
_HELP: Final = {"en": "Most values of one cell; 0 for all", "ar": "أقصى عدد من القيم في الخلية؛ 0 للكل"}
_LABEL: Final = {"en": "Limit", "ar": "الحد الأقصى"}


def manifest_02(server: str, base_iri: str, schema: str, version: str, batch: int, language: str) -> dict[str, Any]:
    """Return the manifest of the root. `server` is the address of the server, without a slash at its end."""
    endpoint = f"{server}{ROOT}"

    def suggest(kind: str) -> dict[str, str]:
        return {
            "service_url": endpoint,
            "service_path": f"/suggest/{kind}",
            "flyout_service_url": endpoint,
            "flyout_service_path": f"/flyout/{kind}?id=${{id}}",
        }

    return {
        "versions": list(VERSIONS),
        "name": _NAMES[language],
        "identifierSpace": f"{base_iri}id/",
        "schemaSpace": schema,
        "documentation": f"{server}/docs",
        "serviceVersion": version,
        "defaultTypes": [type_json(cls, language, broader=False) for cls in _DEFAULT_TYPES],
        "view": {"url": f"{endpoint}/view?id={{{{id}}}}"},
        "preview": {
            "url": f"{endpoint}/preview?id={{{{id}}}}",
            "width": PREVIEW_WIDTH,
            "height": PREVIEW_HEIGHT,
        },
        "suggest": {kind: suggest(kind) for kind in ("entity", "property", "type")},
        "extend": {
            "propose_properties": {"service_url": endpoint, "service_path": "/extend/propose"},
            "property_settings": [
                {
                    "name": "limit",
                    "label": _LABEL[language],
                    "type": "number",
                    "default": 0,
                    "help_text": _HELP[language],
                }
            ],
            **_extend_10(language),
        },
        "batchSize": batch,
        "standardizedScore": True,
        **_spoken(language),
    }


def manifest_10(server: str, version: str, batch: int, language: str) -> dict[str, Any]:
    """Return the manifest of the endpoint that speaks 1.0-draft alone; `view` expands as RFC 6570 says."""
    return {
        "versions": ["1.0-draft"],
        "name": _NAMES[language],
        "documentation": f"{server}/docs",
        "serviceVersion": version,
        "defaultTypes": [type_json(cls, language, broader=False) for cls in _DEFAULT_TYPES],
        "view": {"url": f"{server}{ROOT}/view?id={{id}}"},
        "preview": {"width": PREVIEW_WIDTH, "height": PREVIEW_HEIGHT},
        "suggest": {"entity": True, "property": True, "type": True},
        "extend": _extend_10(language),
        "batchSize": batch,
        "standardizedScore": True,
        **_spoken(language),
    }


def _extend_10(language: str) -> dict[str, Any]:
    setting = {"id": "limit", "name": _LABEL[language], "type": "number", "default": 0, "helpText": _HELP[language]}
    return {"proposeProperties": True, "propertySettings": [setting]}


def _spoken(language: str) -> dict[str, str]:
    return {"lang": language, "dir": "rtl" if language == "ar" else "ltr"}

"""What the Reconciliation API demands of messages, as JSON Schemas written for these tests.

Facts of the specifications (0.2: CG Final Report of 2023-04-10; 1.0-draft as of 2026), in our own words: where the text
of a specification is stricter than its published schema, this is as strict as the text.
"""

from typing import Any

from jsonschema import Draft202012Validator

Schema = dict[str, Any]
TEXT: Schema = {"type": "string", "minLength": 1}
URL: Schema = {"type": "string", "pattern": "^https?://[^\\s]+$"}
LANG: Schema = {"type": "string", "pattern": "^[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8})*$"}
DIR: Schema = {"enum": ["ltr", "rtl", "auto"]}
SPOKEN: Schema = {"lang": LANG, "dir": DIR}
DAY_TIME = r"^-?\d{4,}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])T([01]\d|2[0-3]):[0-5]\d:[0-5]\d(\.\d+)?(Z|[+-]\d\d:\d\d)?$"


def thing(required: dict[str, Schema], optional: dict[str, Schema] | None = None, *, closed: bool = False) -> Schema:
    """An object with these fields."""
    return {
        "type": "object",
        "properties": {**required, **(optional or {})},
        "required": list(required),
        **({"additionalProperties": False} if closed else {}),
    }


def many(item: Schema, **more: Any) -> Schema:
    return {"type": "array", "items": item, **more}


# ---------------------------------------------------------------------- types, properties

TYPE: Schema = thing(
    {"id": TEXT, "name": TEXT}, {"description": TEXT, "broader": many(thing({"id": TEXT, "name": TEXT})), **SPOKEN}
)
TYPE_REFERENCE: Schema = {"oneOf": [TEXT, thing({"id": TEXT}, {"name": TEXT})]}
QUALIFIER: Schema = thing({"id": TEXT, "name": TEXT}, SPOKEN)
PROPERTY: Schema = thing(
    {"id": TEXT, "name": TEXT}, {"description": TEXT, "matchQualifiers": many(QUALIFIER), **SPOKEN}
)

# ---------------------------------------------------------------------- manifests


def setting(name: str, label: str, help_text: str) -> Schema:
    kinds = []
    for kind, default in (("number", "number"), ("text", "string"), ("checkbox", "boolean"), ("select", "string")):
        choices = {"choices": many(thing({"value": {"type": "string"}, "name": TEXT}))} if kind == "select" else {}
        fields = {"type": {"const": kind}, name: TEXT, label: TEXT, **choices}
        kinds.append(thing(fields, {"default": {"type": default}, help_text: TEXT}))
    return {"oneOf": kinds}


SERVICE_02: Schema = thing(
    {"service_url": URL, "service_path": {"type": "string"}},
    {"flyout_service_url": URL, "flyout_service_path": {"type": "string", "pattern": r"\$\{id\}"}},
)
MANIFEST_02: Schema = thing(
    {
        "versions": many(TEXT, contains={"const": "0.2"}),
        "name": TEXT,
        "identifierSpace": URL,
        "schemaSpace": URL,
    },
    {
        "documentation": URL,
        "serviceVersion": TEXT,
        "logo": URL,
        "view": thing({"url": {"type": "string", "pattern": r"^https?://.*\{\{id\}\}"}}),
        "defaultTypes": many(TYPE, uniqueItems=True),
        "suggest": thing({}, dict.fromkeys(("entity", "property", "type"), SERVICE_02)),
        "preview": thing(
            {
                "url": {"type": "string", "pattern": r"^https?://.*\{\{id\}\}"},
                "width": {"type": "integer"},
                "height": {"type": "integer"},
            }
        ),
        "extend": thing(
            {},
            {
                "propose_properties": thing({"service_url": URL, "service_path": {"type": "string"}}),
                "property_settings": many(setting("name", "label", "help_text")),
            },
        ),
        "batchSize": {"type": "integer", "minimum": 1},
    },
)
# RFC 6570: one variable, perhaps with the operator that leaves reserved characters alone.
VIEW_10: Schema = thing({"url": {"type": "string", "pattern": r"^[^{}]*\{\+?id\}[^{}]*$"}})
MANIFEST_10: Schema = thing(
    {"versions": many(TEXT, contains={"const": "1.0-draft"}), "name": TEXT, "view": VIEW_10},
    {
        "documentation": URL,
        "serviceVersion": TEXT,
        "logo": URL,
        "featureView": VIEW_10,
        "defaultTypes": many(TYPE, uniqueItems=True),
        "suggest": thing({kind: {"type": "boolean"} for kind in ("entity", "property", "type")}),
        "preview": thing({"width": {"type": "integer"}, "height": {"type": "integer"}}),
        "extend": thing(
            {},
            {"proposeProperties": {"type": "boolean"}, "propertySettings": many(setting("id", "name", "helpText"))},
        ),
        "batchSize": {"type": "integer", "minimum": 1},
        "standardizedScore": {"type": "boolean"},
        **SPOKEN,
    },
)

# ---------------------------------------------------------------------- queries

PLAIN: list[Schema] = [{"type": "string"}, {"type": "number"}, {"type": "boolean"}]
VALUE: Schema = {"oneOf": [*PLAIN, thing({"id": TEXT}, {"name": {"type": "string"}, **SPOKEN})]}
VALUES: Schema = {"oneOf": [VALUE, many(VALUE)]}
QUERY_02: Schema = {
    **thing(
        {},
        {
            "query": {"type": "string"},
            "type": {"oneOf": [TEXT, many(TEXT)]},
            "limit": {"type": "number", "exclusiveMinimum": 0},
            "properties": many(thing({"pid": TEXT, "v": VALUES})),
            "type_strict": {"enum": ["any", "should", "all"]},
        },
        closed=True,
    ),
    "anyOf": [{"required": ["query"]}, {"required": ["properties"], "properties": {"properties": {"minItems": 1}}}],
}
QUERIES_02: Schema = {"type": "object", "additionalProperties": QUERY_02}
CONDITION_10: Schema = {
    **thing(
        {"matchType": {"enum": ["name", "property", "id"]}, "propertyValue": VALUES},
        {
            "propertyId": TEXT,
            "required": {"type": "boolean"},
            "matchQuantifier": {"enum": ["any", "all", "none"]},
            "matchQualifier": TEXT,
            **SPOKEN,
        },
    ),
    "if": {"properties": {"matchType": {"const": "property"}}},
    "then": {"required": ["propertyId"]},
}
QUERIES_10: Schema = thing(
    {
        "queries": many(
            thing(
                {"conditions": many(CONDITION_10, minItems=1)},
                {"type": TEXT, "limit": {"type": "number", "exclusiveMinimum": 0}, **SPOKEN},
                closed=True,
            )
        )
    }
)

# ---------------------------------------------------------------------- results

FEATURE: Schema = thing({"id": TEXT, "value": {"type": ["boolean", "number"]}}, {"name": TEXT, **SPOKEN})
_CANDIDATE: dict[str, Schema] = {
    "id": TEXT,
    "name": TEXT,
    "type": many(TYPE_REFERENCE),
    "score": {"type": "number", "minimum": 0, "maximum": 100},
    "match": {"type": "boolean"},
}
CANDIDATE_02: Schema = thing(_CANDIDATE, {"description": TEXT, "features": many(FEATURE)})
FEATURE_10: Schema = {**FEATURE, "required": ["id", "name", "value"]}
CANDIDATE_10: Schema = thing(_CANDIDATE, {"description": TEXT, "image": URL, "features": many(FEATURE_10), **SPOKEN})
RESULTS_02: Schema = {"type": "object", "additionalProperties": thing({"result": many(CANDIDATE_02)})}
RESULTS_10: Schema = thing({"results": many(thing({"candidates": many(CANDIDATE_10)}))})

# ---------------------------------------------------------------------- suggestions, flyout

SUGGESTED: Schema = thing(
    {"id": TEXT, "name": TEXT}, {"description": TEXT, "image": URL, "notable": many(TYPE_REFERENCE), **SPOKEN}
)
SUGGESTED_ENTITIES: Schema = thing({"result": many(SUGGESTED)})
SUGGESTED_TYPES: Schema = thing({"result": many(TYPE)})
SUGGESTED_PROPERTIES: Schema = thing({"result": many(PROPERTY)})
FLYOUT: Schema = thing({"id": TEXT, "html": TEXT})

# ---------------------------------------------------------------------- data extension

EXTEND: Schema = thing({"ids": many(TEXT), "properties": many(thing({"id": TEXT}, {"settings": {"type": "object"}}))})
META: Schema = thing({"id": TEXT, "name": TEXT}, {"type": thing({"id": TEXT}, {"name": TEXT}), "service": URL})


def cell(spoken: dict[str, Schema]) -> Schema:
    kinds = [
        thing({"id": TEXT, "name": TEXT}, {"description": TEXT, **spoken}, closed=True),
        thing({"str": {"type": "string"}}, spoken, closed=True),
        thing({"float": {"type": "number"}}, closed=True),
        thing({"int": {"type": "integer"}}, closed=True),
        thing({"date": {"type": "string", "pattern": DAY_TIME}}, closed=True),
        thing({}, closed=True),
    ]
    return {"oneOf": kinds}


EXTENDED_02: Schema = thing(
    {
        "meta": many(META),
        "rows": {"type": "object", "additionalProperties": {"type": "object", "additionalProperties": many(cell({}))}},
    }
)
EXTENDED_10: Schema = thing(
    {
        "meta": many(META),
        "rows": many(thing({"id": TEXT, "properties": many(thing({"id": TEXT, "values": many(cell(SPOKEN))}))})),
    }
)
PROPOSED: Schema = thing({"properties": many(PROPERTY)}, {"type": TEXT, "limit": {"type": "integer"}})


def faults(schema: Schema, message: Any) -> list[str]:
    """What is wrong with a message, each with its place."""
    Draft202012Validator.check_schema(schema)
    found = Draft202012Validator(schema).iter_errors(message)
    return [f"{'.'.join(map(str, error.absolute_path))}: {error.message}" for error in found]

"""Writes docs/ndjson.schema.json: the JSON Schema of the lines of `hookscope listen --json`.

python bench/schema.py > docs/ndjson.schema.json

The words that a field may hold come from the code's own types; tests hold the fields to what events say of themselves,
and a real stream to the whole.
"""

from __future__ import annotations

import json
import sys
from typing import Any, get_args

from hookscope.alerts.alert import Kind
from hookscope.model.capture import FailureKind, Origin
from hookscope.model.events import ConnectionState, HandshakeState, Role
from hookscope.model.finding import SEVERITIES, Layer
from hookscope.model.verdict import VerdictState
from hookscope_relay.made_answers import PROBLEMS

VERSION = 1

Schema = dict[str, Any]  # Any: a JSON Schema holds schemas and plain values

TEXT: Schema = {"type": "string"}
COUNT: Schema = {"type": "integer", "minimum": 0}
STATUS: Schema = {"type": "integer", "minimum": 100, "maximum": 999}
MS: Schema = {"type": "number", "minimum": 0}
SURE: Schema = {"type": "number", "minimum": 0, "maximum": 1}
FLAG: Schema = {"type": "boolean"}
TEXTS: Schema = {"type": "array", "items": TEXT}
TIME: Schema = {"type": "string", "pattern": r"^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{3}Z$"}
DELIVERY: Schema = {"type": "string", "description": "the delivery's id, also in the header Hookscope-Delivery"}
FINDINGS: Schema = {"type": "array", "items": {"$ref": "#/$defs/finding"}, "description": "the best one first"}


def words(*known: str, description: str = "") -> Schema:
    """One of these words."""
    return {"enum": list(known), **({"description": description} if description else {})}


def or_null(schema: Schema) -> Schema:
    """The same, or null."""
    return {"anyOf": [schema, {"type": "null"}]}


# Of each type of line its fields; those behind OPTIONAL are there where they say something.
LINES: dict[str, dict[str, Schema]] = {
    "ready": {
        "schema": {"const": VERSION},
        "url": TEXT,
        "handler": {"type": "string", "description": "empty where there is none"},
        "endpoint": TEXT,
        "relay": TEXT,
    },
    "captured": {
        "id": DELIVERY,
        "number": COUNT,
        "origin": words(*get_args(Origin)),
        "method": TEXT,
        "target": TEXT,
        "provider": TEXT,
        "event_type": TEXT,
        "bytes": COUNT,
        "owed": {"type": "boolean", "description": "the relay itself answered; nobody has handled it"},
    },
    "attempted": {
        "id": DELIVERY,
        "attempt": COUNT,
        "origin": words(*get_args(Origin)),
        "elapsed_ms": MS,
        "answered_by": {"type": "string", "description": "empty: the handler"},
    },
    "diagnosed": {
        "id": DELIVERY,
        "attempt": {"type": "integer", "minimum": 0, "description": "0: the delivery itself"},
        "verdict": or_null(words(*get_args(VerdictState))),
        "findings": FINDINGS,
    },
    "called": {
        "id": or_null(DELIVERY),
        "call": COUNT,
        "api": TEXT,
        "method": TEXT,
        "url": TEXT,
        "started_at": TIME,
        "elapsed_ms": MS,
        "credential": or_null({"type": "string", "description": "in words; never the token"}),
        "confidence": SURE,
        "why": TEXT,
        "others": TEXTS,
        "findings": FINDINGS,
    },
    "connection": {
        "state": words(*get_args(ConnectionState)),
        "reason": TEXT,
        "retry_in_ms": or_null(COUNT),
        "role": or_null(words(*get_args(Role))),
    },
    "settled": {
        "id": DELIVERY,
        "how": TEXT,
        "status": or_null(STATUS),
        "by": TEXT,
        "waited_ms": MS,
    },
    "refused": {
        "problem": {"type": "string", "description": f"such as {', '.join(sorted(PROBLEMS)[:3])}"},
        "method": TEXT,
        "target": TEXT,
        "bytes": COUNT,
    },
    "held": {"count": COUNT},
    "gap": {"after": COUNT, "until": COUNT, "reason": TEXT},
    "notice": {"level": words("info", "warning", "error"), "text": TEXT},
    "handshake": {"id": DELIVERY, "number": COUNT, "provider": TEXT, "kept": words(*get_args(HandshakeState))},
    "alert": {
        "alert": {"type": "string", "description": "its name"},
        "state": words("raised", "recovered", "test"),
        "text": TEXT,
    },
    "stopped": {"captured": COUNT, "exit_code": COUNT},
}
OPTIONAL: dict[str, dict[str, Schema]] = {
    "ready": {"routes": {"type": "array", "items": {"type": "object", "additionalProperties": TEXT}}},
    "captured": {"held": FLAG},
    "attempted": {
        "status": STATUS,
        "failure": words(*get_args(FailureKind)),
        "experiment": FLAG,
        "route": TEXT,
        "copy": FLAG,
    },
    "diagnosed": {"copy": TEXT},
    "called": {"status": STATUS, "failure": words(*get_args(FailureKind)), "fault": TEXT},
    "connection": {"answerer": TEXT, "why": TEXT, "copies": FLAG, "through": TEXT},
    "alert": {
        "kind": words(*get_args(Kind)),
        "of": TEXT,
        "bound": TEXT,
        "window_s": MS,
        "count": {"type": "number"},
        "failing": {"type": "number"},
        "value": {"type": "number"},
        "findings": TEXTS,
        "latest": COUNT,
        "lasted_s": MS,
    },
}
# Exactly one of them is there.
ONE_OF = {"attempted": ("status", "failure"), "called": ("status", "failure")}
FINDING: Schema = {
    "code": {"type": "string", "description": "family.slug; `hookscope rules CODE` explains it; never changes meaning"},
    "severity": words(*SEVERITIES),
    "cause": TEXT,
    "layer": words(*get_args(Layer)),
    "product": TEXT,
    "confidence": SURE,
    "alternatives": TEXTS,
    "title": TEXT,
    "evidence": {
        "type": "array",
        "items": {
            "type": "object",
            "properties": {"text": TEXT, "place": TEXT, "start": COUNT, "end": COUNT},
            "required": ["text", "place", "start", "end"],
        },
    },
    "hint": TEXT,
}
FINDING_OPTIONAL: Schema = {
    "proved": {"type": "string", "description": "how an experiment proved it"},
    "path": {"type": "string", "description": "the path that the sender should call instead"},
}


def render() -> str:
    """The whole schema."""
    schema: Schema = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": f"urn:hookscope:ndjson:{VERSION}",
        "title": f"A line of `hookscope listen --json`, version {VERSION}",
        "description": "Readers ignore types and fields that they do not know: new ones come without a new version. "
        "What stands here keeps its meaning as long as `ready` says this version.",
        "type": "object",
        "required": ["type", "at"],
        "properties": {"type": TEXT, "at": TIME},
        "allOf": [
            {"if": {"properties": {"type": {"const": name}}}, "then": {"$ref": f"#/$defs/{name}"}} for name in LINES
        ],
        "$defs": {name: _line(name) for name in LINES}
        | {"finding": {"type": "object", "properties": FINDING | FINDING_OPTIONAL, "required": list(FINDING)}},
    }
    return json.dumps(schema, indent=1, ensure_ascii=False) + "\n"


def _line(name: str) -> Schema:
    only = [{"required": [one]} for one in ONE_OF.get(name, ())]
    return {
        "type": "object",
        "properties": {"type": {"const": name}, "at": TIME, **LINES[name], **OPTIONAL.get(name, {})},
        "required": ["type", "at", *LINES[name]],
        **({"oneOf": only} if only else {}),
    }


if __name__ == "__main__":
    sys.stdout.write(render())

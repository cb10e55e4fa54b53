"""The agents' two operations in OpenAPI, from the wire types that check them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec
from homelab_agent.contract.heartbeat import MAX_HEARTBEATS_PER_BATCH

from homelab_cmd.ingest.wire import HeartbeatStruct


def add_ingest(document: dict[str, Any], reasons: Mapping[int, str]) -> None:
    """Add both operations, their bodies and answers; `reasons` words each status."""
    schemas = document["components"]["schemas"]
    (heartbeat,), parts = msgspec.json.schema_components(
        [HeartbeatStruct], ref_template="#/components/schemas/Sent{name}"
    )
    schemas |= {f"Sent{name}": schema for name, schema in parts.items()}
    schemas |= _ANSWERS
    schemas["SentBatch"] = {
        "type": "object",
        "required": ["heartbeats"],
        "properties": {
            "heartbeats": {
                "type": "array",
                "minItems": 1,
                "maxItems": MAX_HEARTBEATS_PER_BATCH,
                "items": heartbeat,
            }
        },
    }
    document["paths"]["/api/v1/agents/heartbeat"] = {
        "post": _operation(
            reasons, "send_heartbeat", "Send a heartbeat", heartbeat, "HeartbeatAnswer", 409
        )
        | {
            "description": "200 means that the sample is on disk. Each family is judged on its "
            "own; rows that were refused come back in `rejected`."
        }
    }
    document["paths"]["/api/v1/agents/heartbeats"] = {
        "post": _operation(
            reasons,
            "send_heartbeats",
            "Send up to 1,000 stored heartbeats, oldest first",
            {"$ref": "#/components/schemas/SentBatch"},
            "BatchAnswer",
        )
        | {"description": "Each item is answered on its own, in the order of the request."}
    }


def _operation(
    reasons: Mapping[int, str],
    operation_id: str,
    summary: str,
    body: dict[str, Any],
    answer: str,
    *more: int,
) -> dict[str, Any]:
    responses: dict[str, Any] = {
        str(status): {
            "description": reasons[status],
            "content": _json({"$ref": "#/components/schemas/ErrorBody"}),
        }
        for status in (400, 401, 403, 413, 422, 429, 503, *more)
    }
    responses["200"] = {
        "description": "On disk.",
        "content": _json({"$ref": f"#/components/schemas/{answer}"}),
    }
    return {
        "operationId": operation_id,
        "summary": summary,
        "tags": ["agents"],
        "security": [{"HTTPBearer": []}],
        "requestBody": {
            "required": True,
            "content": {"application/json": {"schema": body, "example": _EXAMPLES[operation_id]}},
        },
        "responses": responses,
    }


def _json(schema: dict[str, Any]) -> dict[str, Any]:
    return {"application/json": {"schema": schema}}


_HEARTBEAT_EXAMPLE = {
    "server_id": "nas",
    "hostname": "nas",
    "timestamp": "2026-11-21T07:00:00.000Z",
    "interval_seconds": 10,
    "sequence": 4711,
    "filesystems": [
        {
            "mount_point": "/tank",
            "device": "/dev/sda1",
            "fs_type": "ext4",
            "total_bytes": 4000000000000,
            "used_bytes": 1000000000000,
            "available_bytes": 2800000000000,
            "percent": 26.31578947368421,
        }
    ],
    "network_interfaces": [
        {
            "name": "eth0",
            "rx_bytes": 123456789,
            "tx_bytes": 987654321,
            "rx_packets": 1234567,
            "tx_packets": 765432,
            "is_up": True,
        }
    ],
}
_EXAMPLES = {
    "send_heartbeat": _HEARTBEAT_EXAMPLE,
    "send_heartbeats": {"heartbeats": [_HEARTBEAT_EXAMPLE]},
}
_REJECTED = {
    "type": "array",
    "items": {
        "type": "object",
        "required": ["path", "reason"],
        "properties": {
            "path": {"type": "string", "examples": ["filesystems[3].used_bytes"]},
            "reason": {"type": "string"},
        },
    },
}
_TIME = {"type": "string", "format": "date-time"}
_ANSWERS: dict[str, Any] = {
    "HeartbeatAnswer": {
        "type": "object",
        "required": ["status", "server_registered", "rejected", "server_time"],
        "properties": {
            "status": {"const": "ok"},
            "server_registered": {
                "type": "boolean",
                "description": "This was the server's first heartbeat.",
            },
            "pending_commands": {"type": "array", "items": {}},
            "results_acknowledged": {"type": "array", "items": {}},
            "rejected": _REJECTED,
            "server_time": _TIME,
            "next_interval_seconds": {"type": ["number", "null"]},
        },
    },
    "BatchAnswer": {
        "type": "object",
        "required": ["results", "server_time"],
        "properties": {
            "results": {
                "type": "array",
                "items": {
                    "type": "object",
                    "required": ["timestamp", "status", "rejected"],
                    "properties": {
                        "timestamp": {"type": ["string", "null"], "format": "date-time"},
                        "status": {"enum": ["ok", "refused"]},
                        "code": {"type": "string"},
                        "message": {"type": "string"},
                        "rejected": _REJECTED,
                    },
                },
            },
            "server_time": _TIME,
        },
    },
}

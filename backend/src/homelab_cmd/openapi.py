"""The OpenAPI document: FastAPI's own, our error body, and the routes FastAPI does not see."""

from __future__ import annotations

from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from pydantic import BaseModel, Field

from homelab_cmd.ingest.openapi import add_ingest

REASONS = {
    400: "The request makes no sense as it stands.",
    401: "No credential, or none that holds.",
    403: "The credential holds, but not for this.",
    404: "There is no such thing.",
    409: "It contradicts what is there.",
    413: "More bytes than are read.",
    422: "A field is wrong; `path` names it.",
    429: "Too often; see `Retry-After`.",
    503: "It can't be done now; see `Retry-After`.",
}


class ErrorDetail(BaseModel):
    """What went wrong."""

    code: str = Field(examples=["NOT_FOUND"])
    message: str = Field(examples=["There is no server 'nas'."])
    path: list[str | int] | None = Field(None, description="The field, where one is at fault.")


class ErrorBody(BaseModel):
    """The body of every answer that is not a success."""

    detail: ErrorDetail


def errors(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """The `responses` of an endpoint that can answer with these."""
    return {status: {"model": ErrorBody, "description": REASONS[status]} for status in statuses}


def build_openapi(app: FastAPI) -> dict[str, Any]:
    """The document, once: FastAPI's, and the ingest operations from the wire types."""
    if app.openapi_schema:
        return app.openapi_schema
    document = get_openapi(
        title=app.title, version=app.version, description=app.description, routes=app.routes
    )
    _name_common_errors(document)
    _use_our_errors(document)
    add_ingest(document, REASONS)
    app.openapi_schema = document
    return document


def _name_common_errors(document: dict[str, Any]) -> None:
    """What any operation of its kind can answer, so that no endpoint has to repeat it."""
    reference = {"application/json": {"schema": {"$ref": "#/components/schemas/ErrorBody"}}}
    for path in document["paths"].values():
        for operation in path.values():
            statuses = [503]
            if "security" in operation:
                statuses += [401, 403]  # 403: an agent's token is good, but not for this
            if "requestBody" in operation:
                statuses += [400, 413]
            for status in statuses:
                operation["responses"].setdefault(
                    str(status), {"description": REASONS[status], "content": reference}
                )


def _use_our_errors(document: dict[str, Any]) -> None:
    """FastAPI documents its own 422 body; ours is the same for every error."""
    reference = {"application/json": {"schema": {"$ref": "#/components/schemas/ErrorBody"}}}
    for path in document["paths"].values():
        for operation in path.values():
            wrong = operation.get("responses", {}).get("422")
            if wrong is not None:
                wrong.update(description=REASONS[422], content=reference)
    schemas = document.setdefault("components", {}).setdefault("schemas", {})
    for name in ("HTTPValidationError", "ValidationError"):
        schemas.pop(name, None)
    parts = ErrorBody.model_json_schema(ref_template="#/components/schemas/{model}")
    schemas |= parts.pop("$defs")
    schemas["ErrorBody"] = parts

"""Every error becomes an answer in the one documented shape; no traceback leaves the server."""

from __future__ import annotations

import logging

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from sqlalchemy.exc import DBAPIError
from starlette.exceptions import HTTPException

from homelab_cmd.db.database import unavailable
from homelab_cmd.errors import ApiError

log = logging.getLogger(__name__)


def add_error_handlers(app: FastAPI) -> None:
    """Answer what endpoints raise, what FastAPI finds wrong, and what nobody foresaw."""
    app.add_exception_handler(ApiError, _refused)
    app.add_exception_handler(HTTPException, _http_error)
    app.add_exception_handler(RequestValidationError, _validation_error)
    app.add_exception_handler(DBAPIError, _refused)
    app.add_exception_handler(Exception, _unforeseen)


def refusal_of(error: ApiError | DBAPIError) -> JSONResponse:
    """The answer to a request that we refuse, or that the database does; the latter is logged."""
    if isinstance(error, DBAPIError):
        log.error("the database refused: %s", error.orig)
        error = unavailable(error)
    return JSONResponse(error.body(), error.status, error.headers)


def _refused(_request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, ApiError | DBAPIError)  # noqa: S101 - registered for them
    return refusal_of(error)


def _http_error(_request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, HTTPException)  # noqa: S101 - registered for it
    code = error.detail.upper().replace(" ", "_").replace("'", "")
    body = {"detail": {"code": code, "message": f"{error.detail}."}}
    return JSONResponse(body, error.status_code, error.headers)


def _validation_error(_request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, RequestValidationError)  # noqa: S101 - registered for it
    first = error.errors()[0]
    path = [part if isinstance(part, int) else str(part)[:100] for part in first["loc"]]
    name = ".".join(str(part) for part in path[1:]) or "body"
    # pydantic's own messages name the rule; the offending input is never echoed.
    body = {
        "detail": {
            "code": "VALIDATION_ERROR",
            "message": f"{name}: {first['msg']}".encode("utf-8", "replace").decode(),
            "path": [
                part if isinstance(part, int) else part.encode("utf-8", "replace").decode()
                for part in path
            ],
        }
    }
    return JSONResponse(body, 422)


def _unforeseen(request: Request, error: Exception) -> JSONResponse:
    log.error("%s %s failed", request.method, request.url.path, exc_info=error)
    body = {
        "detail": {
            "code": "INTERNAL_ERROR",
            "message": "That is a fault of the server; its log has the details.",
        }
    }
    return JSONResponse(body, 500)

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
    app.add_exception_handler(ApiError, _api_error)
    app.add_exception_handler(HTTPException, _http_error)
    app.add_exception_handler(RequestValidationError, _validation_error)
    app.add_exception_handler(DBAPIError, _database_error)
    app.add_exception_handler(Exception, _unforeseen)


def _api_error(_request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, ApiError)  # noqa: S101 - registered for it
    return JSONResponse(error.body(), error.status, error.headers)


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


def _database_error(_request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, DBAPIError)  # noqa: S101 - registered for it
    log.error("the database refused: %s", error.orig)
    refusal = unavailable(error)
    return JSONResponse(refusal.body(), refusal.status, refusal.headers)


def _unforeseen(request: Request, error: Exception) -> JSONResponse:
    log.error("%s %s failed", request.method, request.url.path, exc_info=error)
    body = {
        "detail": {
            "code": "INTERNAL_ERROR",
            "message": "That is a fault of the server; its log has the details.",
        }
    }
    return JSONResponse(body, 500)

"""What can go wrong, as answers that name the cause and the mend.

ApiError
├── BadRequest          400
├── Unauthorized        401
├── Forbidden           403
├── NotFound            404
├── Conflict            409
├── PayloadTooLarge     413
├── Unprocessable       422
├── TooManyRequests     429, with Retry-After
└── Unavailable         503, with Retry-After

StartupError            the program can't go on: one sentence on stderr, exit code 1
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar


class StartupError(Exception):
    """Something that keeps a command from doing its work; its text is for the person."""


class ApiError(Exception):
    """An answer other than success: `{"detail": {"code", "message", …}}`."""

    status: ClassVar[int] = 500
    default_code: ClassVar[str] = "INTERNAL_ERROR"

    def __init__(
        self,
        message: str,
        *,
        code: str | None = None,
        headers: Mapping[str, str] | None = None,
        extra: Mapping[str, Any] | None = None,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.code = code or self.default_code
        self.headers = dict(headers or {})
        self.extra = dict(extra or {})

    def body(self) -> dict[str, Any]:
        """The answer's JSON."""
        return {"detail": {"code": self.code, "message": self.message}, **self.extra}


class BadRequest(ApiError):
    """The request makes no sense as it stands."""

    status = 400
    default_code = "BAD_REQUEST"


class Unauthorized(ApiError):
    """No credential, or none that holds."""

    status = 401
    default_code = "UNAUTHORIZED"

    def __init__(self, message: str, *, code: str | None = None) -> None:
        super().__init__(message, code=code, headers={"WWW-Authenticate": "Bearer"})


class Forbidden(ApiError):
    """The credential holds, but not for this."""

    status = 403
    default_code = "FORBIDDEN"


class NotFound(ApiError):
    """There is no such thing."""

    status = 404
    default_code = "NOT_FOUND"


class Conflict(ApiError):
    """It contradicts what is there."""

    status = 409
    default_code = "CONFLICT"


class PayloadTooLarge(ApiError):
    """More bytes than are read."""

    status = 413
    default_code = "PAYLOAD_TOO_LARGE"


class Unprocessable(ApiError):
    """`path` names the field, as `["body", "filesystems", 3, "used_bytes"]`."""

    status = 422
    default_code = "VALIDATION_ERROR"

    def __init__(
        self,
        message: str,
        *,
        code: str | None = None,
        path: list[str | int] | None = None,
        extra: Mapping[str, Any] | None = None,
    ) -> None:
        super().__init__(message, code=code, extra=extra)
        self.path = path

    def body(self) -> dict[str, Any]:
        body = super().body()
        if self.path is not None:
            body["detail"]["path"] = self.path
        return body


class _Later(ApiError):
    def __init__(self, message: str, *, retry_after_seconds: int, code: str | None = None) -> None:
        super().__init__(message, code=code, headers={"Retry-After": str(retry_after_seconds)})


class TooManyRequests(_Later):
    """Too often; the header says when to come back."""

    status = 429
    default_code = "TOO_MANY_REQUESTS"


class Unavailable(_Later):
    """It can't be done now; the header says when to come back."""

    status = 503
    default_code = "UNAVAILABLE"

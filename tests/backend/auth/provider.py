"""A small OpenID provider on its own port: it logs in whoever comes, and can be made to lie."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

from joserfc import jwt
from joserfc.jwk import KeySet, RSAKey

CLIENT_ID = "homelab"
CLIENT_SECRET = "the client's secret"


@dataclass
class SmallProvider:
    """`claims` replace what its ID tokens would say; None leaves a claim out."""

    user: dict[str, Any] = field(
        default_factory=lambda: {"sub": "1f3", "preferred_username": "lena", "groups": []}
    )
    claims: dict[str, Any] = field(default_factory=dict)
    key: RSAKey = field(default_factory=lambda: RSAKey.generate_key(2048, {"kid": "first"}))
    signing_key: RSAKey | None = None
    confuse: bool = False
    codes: dict[str, dict[str, str]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self.issuer = f"http://127.0.0.1:{self._server.server_port}"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()

    def log_in(self, authorization_url: str) -> dict[str, str]:
        """What a browser brings back from there: code and state."""
        asked = {name: values[0] for name, values in _query(authorization_url).items()}
        assert asked["response_type"] == "code"
        assert asked["code_challenge_method"] == "S256"
        code = f"code-{len(self.codes)}"
        self.codes[code] = asked
        return {"code": code, "state": asked["state"]}

    def _handler(provider) -> type[BaseHTTPRequestHandler]:  # noqa: N805 - `self` is the handler
        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                documents: dict[str, Callable[[], object]] = {
                    "/.well-known/openid-configuration": provider._metadata,
                    "/keys": lambda: KeySet([provider.key]).as_dict(),
                    "/userinfo": lambda: provider.user,
                }
                self._say(200, documents[self.path]())

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"])).decode()
                self._say(*provider._token(_query(f"?{body}"), self.headers["Authorization"]))

            def _say(self, status: int, document: object) -> None:
                body = json.dumps(document).encode()
                self.send_response(status)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: object) -> None:
                """Say nothing."""

        return Handler

    def _metadata(self) -> dict[str, Any]:
        return {
            "issuer": self.issuer,
            "authorization_endpoint": f"{self.issuer}/authorize",
            "token_endpoint": f"{self.issuer}/token",
            "jwks_uri": f"{self.issuer}/keys",
            "userinfo_endpoint": f"{self.issuer}/userinfo",
        }

    def _token(self, form: dict[str, list[str]], authorization: str) -> tuple[int, dict[str, Any]]:
        basic = base64.b64encode(f"{CLIENT_ID}:{CLIENT_SECRET}".encode()).decode()
        asked = self.codes.pop(form["code"][0], None)
        verifier = hashlib.sha256(form["code_verifier"][0].encode()).digest()
        challenge = _encoded(verifier)
        if authorization != f"Basic {basic}":
            return 401, {"error": "invalid_client"}
        if asked is None or asked["code_challenge"] != challenge:
            return 400, {"error": "invalid_grant", "error_description": "the code is not good"}
        now = int(time.time())
        claims = {
            "iss": self.issuer,
            "sub": self.user["sub"],
            "aud": CLIENT_ID,
            "iat": now,
            "exp": now + 300,
            "nonce": asked["nonce"],
        } | self.claims
        kept = {name: value for name, value in claims.items() if value is not None}
        return 200, {
            "access_token": "an access token",
            "token_type": "Bearer",
            "id_token": self._confused(kept) if self.confuse else self._signed(kept),
        }

    def _signed(self, claims: dict[str, Any]) -> str:
        header = {"alg": "RS256", "kid": self.key.kid}
        return jwt.encode(header, claims, self.signing_key or self.key)

    def _confused(self, claims: dict[str, Any]) -> str:
        """Signed with the public key, which everybody has, as if it were a shared secret."""
        parts = [_encoded(json.dumps(part).encode()) for part in ({"alg": "HS256"}, claims)]
        signature = hmac.digest(self.key.as_pem(private=False), ".".join(parts).encode(), "sha256")
        return ".".join([*parts, _encoded(signature)])


def _encoded(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def _query(url: str) -> dict[str, list[str]]:
    return parse_qs(urlsplit(url).query)

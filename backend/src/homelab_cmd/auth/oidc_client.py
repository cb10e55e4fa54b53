"""OpenID Connect, the client's side: authorization code flow with PKCE, discovery, signed identity.

Authlib knows the protocol and joserfc the signatures; the calls go through the guarded client.
"""

from __future__ import annotations

import json
import time
from typing import Any

import httpx
from authlib.oauth2.auth import encode_client_secret_basic
from authlib.oauth2.rfc6749.parameters import prepare_grant_uri, prepare_token_request
from authlib.oauth2.rfc7636 import create_s256_code_challenge
from authlib.oidc.core import CodeIDToken
from authlib.oidc.discovery import get_well_known_url
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from homelab_cmd.auth.oidc import Flow, Identity, ProviderError
from homelab_cmd.outgoing import OutgoingClient, OutgoingError, checked_url

_SCOPE = "openid profile groups"
_ALGORITHMS = ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "EdDSA"]
_LEEWAY_SECONDS = 60
_KEPT_SECONDS = 3_600
_DEADLINE_SECONDS = 10.0
_MAX_BYTES = 1 << 20


class Provider:
    """An OpenID provider as its discovery document describes it."""

    def __init__(self, issuer: str, client_id: str, client_secret: str, redirect_uri: str) -> None:
        self._issuer = issuer
        self._client_id = client_id
        self._client_secret = client_secret
        self._redirect_uri = redirect_uri
        self._client = OutgoingClient(seconds=_DEADLINE_SECONDS, max_bytes=_MAX_BYTES)
        self._kept: dict[str, tuple[float, dict[str, Any]]] = {}

    async def authorization_url(self, flow: Flow) -> str:
        """Where the browser goes to log in. Raises ProviderError."""
        metadata = await self._metadata()
        url: str = prepare_grant_uri(
            _text(metadata, "authorization_endpoint"),
            self._client_id,
            "code",
            redirect_uri=self._redirect_uri,
            scope=_SCOPE,
            state=flow.state,
            nonce=flow.nonce,
            code_challenge=create_s256_code_challenge(flow.verifier),
            code_challenge_method="S256",
        )
        return url

    async def identity(self, code: str, flow: Flow) -> Identity:
        """Who logged in there, for the code that the browser brought. Raises ProviderError."""
        metadata = await self._metadata()
        answer = await self._exchange(metadata, code, flow)
        claims = await self._verified(metadata, _text(answer, "id_token"), answer, flow)
        told = dict(claims) | await self._userinfo(metadata, answer, claims["sub"])
        groups = told.get("groups")
        return Identity(
            issuer=self._issuer,
            subject=str(claims["sub"]),
            name=str(told.get("preferred_username") or told.get("email") or ""),
            groups=frozenset(map(str, groups)) if isinstance(groups, list) else frozenset(),
        )

    async def _userinfo(
        self, metadata: dict[str, Any], answer: dict[str, Any], subject: str
    ) -> dict[str, Any]:
        """Name and groups, which some providers tell here alone; of that subject or of nobody."""
        if "userinfo_endpoint" not in metadata:
            return {}
        bearer = {"Authorization": f"Bearer {_text(answer, 'access_token')}"}
        found = await self._call(_text(metadata, "userinfo_endpoint"), bearer)
        if found.get("sub") != subject:
            raise ProviderError("tells of somebody else at its userinfo endpoint")
        return found

    async def _exchange(self, metadata: dict[str, Any], code: str, flow: Flow) -> dict[str, Any]:
        body = prepare_token_request(
            "authorization_code",
            redirect_uri=self._redirect_uri,
            code=code,
            client_id=self._client_id,
            code_verifier=flow.verifier,
        )
        headers: dict[str, str] = {}
        methods = metadata.get("token_endpoint_auth_methods_supported", ["client_secret_basic"])
        if self._client_secret and "client_secret_basic" in methods:
            _, headers, body = encode_client_secret_basic(self, "POST", "", headers, body)
        elif self._client_secret:
            body += "&" + str(httpx.QueryParams({"client_secret": self._client_secret}))
        headers |= {
            "Accept": "application/json",
            "Content-Type": "application/x-www-form-urlencoded",
        }
        return await self._call(_text(metadata, "token_endpoint"), headers, body)

    @property
    def client_id(self) -> str:
        """Asked for by Authlib, with the secret, to make the Authorization header."""
        return self._client_id

    @property
    def client_secret(self) -> str:
        """As `client_id`."""
        return self._client_secret

    async def _verified(
        self, metadata: dict[str, Any], id_token: str, answer: dict[str, Any], flow: Flow
    ) -> CodeIDToken:
        keys_url = _text(metadata, "jwks_uri")
        try:
            token = self._decoded(id_token, await self._remembered(keys_url))
        except (JoseError, ValueError):
            # A key that is new there is unknown here: look once more.
            self._kept.pop(keys_url, None)
            token = await self._decoded_afresh(id_token, keys_url)
        claims = CodeIDToken(
            token.claims,
            token.header,
            options={
                "iss": {"essential": True, "value": self._issuer},
                "aud": {"essential": True, "value": self._client_id},
            },
            params={
                "nonce": flow.nonce,
                "client_id": self._client_id,
                "access_token": answer.get("access_token"),
            },
        )
        try:
            claims.validate(leeway=_LEEWAY_SECONDS)
        except JoseError as error:
            raise ProviderError(f"gave an ID token that does not hold: {error}") from None
        return claims

    async def _decoded_afresh(self, id_token: str, keys_url: str) -> jwt.Token:
        try:
            return self._decoded(id_token, await self._remembered(keys_url))
        except (JoseError, ValueError) as error:
            raise ProviderError(f"gave an ID token that can't be trusted: {error}") from None

    @staticmethod
    def _decoded(id_token: str, keys: dict[str, Any]) -> jwt.Token:
        return jwt.decode(id_token, KeySet.import_key_set(keys), algorithms=_ALGORITHMS)  # type: ignore[arg-type]  # a document from outside: joserfc checks it

    async def _metadata(self) -> dict[str, Any]:
        metadata = await self._remembered(get_well_known_url(self._issuer, external=True))
        if metadata.get("issuer") != self._issuer:
            raise ProviderError(
                f"calls itself {metadata.get('issuer')!r}; HOMELAB_CMD_OIDC_ISSUER must say so too"
            )
        return metadata

    async def _remembered(self, url: str) -> dict[str, Any]:
        kept = self._kept.get(url)
        if kept is None or kept[0] < time.monotonic():
            kept = (time.monotonic() + _KEPT_SECONDS, await self._call(url))
            self._kept[url] = kept
        return kept[1]

    async def _call(
        self, url: str, headers: dict[str, str] | None = None, form: str | None = None
    ) -> dict[str, Any]:
        try:
            target = checked_url(url)
            if form is None:
                answer = await self._client.get(target, headers=headers or {})
            else:
                answer = await self._client.post(target, headers or {}, form.encode())
        except OutgoingError as error:
            raise ProviderError(str(error)) from None
        found = _json(answer.body)
        if answer.status != httpx.codes.OK:
            why = found.get("error_description") or found.get("error") or answer.status
            raise ProviderError(f"answered {why}")
        return found


def _json(body: bytes) -> dict[str, Any]:
    try:
        found = json.loads(body)
    except ValueError:
        found = None
    if not isinstance(found, dict):
        raise ProviderError("did not answer with a JSON object")
    return found


def _text(document: dict[str, Any], name: str) -> str:
    found = document.get(name)
    if not isinstance(found, str):
        raise ProviderError(f"names no {name}")
    return found

"""Random secrets: 256 bits, shown once, stored as a digest.

A fast hash suffices: nobody can guess 256 random bits, salted or not.
"""

from __future__ import annotations

import hashlib
import secrets

# The prefix tells what a leaked string is, and which table to ask.
AGENT_PREFIX = "hca_"
API_TOKEN_PREFIX = "hct_"  # noqa: S105 - a prefix, not a secret
MAX_SECRET_CHARACTERS = 2_048  # what no credential of ours reaches; a JWT has about 350


def new_secret(prefix: str = "") -> str:
    """A fresh secret of 256 random bits, safe in URLs and shells."""
    return prefix + secrets.token_urlsafe(32)


def digest(secret: str) -> bytes:
    """What is stored of a secret: its SHA-256 (32 bytes)."""
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).digest()

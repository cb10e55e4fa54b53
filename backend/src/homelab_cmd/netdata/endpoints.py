"""`GET /api/v1/server/metrics`."""

from __future__ import annotations

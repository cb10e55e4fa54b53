"""The whole schema: importing this imports every module that declares a table."""

from __future__ import annotations

import homelab_cmd.auth.models
import homelab_cmd.hiding.models
import homelab_cmd.history.chunks.tables
import homelab_cmd.history.log
import homelab_cmd.history.rows.tables
import homelab_cmd.keeping.models
import homelab_cmd.layouts.models
import homelab_cmd.moving.progress
import homelab_cmd.servers.models
from homelab_cmd.db.base import Base

MODEL_MODULES = (
    homelab_cmd.auth.models,
    homelab_cmd.servers.models,
    homelab_cmd.layouts.models,
    homelab_cmd.hiding.models,
    homelab_cmd.keeping.models,
    homelab_cmd.history.log,
    homelab_cmd.history.rows.tables,
    homelab_cmd.history.chunks.tables,
    homelab_cmd.moving.progress,
)

metadata = Base.metadata

"""Asking history: sparklines, series, exports and the catalogue of what there is."""

from homelab_cmd.metrics import sparkline_endpoints

ROUTERS = (sparkline_endpoints.router,)

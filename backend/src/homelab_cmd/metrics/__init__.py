"""Asking history: sparklines, series, exports and the catalogue of what there is."""

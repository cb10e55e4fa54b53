"""The rows engine: a table per family and tier, a row per series and sample."""

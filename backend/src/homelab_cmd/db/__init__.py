"""The database: one declarative base, one connection pool, migrations at start."""

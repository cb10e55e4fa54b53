"""Carrying an installation over to another database, history and all."""

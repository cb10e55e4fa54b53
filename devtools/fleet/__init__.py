"""Thirty hosts that are not there, for a page in its full life. Runs in the virtual environment."""

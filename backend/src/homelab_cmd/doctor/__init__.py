"""Finds what is commonly wrong with an installation, and says how to mend it."""

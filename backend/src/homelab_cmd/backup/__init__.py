"""Copies of the database: made while the server works, checked, and put back."""

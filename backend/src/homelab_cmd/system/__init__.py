"""The server about itself."""

"""The light agent of HomelabCmd: reads one host's kernel files and sends what it read."""

__version__ = "0.1.0"

"""The server of HomelabCmd: takes heartbeats in, keeps their history, shows it."""

from importlib.metadata import version

__version__ = version("homelab-cmd")

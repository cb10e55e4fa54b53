"""The commands of `homelab-cmd`: each module has `add_parsers(subparsers)`."""

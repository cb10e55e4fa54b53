"""The command `homelab-cmd`, also as `python -m homelab_cmd`.

A host that has the agent alone has this command too, without what the server stands on. It says
so in a sentence.
"""

from __future__ import annotations

import sys


def main() -> int:
    """Hand over to the command line, once it is sure that it can be imported."""
    if sys.version_info < (3, 11):  # noqa: UP036 - the distribution installs on 3.10, for the agent
        return _refuse(f"the server needs Python 3.11 or newer, this is {sys.version.split()[0]}.")
    try:
        from homelab_cmd.cli import main as command_line  # noqa: PLC0415 - it may not be there
    except ModuleNotFoundError as error:
        if error.name is None or error.name.startswith("homelab_"):
            raise
        return _refuse(
            f"{error.name} is missing; install the server: pip install homelab-cmd[server]"
        )
    return command_line()


def _refuse(sentence: str) -> int:
    print(f"homelab-cmd: {sentence}", file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main())

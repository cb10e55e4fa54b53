#!/bin/sh
# Installs the agent that this server hands out, or removes it. Needs root and Python 3.10.
#
#   sh install.sh URL CODE [--same-as SERVER_ID | --new-host] [--interval SECONDS]
#   sh install.sh --uninstall
#
# All the work is done by the agent's own commands `install` and `uninstall`; this only fetches it.

set -eu

say() { printf 'homelab-agent: %s\n' "$1" >&2; }
fail() { say "$1"; exit 1; }

fetch() { # URL FILE
    python3 - "$1" "$2" <<'PYTHON'
import shutil, sys, urllib.request
try:
    with urllib.request.urlopen(sys.argv[1], timeout=60) as answer, open(sys.argv[2], "wb") as file:
        shutil.copyfileobj(answer, file)
except OSError as error:
    sys.exit(f"homelab-agent: {sys.argv[1]} can't be fetched: {error}")
PYTHON
}

main() {
    [ "$(id -u)" = 0 ] || fail "installing needs root: run this line as root, or with 'sudo sh' in the place of 'sh'."
    python3 -c 'import sys; sys.exit(sys.version_info < (3, 10))' 2>/dev/null ||
        fail "this host has no Python 3.10 or newer: install python3."

    if [ "${1:-}" = --uninstall ]; then
        [ -f "$program" ] || fail "no agent is installed here."
        exec python3 "$program" uninstall
    fi
    [ $# -ge 2 ] || fail "usage: sh install.sh URL CODE"

    folder=$(mktemp -d)
    trap 'rm -rf "$folder"' EXIT
    fetch "${1%/}/agent/homelab-agent.pyz" "$folder/homelab-agent.pyz"
    python3 "$folder/homelab-agent.pyz" install "$@"
}

program=/usr/local/lib/homelab-agent/homelab-agent.pyz

# Called on the last line: a download that was cut off does nothing.
main "$@"

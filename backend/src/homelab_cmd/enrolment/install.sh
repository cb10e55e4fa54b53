#!/bin/sh
# Installs the agent that this server hands out, or removes it. Needs root and Python 3.10.
#
#   sh install.sh URL CODE [--same-as SERVER_ID | --new-host] [--fingerprint F] [--interval SECONDS]
#   sh install.sh --uninstall
#
# All the work is done by the agent's own commands `install` and `uninstall`; this only fetches it.

set -eu

say() { printf 'homelab-agent: %s\n' "$1" >&2; }
fail() { say "$1"; exit 1; }

fetch() { # URL FILE FINGERPRINT
    python3 - "$1" "$2" "$3" <<'PYTHON'
import hashlib, http.client, ssl, sys, urllib.parse, urllib.request

url, path, fingerprint = sys.argv[1:]


def pinned():
    parts = urllib.parse.urlsplit(url)
    context = ssl._create_unverified_context()
    connection = http.client.HTTPSConnection(parts.netloc, context=context, timeout=60)
    connection.connect()
    found = hashlib.sha256(connection.sock.getpeercert(True)).hexdigest()
    if found != fingerprint.lower().replace(":", ""):
        raise OSError("its certificate has another fingerprint, " + found)
    connection.request("GET", parts.path)
    return connection.getresponse()


try:
    with pinned() if fingerprint else urllib.request.urlopen(url, timeout=60) as answer:
        content = answer.read()
        if answer.status != 200:
            raise OSError("the server answers %d" % answer.status)
    with open(path, "wb") as file:
        file.write(content)
except (OSError, http.client.HTTPException) as error:
    sys.exit("homelab-agent: %s can't be fetched: %s" % (url, error))
PYTHON
}

fingerprint_in() { # ARGUMENTS
    while [ $# -gt 1 ]; do
        if [ "$1" = --fingerprint ]; then printf %s "$2"; fi
        shift
    done
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
    fetch "${1%/}/agent/homelab-agent.pyz" "$folder/homelab-agent.pyz" "$(fingerprint_in "$@")"
    python3 "$folder/homelab-agent.pyz" install "$@"
}

program=/usr/local/lib/homelab-agent/homelab-agent.pyz

# Called on the last line: a download that was cut off does nothing.
main "$@"

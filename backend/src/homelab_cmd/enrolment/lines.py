"""The line to paste on a new host, for what that host has."""

from __future__ import annotations

import shlex
from urllib.parse import urlsplit

from homelab_cmd.tls import Pins

_FETCH = "import sys,urllib.request as u;sys.stdout.buffer.write(u.urlopen(sys.argv[1]).read())"
# Looks at the certificate before anything is asked for or run.
_FETCH_PINNED = (
    "import hashlib,http.client as h,ssl,sys;"
    "n,p,f=sys.argv[1:];"
    "c=h.HTTPSConnection(n,context=ssl._create_unverified_context(),timeout=60);"
    "c.connect();"
    "hashlib.sha256(c.sock.getpeercert(True)).hexdigest()==f or sys.exit('another certificate');"
    "c.request('GET',p);"
    "sys.stdout.buffer.write(c.getresponse().read())"
)


def paste_lines(url: str, code: str, pins: Pins | None) -> dict[str, str]:
    """One shell line each for `curl`, `wget` and `python`.

    `url` is where hosts reach us; `pins` name our certificate where nobody else vouches for it.
    """
    base = url.rstrip("/")
    script = shlex.quote(f"{base}/install.sh")
    run = f"sh -s -- {shlex.quote(base)} {shlex.quote(code)}"
    if pins is None:
        return {
            "curl": f"curl -fsSL {script} | {run}",
            "wget": f"wget -qO- {script} | {run}",
            "python": f"python3 -c {shlex.quote(_FETCH)} {script} | {run}",
        }
    run += f" --fingerprint {pins.fingerprint}"
    pin = f"--pinnedpubkey sha256//{pins.public_key}"
    parts = urlsplit(f"{base}/install.sh")
    asked = f"{shlex.quote(parts.netloc)} {shlex.quote(parts.path)} {pins.fingerprint}"
    return {
        "curl": f"curl -fsSLk {pin} {script} | {run}",
        "wget": f"wget -qO- --no-check-certificate {pin} {script} | {run}",
        "python": f"python3 -c {shlex.quote(_FETCH_PINNED)} {asked} | {run}",
    }

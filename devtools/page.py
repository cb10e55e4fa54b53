"""Build the web page into the server's package, when it is not what its sources say."""

from devtools.fingerprint import fingerprint
from devtools.house import FRONTEND, ROOT, TroubleError, run_step
from devtools.node import ensure_modules, npm_step

WEB = ROOT / "backend/src/homelab_cmd/web"
_STAMP = WEB / ".source-hash"


def is_fresh() -> bool:
    """Tell whether the built page is there and was made from these sources."""
    if not FRONTEND.is_dir():
        return True
    return _STAMP.is_file() and _STAMP.read_text() == _source_hash()


def build() -> None:
    """Build the page unless it is fresh; asking costs some milliseconds."""
    if is_fresh():
        return
    ensure_modules()
    before = _source_hash()
    if not run_step(npm_step("vite build", "run", "--silent", "build")):
        raise TroubleError("The page could not be built; what Vite said stands above.")
    _STAMP.write_text(before)


def check() -> None:
    """Lint the page and check its types, unless just these sources have passed before."""
    stamp = FRONTEND / "node_modules/.cache/checked-hash"
    sources = fingerprint([FRONTEND, ROOT / "tests/e2e/browser"], tests=True)
    if stamp.is_file() and stamp.read_text() == sources:
        return
    if not run_step(npm_step("biome and tsc", "run", "--silent", "check")):
        raise TroubleError("The page's sources need mending; what is wrong stands above.")
    stamp.parent.mkdir(exist_ok=True)
    stamp.write_text(sources)


def _source_hash() -> str:
    return fingerprint([FRONTEND], tests=False)

"""What `./dev` asks of uv."""

import sys
from pathlib import Path

from devtools import environment


def test_uv_takes_the_interpreter_that_is_here_and_downloads_none() -> None:
    given = environment.uv_environment()

    assert given["UV_PYTHON_DOWNLOADS"] == "never"
    assert Path(given["UV_PYTHON"]).resolve() == Path(sys.executable).resolve()
    assert "VIRTUAL_ENV" not in given

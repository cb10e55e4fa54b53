"""Programs in the foreground, real ones: they print, end, and are ended."""

import os
import signal
import subprocess
import sys
import textwrap
import time
from pathlib import Path

import pytest

from devtools.children import Children
from devtools.house import TroubleError

ROOT = Path(__file__).parents[2]


def python(code: str) -> list[str]:
    return [sys.executable, "-c", textwrap.dedent(code)]


def test_lines_carry_the_name_of_who_printed_them(capfd: pytest.CaptureFixture[str]) -> None:
    heard: list[str] = []

    with Children(hears=heard.append) as children:
        children.start("server", python("print('ready'); print('to go')"))
        with pytest.raises(TroubleError):
            children.wait()

    assert capfd.readouterr().out == "server │ ready\nserver │ to go\n"
    assert heard == ["ready\n", "to go\n"]


def test_the_end_of_one_is_told_with_its_exit_code() -> None:
    with Children() as children:
        children.start("agent", python("raise SystemExit(3)"))
        with pytest.raises(TroubleError, match="the agent ended with exit code 3"):
            children.wait()


def test_leaving_ends_them_newest_first(capfd: pytest.CaptureFixture[str]) -> None:
    heard: list[str] = []
    obedient = """
        import signal, sys
        signal.signal(signal.SIGTERM, lambda *_: (print("ended"), sys.exit()))
        print("started")
        signal.pause()
    """

    with Children(hears=heard.append) as children:
        for name in ("server", "agent"):
            children.start(name, python(obedient))
        while len(heard) < 2:
            time.sleep(0.01)

    ends = [line for line in capfd.readouterr().out.splitlines() if line.endswith("ended")]
    assert ends == ["agent │ ended", "server │ ended"]


def test_a_signal_to_dev_ends_everything_and_is_no_error(tmp_path: Path) -> None:
    """What Ctrl-C, SIGTERM and a closed terminal do, on a parent as `./dev run` is one."""
    pid_file = tmp_path / "pid"
    parent = f"""
        from devtools.children import Children, StopRequested
        try:
            with Children() as children:
                children.start("server", [{sys.executable!r}, "-c", '''
        import os, time
        open({str(pid_file)!r}, "w").write(str(os.getpid()))
        time.sleep(600)
        '''])
                children.wait()
        except StopRequested:
            print("stopped")
    """
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        pid_file.unlink(missing_ok=True)
        process = subprocess.Popen(python(parent), cwd=ROOT, stdout=subprocess.PIPE, text=True)
        while not pid_file.exists() or not pid_file.read_text():
            time.sleep(0.01)

        process.send_signal(number)

        assert process.communicate(timeout=30)[0] == "stopped\n"
        assert process.returncode == 0
        with pytest.raises(ProcessLookupError):
            os.kill(int(pid_file.read_text()), 0)

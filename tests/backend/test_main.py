"""The command on a host that has the agent alone."""

import subprocess
import sys

# Of installed packages none is found but our own.
WITHOUT_PACKAGES = """if True:
    import sys

    class NoPackages:
        def find_spec(self, name, path=None, target=None):
            top = name.partition(".")[0]
            if top not in sys.stdlib_module_names and not top.startswith("homelab_"):
                raise ModuleNotFoundError(name, name=name)

    sys.meta_path.insert(0, NoPackages())
    from homelab_cmd.__main__ import main
    sys.exit(main())
"""


def test_without_the_server_s_parts_it_says_how_to_get_them() -> None:
    said = subprocess.run(
        [sys.executable, "-c", WITHOUT_PACKAGES], capture_output=True, text=True, check=False
    )

    assert said.returncode == 1
    assert said.stderr.startswith("homelab-cmd: ")
    assert said.stderr.endswith("pip install homelab-cmd[server]\n")
    assert said.stderr.count("\n") == 1

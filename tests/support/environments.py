"""Virtual environments that tests make, with packages from the registry or none."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from venv import EnvBuilder

from tests.support.cli import SignalCli, finished

ROOT = Path(__file__).parents[2]

WITHOUT = """
import sys
from importlib.machinery import PathFinder

class Without(PathFinder):
    @classmethod
    def find_spec(cls, name, path=None, target=None):
        if name.partition(".")[0] in {packages!r}:
            return None
        return PathFinder.find_spec(name, path, target)

sys.meta_path[:] = [Without if finder is PathFinder else finder for finder in sys.meta_path]
"""


def hide_packages(signalcli: SignalCli, *packages: str) -> None:
    """Run commands as if these packages were not installed."""
    folder = signalcli.directory / "start-up"
    folder.mkdir()
    (folder / "sitecustomize.py").write_text(WITHOUT.format(packages=packages))
    path = [str(folder), signalcli.environment.get("PYTHONPATH", "")]
    signalcli.environment["PYTHONPATH"] = os.pathsep.join(filter(None, path))


def make_environment(directory: Path, *requirements: str) -> Path:
    """Make a virtual environment with packages, and return its interpreter, a link to that of this process."""
    EnvBuilder(symlinks=True, with_pip=False).create(directory)
    python = directory / "bin" / "python"
    assert python.samefile(os.path.realpath(sys.executable))
    if requirements:
        pip = [sys.executable, "-m", "pip", "--python", str(python), "--disable-pip-version-check"]
        installed = finished([*pip, "install", "--quiet", *requirements], timeout=300)
        assert installed.status == 0, installed.stderr
    return python


def build_wheel(directory: Path) -> Path:
    """Build signalcli's wheel in a directory, and return its path."""
    command = [sys.executable, "-m", "build", "--wheel", "--outdir", str(directory), str(ROOT)]
    built = finished(command, timeout=300)
    assert built.status == 0, built.stderr
    return next(directory.glob("*.whl"))


def package_path(directory: Path) -> Path:
    """Make a directory to put on ``sys.path`` that has the package signalcli alone, and return it."""
    directory.mkdir()
    (directory / "signalcli").symlink_to(ROOT / "signalcli")
    return directory

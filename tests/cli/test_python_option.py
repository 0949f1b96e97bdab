"""``--python``: the application runs with an interpreter of its own, where signalcli isn't installed."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import blinker
import pytest

from tests.support.cli import SignalCli
from tests.support.environments import make_environment

pytestmark = pytest.mark.slow

SHOP = """\
import sys
from blinker import signal

paid = signal("paid")

@paid.connect
def hear(sender, **payload): ...

print("packages:", sorted({"rich", "click", "filelock"} & set(sys.modules)))
print("prefix:", sys.prefix)
if __name__ == "__main__":
    paid.send("x")
"""


@pytest.fixture
def python(signalcli: SignalCli) -> Path:
    """The interpreter of an environment that has blinker and nothing else, beside an application."""
    signalcli.write("shop.py", SHOP)
    python = make_environment(signalcli.directory / "other")
    code = "import sysconfig; print(sysconfig.get_path('purelib'))"
    found = subprocess.run([python, "-c", code], check=True, capture_output=True, text=True)
    (Path(found.stdout.strip()) / "blinker").symlink_to(Path(blinker.__file__).parent)
    return python


@pytest.mark.parametrize("command", ["--app shop inspect paid", "trace run shop.py"])
@pytest.mark.parametrize("where", ["before", "after", "variable", "active"])
def test_an_application_runs_in_its_own_environment(
    signalcli: SignalCli, python: Path, command: str, where: str
) -> None:
    words = command.split()
    place = -1 if words[0] == "trace" else len(words)  # what follows PROGRAM is its own
    option = ["--python", "other"]
    lines = {"before": [*option, *words], "after": [*words[:place], *option, *words[place:]]}
    directory = str(python.parent.parent)
    variables = {"variable": {"SIGNALCLI_PYTHON": directory}, "active": {"VIRTUAL_ENV": directory}}

    result = signalcli(*lines.get(where, words), environment=variables.get(where, {}))

    source = (
        "the active virtual environment" if where == "active" else "--python or SIGNALCLI_PYTHON"
    )
    assert (result.status, "hear" in result.stdout) == (0, True)
    assert f"The interpreter is {python}, from {source}.\n" in result.stderr
    assert f"packages: []\nprefix: {directory}\n" in result.stderr


def test_the_environment_of_a_project_is_found(signalcli: SignalCli, python: Path) -> None:
    (signalcli.directory / "other").rename(signalcli.directory / ".venv")

    result = signalcli.ok("--app", "shop", "list")

    path = signalcli.directory / ".venv" / "bin" / "python"
    assert f"The interpreter is {path}, from the project's .venv.\n" in result.stderr


def test_a_missing_interpreter_is_wrong_usage(signalcli: SignalCli, python: Path) -> None:
    assert signalcli.refused("--app shop list --python missing").startswith(
        "No Python interpreter 'missing'."
    )


OWN = (
    "signalcli used its own interpreter, because it found no environment of the project. Name the "
    "project's interpreter: --python PATH"
)


@pytest.mark.parametrize("line", ["--app needs list", "--app gone list", "trace run needs.py"])
def test_a_module_that_is_missing_in_signalclis_own_environment_advises_to_name_another(
    signalcli: SignalCli, line: str
) -> None:
    signalcli.write("needs.py", "import module_of_the_project\n")

    own = signalcli(*line.split())
    named = signalcli(*line.split(), environment={"SIGNALCLI_PYTHON": sys.executable})

    assert own.status == named.status == (1 if "run" in line else 4)
    assert own.stderr.splitlines()[-1].endswith(f"({OWN})" if "gone" in line else OWN)
    assert OWN not in named.stderr

"""signalcli in an environment of its own, as pipx installs it; an application with Flask in another."""

from __future__ import annotations

import subprocess
import textwrap
from pathlib import Path
from typing import Any

import pytest

from tests.support.cli import SignalCli
from tests.support.environments import build_wheel, make_environment

pytestmark = pytest.mark.slow

SHOP = """
    from flask import Flask, request_started

    from blinker import signal

    app = Flask("shop")
    ordered = signal("ordered", "An order came in.")


    @ordered.connect
    def log(sender, **payload):
        return sorted(payload)


    @ordered.connect_via("web")
    def count(sender, item):
        return 1


    @request_started.connect
    def started(sender, **payload):
        pass


    ordered.connect(lambda sender, **payload: None)


    @app.post("/order")
    def order():
        ordered.send("web", item="tea")
        return "thank you"


    if __name__ == "__main__":
        ordered.send("phone", item="tea")
"""
FLASK = 10
"""signals of Flask."""

ENVIRONMENTS = {"newest": ["flask"], "oldest": ["blinker==1.4", "flask==2.2.5", "werkzeug==2.2.3"]}
"""What the environment of the application has."""


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The program signalcli of an environment that has the wheel and what it needs."""
    directory = tmp_path_factory.mktemp("signalcli")
    python = make_environment(directory / "environment", str(build_wheel(directory)))
    return python.with_name("signalcli")


@pytest.fixture(scope="module", params=ENVIRONMENTS)
def project(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A repository whose ``.venv`` has Flask, and its application in a folder."""
    directory = tmp_path_factory.mktemp("project")
    (directory / ".git").mkdir()
    (directory / "src").mkdir()
    (directory / "src" / "shop.py").write_text(textwrap.dedent(SHOP))
    make_environment(directory / ".venv", *ENVIRONMENTS[request.param])
    return directory


def run_installed(program: Path, directory: Path) -> SignalCli:
    signalcli = SignalCli(directory)
    signalcli.program = (str(program),)
    return signalcli


class Newcomer:
    """Runs the installed signalcli in the folder of the application."""

    def __init__(self, signalcli: SignalCli, options: tuple[str, ...]) -> None:
        self.signalcli = signalcli
        self.options = options
        """The options that name the interpreter."""

    def __call__(self, *words: str, status: int = 0) -> Any:
        """Run a command, and return its JSON."""
        result = self.signalcli(*words, *self.options, "--json")
        assert result.status == status, result
        return result.json


@pytest.fixture(params=["named", "found", "active"])
def newcomer(
    request: pytest.FixtureRequest, tmp_path: Path, installed: Path, project: Path
) -> Newcomer:
    """signalcli that gets the interpreter as an option, finds the project's, or takes the active one."""
    signalcli = run_installed(installed, tmp_path)
    signalcli.directory = project / "src" if request.param == "found" else tmp_path
    if request.param != "found":
        (tmp_path / "shop.py").write_text(textwrap.dedent(SHOP))
    if request.param == "active":
        signalcli.environment["VIRTUAL_ENV"] = str(project / ".venv")
    named = ("--python", str(project / ".venv" / "bin" / "python"))
    return Newcomer(signalcli, named if request.param == "named" else ())


def calls(delivery: Any) -> list[tuple[str, str, object]]:
    """What became of each receiver: its name, the outcome, and its value."""
    return [(call["receiver"], call["outcome"], call["value"]) for call in delivery["calls"]]


def test_the_two_have_nothing_of_each_other(installed: Path, project: Path) -> None:
    imports = [
        (installed.with_name("python"), "flask"),
        (project / ".venv" / "bin" / "python", "signalcli"),
        (project / ".venv" / "bin" / "python", "rich"),
    ]

    for python, module in imports:
        command = [str(python), "-c", f"import {module}"]
        imported = subprocess.run(command, check=False, capture_output=True, cwd=project)
        assert imported.stderr.endswith(f"No module named '{module}'\n".encode())


def test_its_signals_are_listed(newcomer: Newcomer) -> None:
    listed = newcomer("--app", "shop", "list")["signals"]

    receivers = {one["signal"]: one["receivers"] for one in listed if one["receivers"]}
    assert receivers == {"ordered": 2, "flask/request-started": 1}
    flask = [one for one in listed if one["signal"].startswith("flask/")]
    assert len(flask) == FLASK


def test_a_note_says_whose_interpreter_was_taken(newcomer: Newcomer) -> None:
    result = newcomer.signalcli("--app", "shop", "list", *newcomer.options)

    assert (result.status, ".venv/bin/python" in result.stderr) == (0, True)


def test_a_signal_is_inspected(newcomer: Newcomer) -> None:
    inspected = newcomer("--app", "shop", "inspect", "ordered")

    connections = {
        receiver["receiver"]: [one["sender"] for one in receiver["connections"]]
        for receiver in inspected["receivers"]
    }
    assert connections == {"shop.log": [None], "shop.count": ["web"]}


def test_a_request_is_traced(newcomer: Newcomer) -> None:
    traced = newcomer("--app", "shop:app", "trace", "request", "POST", "/order")

    heard = {event["signal"]: calls(event) for event in traced["events"] if event["calls"]}
    assert (traced["status"], traced["body"]) == (200, "thank you")
    assert heard == {
        "flask/request-started": [("shop.started", "returned", None)],
        "ordered": [("shop.log", "returned", ["item"]), ("shop.count", "returned", 1)],
    }


def test_a_run_is_traced(newcomer: Newcomer) -> None:
    traced = newcomer("trace", "run", *newcomer.options, "--json", "shop.py")

    ordered = [("__main__.log", "returned", ["item"]), ("__main__.count", "skipped", None)]
    assert [(event["signal"], calls(event)) for event in traced["events"]] == [("ordered", ordered)]


def test_its_faults_are_found(newcomer: Newcomer) -> None:
    found = newcomer("--app", "shop", "doctor", status=1)["findings"]

    assert [(one["rule"], one["signal"], one["receiver"]) for one in found] == [
        ("dead-receiver", "ordered", "shop.<lambda>")
    ]
    assert found[0]["where"].endswith("shop.py:25")


def test_a_module_that_does_not_exist_is_no_fault_of_signalcli(newcomer: Newcomer) -> None:
    """The installed signalcli is itself a package in site-packages."""
    missing = newcomer.signalcli("--app", "shpo", "list", *newcomer.options)

    assert (missing.status, missing.stdout) == (4, "")
    assert "Error: No module 'shpo' in " in missing.stderr
    assert "signalcli/" not in missing.stderr.replace(str(newcomer.signalcli.program[0]), "")


def test_modules_with_the_names_of_ours_are_the_applications_own(
    tmp_path: Path, installed: Path, project: Path
) -> None:
    signalcli = run_installed(installed, tmp_path)
    signalcli.environment["VIRTUAL_ENV"] = str(project / ".venv")
    own = "from blinker import signal\nready = signal(__name__)\n"
    for name in ("click", "rich", "filelock", "cli"):
        (tmp_path / f"{name}.py").write_text(own)
    (tmp_path / "signalcli.py").write_text("raise ImportError('not this one')\n")
    (tmp_path / "shop.py").write_text("import click, cli, filelock, rich\n")

    listed = signalcli.ok("--app", "shop", "list", "--mine", "--json").json["signals"]

    assert [one["signal"] for one in listed] == ["cli", "click", "filelock", "rich"]

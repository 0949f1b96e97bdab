"""An application finds the world as without signalcli: its command line, its warnings, its patches."""

from __future__ import annotations

import re
import textwrap
from pathlib import Path

import pytest

from tests.support.applications import SKIPS_OWN_SIGNALS
from tests.support.cli import SignalCli
from tests.support.environments import make_environment

# The command line.

PARSES = """
    import argparse
    import sys

    from blinker import signal

    parser = argparse.ArgumentParser()
    parser.add_argument("--port", default="8083")
    options = parser.parse_args()
    ready = signal("ready", f"Arguments after the program: {sys.argv[1:]}")
"""


@SKIPS_OWN_SIGNALS
@pytest.mark.parametrize("option", ["--app=shop", "--app=shop.py"])
def test_an_application_that_parses_its_command_line_finds_no_arguments(
    signalcli: SignalCli, option: str
) -> None:
    write(signalcli.directory / "shop.py", PARSES)

    listed = signalcli.ok(option, "list", "--json").json["signals"]

    assert [one["doc"] for one in listed] == ["Arguments after the program: []"]


# Warnings.

OLD = """
    import warnings

    from blinker import NamedSignal

    warnings.warn("old is deprecated", DeprecationWarning, stacklevel=2)


    class OldSignal(NamedSignal):
        def __init_subclass__(cls):
            warnings.warn("this class is deprecated", DeprecationWarning, stacklevel=2)
            super().__init_subclass__()

        def connect(self, *arguments, **options):
            warnings.warn("connect is deprecated", DeprecationWarning, stacklevel=2)
            return super().connect(*arguments, **options)

        def send(self, *arguments, **payload):
            warnings.warn("send is deprecated", DeprecationWarning, stacklevel=2)
            return super().send(*arguments, **payload)
"""
SHOP = """
    import warnings

    from blinker import signal

    import old


    class OrderSignal(old.OldSignal):
        pass


    def warn(sender):
        warnings.warn("who sent this?", DeprecationWarning, stacklevel=3)


    ordered, paid = OrderSignal("ordered"), signal("paid")
    ordered.connect(warn)
    paid.connect(warn)
    ordered.send()
    paid.send()
"""
WARNED = re.compile(r"^.*Warning: .*", re.MULTILINE)


@pytest.mark.parametrize(
    ("filters", "count"),
    [("", 5), ("always", 6), ("default::DeprecationWarning:__main__", 5), ("ignore", 0)],
)
def test_the_warnings_of_a_program_point_where_they_do_without_us(
    signalcli: SignalCli, filters: str, count: int
) -> None:
    write(signalcli.directory / "old.py", OLD)
    write(signalcli.directory / "shop.py", SHOP)
    environment = {"PYTHONWARNINGS": filters}

    traced = signalcli("trace", "run", "shop.py", environment=environment)

    plain = signalcli.python("shop.py", environment=environment)
    assert WARNED.findall(traced.stderr) == WARNED.findall(plain.stderr)
    assert len(WARNED.findall(plain.stderr)) == count


@pytest.mark.parametrize("command", ["list", "doctor"])
def test_the_warnings_of_an_application_point_where_they_do_without_us(
    signalcli: SignalCli, command: str
) -> None:
    write(signalcli.directory / "old.py", OLD)
    write(signalcli.directory / "shop.py", SHOP)
    environment = {"PYTHONWARNINGS": "always"}

    imported = signalcli("--app", "shop", command, environment=environment)

    plain = signalcli.python("-c", "import shop", environment=environment)
    assert WARNED.findall(imported.stderr) == WARNED.findall(plain.stderr)
    assert len(WARNED.findall(plain.stderr)) == 6


# Patches.

PATCHED = """
    import {library}
    {patch}

    from blinker import signal
    from flask import Flask

    app = Flask("shop")
    saved = signal("saved")


    @saved.connect
    def index(sender):
        return "indexed"


    @app.get("/")
    def save():
        saved.send(app)
        return "ok"


    if __name__ == "__main__":
        app.test_client().get("/")
"""
LIBRARIES = {
    "gevent": "import gevent.monkey; gevent.monkey.patch_all()",
    "eventlet": "eventlet.monkey_patch()",
}


@pytest.fixture(scope="module", params=LIBRARIES)
def patched(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The directory of an application that is patched when it is imported, with its environment."""
    directory = tmp_path_factory.mktemp("patched")
    library = request.param
    write(directory / "shop.py", PATCHED.format(library=library, patch=LIBRARIES[library]))
    make_environment(directory / ".venv", library, "flask")
    return directory


@pytest.mark.slow
class TestPatched:
    """An application that gevent or eventlet patches."""

    def test_its_signals_are_listed(self, signalcli: SignalCli, patched: Path) -> None:
        listed = signalcli.ok(*app_of(patched), "list", "--json").json["signals"]

        assert next(one for one in listed if one["signal"] == "saved")["receivers"] == 1

    def test_a_request_is_traced(self, signalcli: SignalCli, patched: Path) -> None:
        traced = signalcli.ok(*app_of(patched), "trace", "request", "GET", "/", "--json").json

        assert traced["status"] == 200
        assert calls(traced) == [[("shop.index", "returned", "indexed")]]

    def test_its_run_is_traced(self, signalcli: SignalCli, patched: Path) -> None:
        traced = signalcli.ok("trace", "run", "--json", str(patched / "shop.py")).json

        assert calls(traced) == [[("__main__.index", "returned", "indexed")]]


def app_of(directory: Path) -> tuple[str, str]:
    """The option for the application of a directory, which is run in its ``.venv``."""
    return "--app", f"{directory / 'shop.py'}:app"


def calls(traced: dict[str, list[dict[str, object]]]) -> list[object]:
    """Of each send of saved: each receiver, what became of it, and its value."""
    return [
        [(call["receiver"], call["outcome"], call["value"]) for call in event["calls"]]  # type: ignore[attr-defined]
        for event in traced["events"]
        if event["signal"] == "saved"
    ]


def write(file: Path, text: str) -> None:
    file.write_text(textwrap.dedent(text), encoding="utf-8")


TRACEBACKS = """\
import logging, traceback
from blinker import signal
from flask import Flask

app = Flask("shop")
king = signal("king")

@king.connect
def fails(sender):
    try:
        signal("inner").send("x")
    except ValueError as error:
        raise RuntimeError("outer") from error

@signal("inner").connect
def fails_too(sender):
    raise ValueError("inner")

@app.get("/")
def index():
    king.send("view")

def main():
    try:
        king.send("main")
    except RuntimeError:
        traceback.print_exc()
        logging.exception("logged")

main()
"""


def test_tracebacks_that_it_prints_have_no_frames_of_ours(signalcli: SignalCli) -> None:
    signalcli.write("shop.py", TRACEBACKS)
    plain = signalcli.python("shop.py")

    traced = signalcli("trace", "run", "-q", "shop.py")
    requested = signalcli("--app", "shop", "trace", "/")

    assert traced.stderr == plain.stderr.replace('"shop.py"', f'"{signalcli.directory}/shop.py"')
    assert requested.stderr.count("Traceback (most recent call last)") == 6
    assert "<signalcli" not in requested.stderr

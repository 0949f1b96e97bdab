"""Which folder imports which, which modules a command loads, and how large folders and functions are."""

from __future__ import annotations

import ast
import json
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.cli import COVERAGE, SignalCli, finished

PACKAGE = Path(__file__).parent.parent / "signalcli"

MAY_IMPORT = {
    "language": "",
    "errors": "language",
    "text": "errors language",
    "streams": "text errors language",
    "files": "text errors language",
    "values": "text errors language",
    "signals": "values text language",
    "receivers": "signals values streams files text errors language",
    "sending": "signals values streams text errors language",
    "relay": "sending signals values files text errors language",
    "tracing": "sending signals values streams files text errors language",
    "session": "receivers values files text errors language",
    "playground": "receivers sending tracing signals values streams text errors language",
    "apps": "tracing sending receivers signals values streams files text errors language",
    "history": "playground session values text errors language",
    "flask_demo": "apps tracing signals values text errors language",
    "doctor": "apps history session tracing sending signals values files text errors language",
    "why": "doctor apps session sending signals values text errors language",
    "export": "tracing history playground receivers streams values text errors language",
    "tour": "flask_demo sending values files text errors language",
    "pages": "tracing values text language",
    "render": "pages flask_demo history session tour values text language",
    "live": "render history session values text errors language",
    "testing": "doctor apps tracing signals values files text errors language",
}
"""The folders and files that each may import beside itself. ``cli`` and ``__main__`` may import all."""

HEAVY = {
    "asyncio",
    "nats",
    "ssl",
    "pathlib",
    "shutil",
    "dataclasses",
    "importlib.metadata",
    "flask",
    "difflib",
}
"""What no command in a hurry needs, though some need it in the end."""


def modules() -> Iterator[tuple[str, ast.Module]]:
    """Every module of the package, by its name within it."""
    for path in sorted(PACKAGE.rglob("*.py")):
        name = ".".join(path.relative_to(PACKAGE).with_suffix("").parts).removesuffix(".__init__")
        yield name, ast.parse(path.read_text(encoding="utf-8"))


def imported(tree: ast.Module) -> set[str]:
    """The modules that a module imports, at the top or within a function."""
    found = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "imports are absolute"
            found.add(node.module or "")
    return found


def folder(name: str) -> str:
    """Return the folder, or the file at the top, that a module is in."""
    return name.split(".")[0]


MODULES = dict(modules())


@pytest.mark.parametrize("name", MODULES)
def test_imports_follow_the_table_of_directions(name: str) -> None:
    home = folder(name)
    if home in ("__init__", "__main__", "cli"):
        return

    found = {
        folder(module.partition(".")[2])
        for module in imported(MODULES[name])
        if module.startswith("signalcli.")
    }

    assert found - {home} <= set(MAY_IMPORT[home].split())


def test_the_table_of_directions_has_no_circle() -> None:
    reached: set[str] = set()

    for home, allowed in MAY_IMPORT.items():
        assert set(allowed.split()) <= reached, f"{home} imports what comes after it"
        reached.add(home)


@pytest.mark.parametrize(
    ("library", "home"),
    [
        ("click", "cli"),
        ("rich", "render"),
        ("nats", "relay"),
        ("prompt_toolkit", "cli"),
        ("textual", "live"),
    ],
)
def test_a_library_is_imported_in_one_place(library: str, home: str) -> None:
    importers = {
        name.split(".")[0]
        for name, tree in modules()
        if any(module.split(".")[0] == library for module in imported(tree))
    }

    assert importers == {home}


def test_the_table_of_directions_names_every_folder() -> None:
    homes = {folder(name) for name in MODULES} - {"__init__", "__main__", "cli"}

    assert homes == set(MAY_IMPORT)


def test_no_folder_has_more_than_a_dozen_files() -> None:
    folders = {path for path in PACKAGE.rglob("*") if path.is_dir() and path.name[0] not in "_."}
    crowded = {
        str(path.relative_to(PACKAGE)): len(list(path.glob("*.py")))
        for path in folders - {PACKAGE / "cli" / "commands"}
        if len(list(path.glob("*.py"))) > 12
    }

    assert crowded == {}
    assert len([path for path in PACKAGE.iterdir() if path.is_file()]) <= 8


@pytest.mark.parametrize("name", MODULES)
def test_no_function_has_more_than_50_lines(name: str) -> None:
    functions = ast.FunctionDef, ast.AsyncFunctionDef
    found = [node for node in ast.walk(MODULES[name]) if isinstance(node, functions)]

    assert [one.name for one in found if (one.end_lineno or 0) - one.lineno >= 50] == []


def test_the_first_file_of_a_folder_is_one_sentence() -> None:
    for path in set(PACKAGE.rglob("__init__.py")) - {PACKAGE / "relay" / "__init__.py"}:
        tree = ast.parse(path.read_text(encoding="utf-8"))
        sentence = ast.get_docstring(tree) or ""

        assert len(tree.body) == 1, path
        assert sentence.endswith(".") and "\n\n" not in sentence, path


LOADED = """
import json, sys
from signalcli.cli.main import main
try:
    main()
except SystemExit:
    sys.stderr.write(json.dumps(sorted(sys.modules)))
"""


def loaded(signalcli: SignalCli, *arguments: str) -> set[str]:
    """The modules that a command has loaded when it ends, in a fresh process."""
    variables = signalcli.environment.items()
    environment = {key: value for key, value in variables if key not in COVERAGE}
    command = [sys.executable, "-c", LOADED, *arguments]
    completed = finished(command, cwd=signalcli.directory, env=environment)
    assert completed.status == 0, completed.stderr
    return set(json.loads(completed.stderr.splitlines()[-1]))


OURS = {
    "send": """
        signalcli signalcli.cli signalcli.cli.command signalcli.cli.commands
        signalcli.cli.commands.send signalcli.cli.invocation signalcli.cli.main
        signalcli.cli.output signalcli.cli.parsing signalcli.cli.parsing.senders_and_payload
        signalcli.cli.parsing.options signalcli.cli.parsing.types signalcli.cli.parsing.via
        signalcli.cli.root
        signalcli.cli.session_access
        signalcli.errors signalcli.files signalcli.history signalcli.history.record
        signalcli.language signalcli.language.phrases
        signalcli.playground signalcli.playground.live_session signalcli.playground.playground
        signalcli.receivers signalcli.receivers.demos signalcli.receivers.registry
        signalcli.sending signalcli.sending.deliver signalcli.sending.rows
        signalcli.sending.reasons signalcli.session signalcli.session.document
        signalcli.session.file signalcli.session.journal signalcli.signals
        signalcli.signals.dry_run signalcli.signals.receivers signalcli.signals.internals
        signalcli.signals.reflection signalcli.signals.send signalcli.signals.snapshot
        signalcli.signals.tracebacks signalcli.streams signalcli.text signalcli.values
        signalcli.values.delivery signalcli.values.result signalcli.values.session signalcli.values.signal_name
    """,
    "list of an application": """
        signalcli signalcli.apps signalcli.apps.client
        signalcli.apps.hosting signalcli.apps.hosting.app_interface
        signalcli.apps.hosting.app_options signalcli.apps.hosting.codec
        signalcli.apps.hosting.faults signalcli.apps.hosting.start
        signalcli.apps.importing signalcli.apps.importing.target
        signalcli.apps.interpreter signalcli.apps.process signalcli.cli
        signalcli.cli.app_access signalcli.cli.app_source signalcli.cli.command
        signalcli.cli.commands signalcli.cli.commands.list signalcli.cli.invocation
        signalcli.cli.main signalcli.cli.output signalcli.cli.parsing
        signalcli.cli.parsing.option_values signalcli.cli.parsing.types
        signalcli.cli.root signalcli.errors signalcli.language
        signalcli.language.phrases signalcli.sending signalcli.sending.interfaces
        signalcli.signals signalcli.signals.reflection signalcli.signals.tracebacks
        signalcli.streams signalcli.text signalcli.tracing signalcli.tracing.look_alikes
        signalcli.tracing.updates signalcli.values signalcli.values.change
        signalcli.values.delivery signalcli.values.inspection signalcli.values.result
        signalcli.values.signal_name signalcli.values.trace
    """,
    "help": """
        signalcli signalcli.cli signalcli.cli.command signalcli.cli.invocation
        signalcli.cli.main signalcli.cli.output signalcli.cli.root signalcli.errors
        signalcli.language signalcli.language.phrases signalcli.text
    """,
    "table": "signalcli.render signalcli.render.delivery signalcli.render.draw signalcli.render.parts",
}


def ours(names: set[str]) -> set[str]:
    return {name for name in names if name.split(".")[0] == "signalcli"}


def third_party(names: set[str]) -> set[str]:
    return {name for name in names if name in ("blinker", "click", "filelock", "rich")}


def test_help_loads_no_command_and_no_blinker(signalcli: SignalCli) -> None:
    names = loaded(signalcli, "--help")

    assert ours(names) == set(OURS["help"].split())
    assert third_party(names) == {"click"}
    assert names & HEAVY <= {"shutil"}, "and that one only with Click 8.1, whose formatter needs it"


def test_send_as_json_loads_no_rich_and_no_lock(signalcli: SignalCli) -> None:
    signalcli.ok("connect", "king", "animal")

    names = loaded(signalcli, "send", "king", "大象", "--json")

    assert ours(names) == set(OURS["send"].split())
    assert third_party(names) == {"blinker", "click"}
    assert names & HEAVY == set()


def test_send_as_a_table_loads_rich_and_what_draws_a_delivery(signalcli: SignalCli) -> None:
    signalcli.ok("connect", "king", "animal")

    names = loaded(signalcli, "send", "king", "大象")

    assert ours(names) == set(f"{OURS['send']} {OURS['table']}".split())
    assert third_party(names) == {"blinker", "click", "rich"}


def test_list_of_an_application_leaves_blinker_to_its_process(signalcli: SignalCli) -> None:
    signalcli.write("shop.py", "from blinker import signal\n\nking = signal('king')\n")

    names = loaded(signalcli, "--app", "shop.py", "list", "--json")

    assert ours(names) == set(OURS["list of an application"].split())
    assert third_party(names) == {"click"}
    assert names & HEAVY == set()


def test_only_the_shell_on_a_terminal_loads_what_edits_lines() -> None:
    importers = {
        name
        for name, tree in modules()
        if any(module.split(".")[0] == "prompt_toolkit" for module in imported(tree))
    }

    assert importers == {"cli.shell.prompt"}


def test_a_script_loads_neither_what_edits_lines_nor_rich(signalcli: SignalCli) -> None:
    names = loaded(signalcli, "shell")

    assert names & {"prompt_toolkit", "asyncio", "rich"} == set()


def test_only_live_loads_textual(signalcli: SignalCli) -> None:
    importers = {
        name
        for name, tree in modules()
        if any(module.split(".")[0] == "textual" for module in imported(tree))
    }
    at_once = {"live.screen", "live.views"}
    loading = {
        name
        for name, tree in modules()
        if imported(tree) & {f"signalcli.{module}" for module in at_once}
    }

    assert importers == at_once
    assert loading == {"live.screen", "cli.commands.live"}
    for command in (["connect", "king", "animal"], ["send", "king"], ["list"], ["live", "--help"]):
        assert "textual" not in loaded(signalcli, *command)


def test_connect_loads_the_lock_and_no_rich(signalcli: SignalCli) -> None:
    names = loaded(signalcli, "connect", "king", "animal")

    assert third_party(names) == {"blinker", "click", "filelock"}


def test_a_relay_loads_nats_when_it_starts(signalcli: SignalCli) -> None:
    code = """
import json, sys
from blinker import signal
from signalcli.relay import Relay
relay = Relay("nats://127.0.0.1:4222", name="shop")
relay.publish(signal("king"))
relay.receive(signal("king"))
signal("king").send("a", n=1)
print(json.dumps(sorted({"nats", "asyncio", "ssl", "click", "rich"} & set(sys.modules))))
"""
    variables = signalcli.environment.items()
    environment = {key: value for key, value in variables if key not in COVERAGE}
    completed = finished([sys.executable, "-c", code], cwd=signalcli.directory, env=environment)

    assert completed.stdout == "[]\n", completed.stderr

"""Who imports whom, and what a command loads: the first keeps the house in order, the second fast."""

from __future__ import annotations

import ast
import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conftest import SignalCli

PACKAGE = Path(__file__).parent.parent / "signalcli"

LAYERS = (
    {"errors"},
    {"text", "files", "interpreter", "reflection"},
    {
        "model",
        "run",
        "changes",
        "declared",
        "views",
        "names",
        "functions",
        "journal",
        "imports",
        "roster",
        "timeline",
    },
    {
        "arguments",
        "capture",
        "bookkeeping",
        "sending",
        "demos",
        "trust",
        "records",
        "classes",
        "known",
    },
    {"asking", "reasons", "own", "messages", "past", "loading", "offered", "traces"},
    {"document", "receivers", "rollcall"},
    {
        "observe",
        "delivery",
        "forecast",
        "snapshot",
        "catalogue",
        "graph",
        "roll",
        "underway",
        "tracing",
    },
    {"around", "counting", "live", "session"},
    {"many", "dropping", "history", "connecting"},
    {"playground", "replay"},
    {"apps", "export", "lessons", "web"},
    {"doctor", "tour"},
    {"render"},
    {"cli"},
    {"flask_signals"},
)
"""A module imports from its own layer and from those before it. ``__main__`` stands above."""

HEAVY = {"asyncio", "pathlib", "shutil", "dataclasses", "importlib.metadata", "flask", "difflib"}
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


def layer(name: str) -> int:
    """The number of the layer that a module of the package stands in."""
    top = name.split(".")[0]
    return next(number for number, names in enumerate(LAYERS) if top in names)


MODULES = dict(modules())


@pytest.mark.parametrize("name", MODULES)
def test_imports_point_one_way(name: str) -> None:
    tree = MODULES[name]
    if name in ("__init__", "__main__"):
        return

    against = {
        module
        for module in imported(tree)
        if module.startswith("signalcli.") and layer(module.partition(".")[2]) > layer(name)
    }

    assert against == set()


@pytest.mark.parametrize(
    ("library", "homes"), [("click", {"cli", "flask_signals"}), ("rich", {"render"})]
)
def test_a_library_of_the_screen_is_imported_in_one_place(library: str, homes: set[str]) -> None:
    importers = {
        name.split(".")[0]
        for name, tree in modules()
        if any(module.split(".")[0] == library for module in imported(tree))
    }

    assert importers == homes


def test_every_module_stands_in_a_layer() -> None:
    tops = {name.split(".")[0] for name, _ in modules()} - {"__init__", "__main__"}

    assert tops == set().union(*LAYERS)


def loaded(signalcli: SignalCli, *arguments: str) -> set[str]:
    """The modules that a command has loaded when it ends, in a fresh process."""
    script = (
        "import json, sys\n"
        "from signalcli.cli import main\n"
        "try:\n"
        "    main()\n"
        "except SystemExit:\n"
        "    sys.stderr.write(json.dumps(sorted(sys.modules)))\n"
    )
    completed = subprocess.run(
        [sys.executable, "-c", script, *arguments],
        check=True,
        capture_output=True,
        text=True,
        cwd=signalcli.directory,
        env=signalcli.environment,
    )
    return set(json.loads(completed.stderr.splitlines()[-1]))


OURS = {
    "send": """
        signalcli signalcli.cli.parsing.senders_and_payload signalcli.signals.dry_run signalcli.signals.internals signalcli.streams
        signalcli.cli
        signalcli.cli.command signalcli.cli.commands signalcli.cli.commands.send
        signalcli.cli.invocation signalcli.cli.options signalcli.cli.output signalcli.cli.root
        signalcli.cli.parsing.types signalcli.sending.deliver signalcli.receivers.demos signalcli.session.document signalcli.errors
        signalcli.files signalcli.signals.functions signalcli.session.journal signalcli.playground.live_session signalcli.values.delivery
        signalcli.values.signal_name signalcli.playground.playground signalcli.sending.reasons signalcli.receivers.registry
        signalcli.history.record signalcli.signals.reflection signalcli.rollcall signalcli.signals.send
        signalcli.session.file signalcli.signals.snapshot signalcli.text
    """,
    "help": """
        signalcli signalcli.cli signalcli.cli.command signalcli.cli.invocation signalcli.cli.output
        signalcli.cli.root signalcli.errors signalcli.text
    """,
    "table": "signalcli.render signalcli.render.delivery signalcli.render.parts",
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


def test_connect_loads_the_lock_and_no_rich(signalcli: SignalCli) -> None:
    names = loaded(signalcli, "connect", "king", "animal")

    assert third_party(names) == {"blinker", "click", "filelock"}

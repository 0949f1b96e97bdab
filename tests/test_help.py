"""Every command's help: it ends in examples that run, and is told alike in every place."""

from __future__ import annotations

import json
import re
import shlex
import subprocess
from collections.abc import Iterator
from pathlib import Path
from urllib.request import urlopen

import click
import pytest

from signalcli.cli.command import Command, Group
from signalcli.cli.root import COMMANDS, root
from tests.conftest import Result, SignalCli

README = Path(__file__).parent.parent / "README.md"


def every_command(
    group: Group = root, path: str = "signalcli"
) -> Iterator[tuple[str, Command | Group]]:
    """All commands and groups below a group, each with how it is typed."""
    context = click.Context(group)
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        assert isinstance(command, Command | Group)
        yield f"{path} {name}", command
        if isinstance(command, Group):
            yield from every_command(command, f"{path} {name}")


EVERY: dict[str, Command | Group] = {"signalcli": root, **dict(every_command())}
EXAMPLES = dict.fromkeys(example for command in EVERY.values() for example in command.examples)

every = pytest.mark.parametrize("path", EVERY)


@every
def test_help_ends_in_an_example_of_the_command(path: str) -> None:
    command = EVERY[path]

    shown = command.get_help(click.Context(command)).splitlines()

    end = [line.strip() for line in shown[-len(command.examples) :]]
    assert end == list(command.examples) != []
    assert [example for example in command.examples if not example.startswith(path)] == []


@every
def test_help_starts_with_one_sentence(path: str) -> None:
    help_text = EVERY[path].help or ""

    assert re.fullmatch(r"[A-Z][^.]*[^.\s]\.", help_text.split("\n\n")[0].replace("\n", " "))


KING = {
    "muted": True,
    "receivers": {"animal": "weak"},
    "any": ["animal"],
    "buckets": [{"receivers": ["animal"], "senders": ["大象"]}],
}


SHOP = """\
import flask

app = flask.Flask("shop")

@app.get("/login")
def login():
    return "in"
"""
OWN = {"bugle": {"returns": 1}}
TO_REMOVE = "signalcli receivers remove herald"
"""An example that needs what an example of ``receivers add`` makes."""


@pytest.fixture
def prepared(signalcli: SignalCli) -> SignalCli:
    """A session in which every example means something."""
    signalcli.session_path.parent.mkdir(parents=True)
    for name, signals in (("default", {"king": KING}), ("backup", {})):
        document = {"version": 1, "signals": signals, "receivers": OWN}
        signalcli.session_path.with_stem(name).write_text(json.dumps(document))
    (signalcli.directory / "map.txt").write_text("花果山", encoding="utf-8")
    (signalcli.directory / "senders.txt").write_text("大象\n狮子\n", encoding="utf-8")
    shop = signalcli.directory / "shop"
    shop.mkdir()
    (shop / "__init__.py").write_text(SHOP, encoding="utf-8")
    (signalcli.directory / "tidy.py").write_text("import blinker\n", encoding="utf-8")
    (shop / "handlers.py").write_text("def on_king(sender, **payload): ...\n", encoding="utf-8")
    signalcli.ok("send", "king")
    exported = signalcli.ok("export", "--format", "json").stdout
    (signalcli.directory / "king.json").write_text(exported, encoding="utf-8")
    return signalcli


@pytest.mark.parametrize("example", EXAMPLES)
def test_an_example_runs(prepared: SignalCli, example: str) -> None:
    """What a redirection would write to is left alone."""
    program, *arguments = shlex.split(re.split(" >", example)[0])
    if "watch" in arguments:
        check_that_it_watches(prepared, arguments)
        return
    if "serve" in arguments:
        check_that_it_serves(prepared, arguments)
        return
    if example == TO_REMOVE:
        prepared.ok("receivers", "add", "herald")

    result = prepared(*arguments)

    assert (program, result.status) == ("signalcli", 0)


def check_that_it_watches(signalcli: SignalCli, arguments: list[str]) -> None:
    """A watch goes on until something is sent, and shows that."""
    watching = signalcli.start(*arguments, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    try:
        assert watching.stdout is not None
        assert watching.stderr is not None
        assert watching.stderr.readline().startswith(b"Watching ")
        signalcli.ok("send", "king", "大鹏")
        assert "大鹏" in watching.stdout.readline().decode() + watching.stdout.readline().decode()
    finally:
        watching.kill()
        watching.communicate()


def check_that_it_serves(signalcli: SignalCli, arguments: list[str]) -> None:
    """A server goes on, at a port that is free here, until it is stopped."""
    command = [*arguments, "--port", "0"]
    serving = signalcli.start(*command, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    try:
        assert serving.stdout is not None
        assert serving.stderr is not None
        url = re.search(r"http://\S+", serving.stderr.readline().decode())
        assert url is not None
        with urlopen(f"{url[0]}hello", timeout=30) as answer:
            assert answer.read() == b"hello blinker"
        assert "GET /hello → 200 OK" in serving.stdout.readline().decode()
    finally:
        serving.kill()
        serving.communicate()


@pytest.mark.parametrize("line", ["", "-h", "--help", "session", "session --help", "send -h"])
def test_help_is_data(signalcli: SignalCli, line: str) -> None:
    path = ["signalcli", *[word for word in line.split() if not word.startswith("-")]]

    result = signalcli(*line.split())

    assert (result.status, result.stderr) == (0, "")
    assert result.stdout.startswith(f"Usage: {' '.join(path)} [OPTIONS]")
    assert not signalcli.session_path.exists()


def test_the_list_of_commands_says_what_each_says_of_itself() -> None:
    """It is kept apart from them, so that ``signalcli --help`` imports none."""
    table = {name: text for section in COMMANDS.values() for name, text in section.items()}

    own = {
        path.removeprefix("signalcli "): command.get_short_help_str(limit=1000)
        for path, command in EVERY.items()
        if path.count(" ") == 1
    }
    assert table == own


@every
def test_a_command_is_in_the_readme(path: str) -> None:
    """A subcommand may stand in the line of its group."""
    program, *words = path.split()
    pattern = " ".join([program, *words[:1]]) + "".join(rf"\b.*\b{word}" for word in words[1:])

    assert re.search(rf"{pattern}\b", README.read_text(encoding="utf-8"))


def test_the_version_is_that_of_the_package(signalcli: SignalCli) -> None:
    from importlib.metadata import version

    result = signalcli("--version")

    assert result == Result(0, f"signalcli {version('signalcli')}\n", "")

"""The line below what is typed in the shell."""

from __future__ import annotations

from pathlib import Path

import pytest

from signalcli.cli.shell.advice import advice
from signalcli.cli.shell.candidates import candidates
from tests.support.cli import SessionWith
from tests.support.reference import every_command

COMMANDS = [path.removeprefix("signalcli ") for path, _ in every_command()]


@pytest.mark.parametrize("command", COMMANDS)
def test_a_command_without_arguments_has_its_usage_below(command: str, tmp_path: Path) -> None:
    assert advice(["--session", str(tmp_path / "session.json")], f"{command} ").startswith(command)


def test_advice_suggests_commands_for_the_session_of_the_line(tmp_path: Path) -> None:
    options = ["--session", str(tmp_path / "session.json")]
    other = str(tmp_path / "other.json")

    assert advice(options, "connect king anmal ").endswith(f"{options[1]} receivers")
    assert advice(options, f"connect king anmal --session {other} ").endswith(f"{other} receivers")


@pytest.mark.parametrize(("typed", "word"), [("cl", "clear"), ("ex", "exit")])
def test_words_that_only_the_shell_has_are_completed(typed: str, word: str) -> None:
    items, _ = candidates([], typed)

    assert word in [item.value for item in items]


def test_a_name_with_a_space_is_completed_with_quotes(session_with: SessionWith) -> None:
    signalcli = session_with("define 'my sig'")

    items, replaced = candidates(["--session", str(signalcli.session_path)], "inspect my")

    assert ([item.value for item in items], replaced) == (["'my sig'"], "my")

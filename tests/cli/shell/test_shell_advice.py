"""The line below what is typed in the shell."""

from __future__ import annotations

from pathlib import Path

import pytest

from signalcli.cli.shell.advice import advice
from tests.support.reference import every_command

COMMANDS = [path.removeprefix("signalcli ") for path, _ in every_command()]


@pytest.mark.parametrize("command", COMMANDS)
def test_a_command_without_arguments_has_its_usage_below(command: str, tmp_path: Path) -> None:
    assert advice(["--session", str(tmp_path / "session.json")], f"{command} ").startswith(command)

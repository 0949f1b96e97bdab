"""Completion in the shell: the script to add, and what it offers."""

from __future__ import annotations

import shlex
import shutil
import subprocess

import pytest

from signalcli.receivers.demos import CATALOGUE
from tests.conftest import SignalCli
from tests.support.scenario import prepare

VARIABLE = "_SIGNALCLI_COMPLETE"


@pytest.fixture(scope="module")
def kingdom(tmp_path_factory: pytest.TempPathFactory) -> SignalCli:
    """Sessions with something to complete to. No completion changes them."""
    signalcli = SignalCli(tmp_path_factory.mktemp("kingdom"))
    prepare(
        signalcli,
        "connect king animal --sender 大象 --sender :=1 --sender a=b --sender '狮子 王' --sender '$(touch pwned)' --sender '*'",
        "connect zoo/king echo --sender 大鹏",
        "receivers add herald",
        "connect zoo/king herald",
        "connect moon echo --session monkey",
    )
    signalcli.ok("define", "\x1b[2J")
    return signalcli


def completed(signalcli: SignalCli, typed: str, **environment: str) -> list[str]:
    """What bash would offer for the word at the end of a line."""
    words = shlex.split(typed)
    position = len(words) if typed.endswith(" ") else len(words) - 1
    result = signalcli(
        environment={
            VARIABLE: "bash_complete",
            "COMP_WORDS": typed,
            "COMP_CWORD": str(position),
            **environment,
        }
    )
    assert result.stderr == ""
    return [line.removeprefix("plain,") for line in result.stdout.splitlines() if line]


@pytest.mark.parametrize(
    ("typed", "offered"),
    [
        ("signalcli dis", ["disconnect"]),
        ("signalcli session ", ["copy", "delete", "list", "path"]),
        ("signalcli send ", ["king", "zoo/king"]),
        ("signalcli inspect z", ["zoo/king"]),
        ("signalcli connect king ", [*CATALOGUE, "herald"]),
        ("signalcli connect king animal_", ["animal_one", "animal_two"]),
        ("signalcli disconnect king ", ["animal"]),
        ("signalcli drop ", ["animal", "echo", "herald"]),
        ("signalcli connect king h", ["herald"]),
        ("signalcli receivers remove ", ["herald"]),
        ("signalcli receivers show an", ["animal", "animal_one", "animal_two"]),
        ("signalcli explain king ", ["大象", ":=1"]),
        ("signalcli send king --connected-to an", ["animal", "animal_one", "animal_two"]),
        ("signalcli send king ", ["大象", ":=1"]),
        ("signalcli send king --sender ", ["大象", ":=1", "a=b", "大鹏"]),
        ("signalcli send zoo/king ", ["大鹏"]),
        ("signalcli inspect king --sender 大", ["大象", "大鹏"]),
        ("signalcli --session m", ["monkey"]),
        ("signalcli session delete ", ["default", "monkey"]),
        ("signalcli --session monkey send ", ["moon"]),
        ("signalcli send --session monkey ", ["moon"]),
        ("signalcli --session no/such.json send ", []),
        ("signalcli completion ", ["bash", "zsh", "fish"]),
    ],
)
def test_what_may_be_typed_next_is_offered(
    kingdom: SignalCli, typed: str, offered: list[str]
) -> None:
    """Nothing that would act on the terminal or on the shell's line: it stands there as it is."""
    assert completed(kingdom, typed) == offered


def test_the_session_of_the_environment_is_completed(kingdom: SignalCli) -> None:
    offered = completed(kingdom, "signalcli send ", SIGNALCLI_SESSION="monkey")

    assert offered == ["moon"]


def test_a_session_that_can_not_be_read_completes_to_nothing(signalcli: SignalCli) -> None:
    (signalcli.directory / "broken.json").write_text("{")

    offered = completed(signalcli, "signalcli --session broken.json send ")

    assert offered == []


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_the_script_for_a_shell_is_printed(signalcli: SignalCli, shell: str) -> None:
    shown = signalcli.ok("completion", shell)
    document = signalcli.ok("completion", shell, "--json").json

    assert document == {"shell": shell, "script": shown.stdout}
    assert f"{VARIABLE}={shell}_complete" in shown.stdout


@pytest.mark.skipif(shutil.which("bash") is None, reason="needs bash")
def test_bash_takes_the_script(signalcli: SignalCli) -> None:
    script = signalcli.ok("completion", "bash").stdout

    registered = subprocess.run(
        ["bash", "-c", f"{script}\ncomplete -p signalcli"],
        check=True,
        capture_output=True,
        text=True,
    )

    assert registered.stdout.endswith(" -F _signalcli_completion signalcli\n")

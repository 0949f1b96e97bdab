"""Completion in the shell: the script to add, and what it offers."""

from __future__ import annotations

import shutil

import pytest

from signalcli.receivers.demos import DEMOS
from tests.support.cli import SessionWith, SignalCli
from tests.support.completion import offered

VARIABLE = "_SIGNALCLI_COMPLETE"


@pytest.fixture(scope="module")
def completable(shared_session: SessionWith) -> SignalCli:
    """Sessions with something to complete to."""
    return shared_session(
        "connect king animal --sender 大象 --sender :=1 --sender a=b --sender '狮子 王' --sender '$(touch pwned)' --sender '*'",
        "connect zoo/king echo --sender 大鹏; receivers add herald; connect zoo/king herald",
        "connect moon echo --session monkey; define '\x1b[2J'",
    )


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("signalcli dis", ["disconnect"]),
        ("signalcli session ", ["copy", "delete", "list", "new", "path", "rename", "use"]),
        ("signalcli help session ", ["copy", "delete", "list", "new", "path", "rename", "use"]),
        ("signalcli help learn ", []),
        ("signalcli help sess", ["sessions", "session"]),
        ("signalcli send ", ["king", "zoo/king"]),
        ("signalcli inspect z", ["zoo/king"]),
        ("signalcli connect king ", [*DEMOS, "herald"]),
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
def test_what_may_come_next_is_offered(
    completable: SignalCli, typed: str, expected: list[str]
) -> None:
    """A completion doesn't act on the terminal or on the shell's line: it is inserted as it is."""
    assert offered(completable, "bash", typed) == expected


def test_the_session_of_the_environment_is_completed(completable: SignalCli) -> None:
    assert offered(completable, "bash", "signalcli send ", SIGNALCLI_SESSION="monkey") == ["moon"]


def test_a_session_that_can_not_be_read_completes_to_nothing(signalcli: SignalCli) -> None:
    signalcli.write("broken.json", "{")

    assert offered(signalcli, "bash", "signalcli --session broken.json send ") == []


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_the_script_for_a_shell_is_printed(signalcli: SignalCli, shell: str) -> None:
    shown = signalcli.ok("completion", shell)

    assert signalcli.read(f"completion {shell}") == {"shell": shell, "script": shown.stdout}
    assert f"{VARIABLE}={shell}_complete" in shown.stdout


@pytest.mark.skipif(shutil.which("bash") is None, reason="needs bash")
def test_bash_takes_the_script(signalcli: SignalCli) -> None:
    script = signalcli.ok("completion", "bash").stdout

    registered = signalcli(command=["bash", "-c", f"{script}\ncomplete -p signalcli"])

    assert registered.status == 0
    assert registered.stdout.endswith(" -F _signalcli_completion signalcli\n")


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("", ["app", "broken:", "shop:"]),
        ("ap", ["app"]),
        ("sh", ["shop:"]),
        ("shop.", ["shop.models:"]),
        ("shop:", ["shop:saved"]),
        ("shop.models:", ["shop.models:Order", "shop.models:first", "shop.models:second"]),
        ("shop/models.py:O", ["shop/models.py:Order"]),
        ("broken:", []),
        ("missing:", []),
        ("missing.", []),
    ],
)
def test_sender_objects_are_read_from_source_code_and_nothing_runs(
    signalcli: SignalCli, typed: str, expected: list[str]
) -> None:
    models = "class Order: ...\nfirst, second = _private = 1, 2\nfirst.x = 3\n"
    signalcli.write("shop/__init__.py", "open('ran', 'w')\nsaved: int = 1\n")
    signalcli.write("shop/models.py", f"open('ran', 'w')\n{models}")
    signalcli.write("broken.py", "class (")
    option = "signalcli explain king --sender-object "

    assert offered(signalcli, "bash", f"{option}{typed}") == expected
    assert not (signalcli.directory / "ran").exists()

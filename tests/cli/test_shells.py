"""Completion as shells ask for it: their protocols, and a real bash with a person who presses Tab."""

from __future__ import annotations

import json
import os
import shlex
import shutil
from pathlib import Path

import pytest

from signalcli.receivers.demos import CATALOGUE
from tests.conftest import Result, SignalCli
from tests.support.terminal import Screen, terminal

SHELLS = ("bash", "zsh", "fish")
HOSTILE = ["k\x1b[2Jing", "k\nplain,evil", "k\rking", "k\tking", "k\u202eing", "k\x9b2J", "k\udcff"]
"""Names that would act on a terminal, or be several to a shell that reads line by line."""


@pytest.fixture(scope="module")
def kingdom(tmp_path_factory: pytest.TempPathFactory) -> SignalCli:
    """Sessions with something to complete to. No completion changes them."""
    signalcli = SignalCli(tmp_path_factory.mktemp("kingdom"))
    senders = ["大象", *HOSTILE]
    document = {
        "version": 1,
        "signals": {
            "king": {
                "receivers": {"animal": "weak", "echo": "weak"},
                "buckets": [{"receivers": ["animal"], "senders": [*senders, 7]}],
            },
            **{name: {} for name in HOSTILE},
        },
    }
    signalcli.ok("connect", "moon", "echo", "--session", "monkey")
    signalcli.session_path.write_text(json.dumps(document))
    for name in HOSTILE:
        shutil.copy(signalcli.session_path, in_sessions(signalcli, f"{name}.json"))
    return signalcli


def in_sessions(signalcli: SignalCli, name: str) -> str:
    """A file in the directory of sessions, with a name of any bytes."""
    directory = os.fsencode(signalcli.session_path.parent)
    return os.fsdecode(directory + b"/" + name.encode("utf-8", "surrogateescape"))


def ask(signalcli: SignalCli, shell: str, line: str) -> Result:
    """Ask what the word at the end of a line may become, as the script for a shell does."""
    words = line.split(" ")
    position = words[-1] if shell == "fish" else str(len(words) - 1)
    return signalcli(
        environment={
            "_SIGNALCLI_COMPLETE": f"{shell}_complete",
            "COMP_WORDS": line,
            "COMP_CWORD": position,
        }
    )


def offered(signalcli: SignalCli, shell: str, line: str) -> list[str]:
    """What a shell reads from the answer, which has to be silent otherwise."""
    answer = ask(signalcli, shell, line)
    assert (answer.status, answer.stderr) == (0, "")
    lines = answer.stdout.splitlines()
    if shell == "zsh":
        assert lines[0::3] == ["plain"] * (len(lines) // 3)
        return lines[1::3]
    return [line.removeprefix("plain,").split("\t")[0] for line in lines if line]


@pytest.mark.parametrize("shell", SHELLS)
@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("signalcli unm", ["unmute"]),
        ("signalcli session co", ["copy"]),
        ("signalcli send ", ["king"]),
        ("signalcli connect king a", ["animal", "animal_one", "animal_two"]),
        ("signalcli disconnect king a", ["animal"]),
        ("signalcli send king ", ["大象", ":=7"]),
        ("signalcli inspect king --sender 大", ["大象"]),
        ("signalcli --session ", ["default", "monkey"]),
        ("signalcli --session monkey send ", ["moon"]),
        ("signalcli send --session monkey ", ["moon"]),
    ],
)
def test_every_shell_is_offered_the_names_that_are_safe_to_print(
    kingdom: SignalCli, shell: str, line: str, expected: list[str]
) -> None:
    assert offered(kingdom, shell, line) == expected


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("signalcli send king 大", ["大象"]),
        ("signalcli send king slogan=", []),
        ("signalcli send king count:={ ", ["大象", ":=7"]),
        ("signalcli send kng ", ["大象", ":=7"]),
        ("signalcli send '' ", ["大象", ":=7"]),
        ("signalcli send king:receiver_connected ", ["大象", ":=7"]),
        ("signalcli send 'ki", ["king"]),
        ("signalcli send king --se", ["--sender", "--session"]),
        ("signalcli connect king animal --sender ", ["大象", ":=7"]),
        ("signalcli connect king animal --sender 大象 --sender ", ["大象", ":=7"]),
        ("signalcli connect king animal --sender :=0 --sender ", ["大象", ":=7"]),
        ("signalcli connect king animal --sender :={ --sender ", ["大象", ":=7"]),
        ("signalcli connect king nobody --sender ", ["大象", ":=7"]),
        ("signalcli connect new ", list(CATALOGUE)),
        ("signalcli session copy default ", ["default", "monkey"]),
        ("signalcli session path m", ["monkey"]),
        ("signalcli list --json ", []),
        ("signalcli --session '' send ", []),
        ("signalcli --help unm", ["unmute"]),
        ("signalcli --version unm", ["unmute"]),
    ],
)
def test_a_line_that_is_half_typed_or_wrong_is_no_error(
    kingdom: SignalCli, line: str, expected: list[str]
) -> None:
    """Whatever a command would say of it."""
    assert offered(kingdom, "bash", line) == expected


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("signalcli send ", ["king"]),
        ("signalcli send king ", ["elephant-1", ":=1"]),
        ("signalcli inspect king --sender ", ["elephant-1", "-x", "a=b", ":=1"]),
    ],
)
def test_a_name_is_offered_only_where_it_would_be_read_as_itself(
    signalcli: SignalCli, line: str, expected: list[str]
) -> None:
    """And not as an option, as payload, or, for the text ``:=2``, as the integer."""
    bucket = {"receivers": ["echo"], "senders": ["elephant-1", "-x", "a=b", ":=2", 1]}
    signals = {"king": {"receivers": {"echo": "weak"}, "buckets": [bucket]}, "--json": {}}
    signalcli.session_path.parent.mkdir(parents=True)
    signalcli.session_path.write_text(json.dumps({"version": 1, "signals": signals}))

    assert offered(signalcli, "bash", line) == expected


@pytest.mark.parametrize("shell", SHELLS)
@pytest.mark.parametrize(
    "content",
    [b"", b"{", b"\xff", b"[]", b'{"version": 99}', b'{"version": 1, "signals": {"": {}}}', None],
    ids=["empty", "cut", "binary", "array", "newer", "nameless", "directory"],
)
def test_a_broken_session_completes_to_nothing(
    signalcli: SignalCli, shell: str, content: bytes | None
) -> None:
    path = signalcli.directory / "broken.json"
    if content is None:
        path.mkdir()
    else:
        path.write_bytes(content)

    answer = ask(signalcli, shell, "signalcli --session broken.json send ")

    assert answer._replace(stdout=answer.stdout.strip()) == Result(0, "", "")


@pytest.mark.parametrize("line", ["signalcli send ", "signalcli --session "])
def test_a_place_for_sessions_that_is_no_directory_completes_to_nothing(
    signalcli: SignalCli, line: str
) -> None:
    place = signalcli.session_path.parent
    place.parent.mkdir(parents=True)
    place.touch()

    assert offered(signalcli, "bash", line) == []


@pytest.mark.parametrize("shell", SHELLS)
def test_the_script_is_printed_whether_or_not_its_shell_is_there(
    signalcli: SignalCli, shell: str
) -> None:
    here = signalcli.ok("completion", shell)

    elsewhere = signalcli("completion", shell, environment={"PATH": "/nowhere"})

    assert (elsewhere.status, elsewhere.stdout) == (0, here.stdout)
    assert "Traceback" not in elsewhere.stderr


# A real bash.

needs_bash = pytest.mark.skipif(shutil.which("bash") is None, reason="needs bash")


def press_keys_in_bash(signalcli: SignalCli, keys: str) -> Screen:
    """What a bash shows to a person who has added the completion script to it."""
    program = Path(signalcli.directory, "signalcli")
    program.write_text(f'#!/bin/sh\nexec {shlex.join(signalcli.command([]))} "$@"\n')
    program.chmod(0o755)
    script = signalcli.ok("completion", "bash").stdout
    Path(signalcli.directory, "bashrc").write_text(f"{script}\nPS1='ready> '\n")
    environment = {
        "PATH": f"{signalcli.directory}:{signalcli.environment['PATH']}",
        "HISTFILE": "/dev/null",
        "TERM": "dumb",
    }
    bash = ["bash", "--noprofile", "--rcfile", "bashrc", "-i"]
    with terminal(signalcli, bash, columns=200, environment=environment) as started:
        started.wait_for("ready> ")
        started.type(f"{keys}\nexit\n")
        return started.end()


@needs_bash
def test_tab_completes_each_word_of_a_line_in_bash(signalcli: SignalCli) -> None:
    signalcli.ok("connect", "king", "animal", "--sender", "大象", "--sender", "狮子")

    shown = press_keys_in_bash(signalcli, "signalcli disc\tki\tani\t--sende\t大\t-q")

    inspected = signalcli.ok("inspect", "king", "--json").json["receivers"][0]["connections"]
    assert inspected == [{"any": False, "sender": "狮子"}], shown


@needs_bash
@pytest.mark.parametrize(
    "name", ["$(touch pwned)", "`touch pwned`", "x;touch pwned", "x&touch pwned", "x\ntouch pwned"]
)
@pytest.mark.parametrize("line", ["signalcli send \t", "signalcli send king \t"])
def test_tab_puts_nothing_on_the_line_that_bash_would_run(
    signalcli: SignalCli, line: str, name: str
) -> None:
    """A session can come from somebody else."""
    state = {"receivers": {"echo": "weak"}, "buckets": [{"receivers": ["echo"], "senders": [name]}]}
    signals = {"king" if "king" in line else name: state}
    signalcli.session_path.parent.mkdir(parents=True)
    signalcli.session_path.write_text(json.dumps({"version": 1, "signals": signals}))

    shown = press_keys_in_bash(signalcli, line)

    assert "signalcli send" in shown.text
    assert not Path(signalcli.directory, "pwned").exists()

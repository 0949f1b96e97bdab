"""Completion as shells ask for it: their protocols, and Tab in real shells."""

from __future__ import annotations

import os
import shlex
import shutil
from pathlib import Path

import pytest

from signalcli.cli.root import COMMANDS
from signalcli.receivers.demos import DEMOS
from tests.support.cli import Result, SessionWith, SignalCli
from tests.support.completion import ask, offered
from tests.support.scenario import write_session
from tests.support.terminal import Screen, terminal

pytestmark = pytest.mark.slow

SHELLS = ("bash", "zsh", "fish")
HOSTILE = ["k\x1b[2Jing", "k\nplain,evil", "k\rking", "k\tking", "k\u202eing", "k\x9b2J", "k\udcff"]
"""Names that would act on a terminal, or be several to a shell that reads line by line."""


@pytest.fixture(scope="module")
def completable(tmp_path_factory: pytest.TempPathFactory) -> SignalCli:
    """Sessions with something to complete to. No completion changes them."""
    signalcli = SignalCli(tmp_path_factory.mktemp("completable"))
    bucket = {"receivers": ["animal"], "senders": ["大象", *HOSTILE, 7]}
    king = {"receivers": {"animal": "weak", "echo": "weak"}, "buckets": [bucket]}
    signalcli.ok("connect", "moon", "echo", "--session", "monkey")
    write_session(signalcli, {"king": king, **{name: {} for name in HOSTILE}})
    for name in HOSTILE:
        shutil.copy(signalcli.session_path, in_sessions(signalcli, f"{name}.json"))
    return signalcli


def in_sessions(signalcli: SignalCli, name: str) -> str:
    """A file in the directory of sessions, with a name of any bytes."""
    directory = os.fsencode(signalcli.session_path.parent)
    return os.fsdecode(directory + b"/" + name.encode("utf-8", "surrogateescape"))


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
    completable: SignalCli, shell: str, line: str, expected: list[str]
) -> None:
    assert offered(completable, shell, line) == expected


SENDERS = ["大象", ":=7"]


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("send king 大", ["大象"]),
        ("send king slogan=", []),
        ("send king 大象 大", []),
        ("send king slogan= 大象 ", []),
        ("send king --sender 狮子 大", []),
        ("send king count:={ ", SENDERS),
        ("send kng ", SENDERS),
        ("send '' ", SENDERS),
        ("send king:receiver_connected ", SENDERS),
        ("send 'ki", ["king"]),
        ("send king --ses", ["--session"]),
        ("send king --sender", ["--sender", "--sender-object"]),
        ("explain king --sender-object a", ["app"]),
        ("connect king animal --sender ", SENDERS),
        ("connect king animal --sender 大象 --sender ", SENDERS),
        ("connect king animal --sender :=0 --sender ", SENDERS),
        ("connect king animal --sender :={ --sender ", SENDERS),
        ("connect king nobody --sender ", SENDERS),
        ("connect new ", list(DEMOS)),
        ("session copy default ", ["default", "monkey"]),
        ("session path m", ["monkey"]),
        ("list --json ", ["king"]),
        ("--session '' send ", []),
        ("--app shop:app send ", []),
        ("--app shop:app history show ", ["last"]),
        ("--app shop:app inspect king --sender ", []),
        ("history ", ["show", "clear", "king"]),
        ("history show ", ["last"]),
        ("history show last ", []),
        ("replay ", ["last"]),
        ("send king:", ["king:receiver_connected", "king:receiver_disconnected"]),
        ("--help unm", ["unmute"]),
        ("--version unm", ["unmute"]),
    ],
)
def test_a_line_that_is_half_typed_or_wrong_is_no_error(
    completable: SignalCli, line: str, expected: list[str]
) -> None:
    """Whatever a command would say of it."""
    assert offered(completable, "bash", f"signalcli {line}") == expected


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
    """It isn't offered where it would be an option, payload or, for the text ``:=2``, the integer."""
    bucket = {"receivers": ["echo"], "senders": ["elephant-1", "-x", "a=b", ":=2", 1]}
    king = {"receivers": {"echo": "weak"}, "buckets": [bucket]}
    write_session(signalcli, {"king": king, "--json": {}})

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
def test_a_file_as_their_folder_completes_to_nothing(signalcli: SignalCli, line: str) -> None:
    place = signalcli.session_path.parent
    place.parent.mkdir(parents=True)
    place.touch()

    assert offered(signalcli, "bash", line) == []


@pytest.mark.parametrize("shell", SHELLS)
def test_the_script_is_printed_without_its_shell_too(signalcli: SignalCli, shell: str) -> None:
    here = signalcli.ok("completion", shell)

    elsewhere = signalcli("completion", shell, environment={"PATH": "/nowhere"})

    assert (elsewhere.status, elsewhere.stdout) == (0, here.stdout)
    assert "Traceback" not in elsewhere.stderr


# Real shells, in a new home, set up by the commands that the help documents.

CONFIGURATION = {
    "bash": (".bashrc", "PS1='ready> '\n"),
    "zsh": (".zshrc", "PS1='ready> '\n"),
    "fish": (".config/fish/config.fish", "function fish_prompt; echo 'ready> '; end\n"),
}
"""The file that each shell reads, and what makes its prompt one that a test can wait for."""


def needs(shell: str) -> pytest.MarkDecorator:
    """Skip a test where a shell isn't installed, except where CI has installed them all."""
    is_there = shutil.which(shell) is not None or "CI_HAS_SHELLS" in os.environ
    return pytest.mark.skipif(not is_there, reason=f"needs {shell}")


real_shells = pytest.mark.parametrize(
    "shell", [pytest.param(shell, marks=needs(shell)) for shell in SHELLS]
)


def press_keys(signalcli: SignalCli, shell: str, keys: str) -> Screen:
    """Type a line into a shell that was set up as documented, and return what it shows."""
    program = Path(signalcli.directory, "signalcli")
    program.write_text(f'#!/bin/sh\nexec {shlex.join(signalcli.command([]))} "$@"\n')
    program.chmod(0o755)
    path = f"{signalcli.directory}:{signalcli.environment['PATH']}"
    environment = {"PATH": path, "HISTFILE": "/dev/null", "TERM": "dumb"}
    name, prompt = CONFIGURATION[shell]
    file = signalcli.home / name
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(prompt)
    for line in documented(signalcli, shell):
        ran = signalcli(command=[shell, "-c", line], environment=environment)
        assert ran.status == 0, ran
    with terminal(
        signalcli, command=[shell, "-i"], columns=200, environment=environment
    ) as started:
        started.wait_for("ready> ")
        started.type(f"{keys}\n")
        started.type("exit\n")
        return started.end()


def documented(signalcli: SignalCli, shell: str) -> list[str]:
    """The commands of the help that set up a shell."""
    lines = map(str.strip, signalcli.ok("completion", "--help").stdout.splitlines())
    return [line for line in lines if line.startswith(("echo ", "mkdir ")) and shell in line]


def listened_to(signalcli: SignalCli) -> list[str]:
    """The senders that the first receiver of king listens to."""
    view = signalcli.read("inspect king")["receivers"][0]
    return [connection["sender"] for connection in view["connections"]]


@real_shells
@pytest.mark.parametrize(
    ("sender", "keys"),
    [
        ("大象", "signalcli disc\tki\tani\t--sende\t大\t-q"),
        (":=12345", "signalcli disconnect king animal --sender :=1\t -q"),
    ],
    ids=["each word", "a number"],
)
def test_tab_completes_the_words_of_a_line(
    session_with: SessionWith, shell: str, sender: str, keys: str
) -> None:
    signalcli = session_with(f"connect king animal --sender {sender} --sender 狮子")

    shown = press_keys(signalcli, shell, keys)

    assert listened_to(signalcli) == ["狮子"], shown


@real_shells
@pytest.mark.parametrize(
    ("keys", "signal"),
    [
        ("signalcli connect king:receiver_c\techo", "king:receiver_connected"),
        ("signalcli connect king:receiver_d\techo", "king:receiver_disconnected"),
        ("signalcli connect 'king:receiver_d\t echo", "king:receiver_disconnected"),
        ("signalcli connect zoo/ki\techo", "zoo/king"),
    ],
)
def test_tab_completes_a_word_with_a_colon(
    session_with: SessionWith, shell: str, keys: str, signal: str
) -> None:
    """A colon ends a word for readline; the rest of the name is completed all the same."""
    signalcli = session_with("define king; define zoo/king")

    shown = press_keys(signalcli, shell, keys)

    listed = signalcli.read("list --all")["signals"]
    connected = [entry["signal"] for entry in listed if entry["connections"]]
    assert connected == [signal], shown


SPECIAL = [
    "my sig",
    "it's",
    "a$HOME`touch pwned`",
    'say "king"',
    "x;touch pwned",
    "a\\\\b",
    "大王 回来了",
]


@real_shells
@pytest.mark.parametrize("name", SPECIAL)
def test_tab_quotes_a_name_as_its_shell_needs(
    session_with: SessionWith, shell: str, name: str
) -> None:
    signalcli = session_with("define other")
    signalcli.ok("define", name)

    shown = press_keys(signalcli, shell, f"signalcli connect {name[0]}\techo")

    assert signalcli.read("inspect")["signals"][1]["receivers"], shown
    assert not Path(signalcli.directory, "pwned").exists()


@needs("bash")
@pytest.mark.parametrize(
    ("typed", "name"),
    [("'my", "my sig"), ('"my s', "my sig"), ("my\\ s", "my sig"), ("s\\ s", "s sig")],
)
def test_bash_completes_a_word_that_is_quoted(
    session_with: SessionWith, typed: str, name: str
) -> None:
    signalcli = session_with("define other")
    signalcli.ok("define", name)

    shown = press_keys(signalcli, "bash", f"signalcli connect {typed}\t echo")

    assert signalcli.read("inspect")["signals"][1]["receivers"], shown


@real_shells
def test_tab_completes_a_past_send(session_with: SessionWith, shell: str) -> None:
    signalcli = session_with("connect king echo; send king 大象")
    id = signalcli.read("history")["id"]

    shown = press_keys(signalcli, shell, f"signalcli history show {id[:3]}\t--json > shown.json")

    assert Path(signalcli.directory, "shown.json").read_text(), shown


@needs("fish")
def test_fish_shows_whole_descriptions(signalcli: SignalCli) -> None:
    """With what follows the first comma."""
    press_keys(signalcli, "fish", "")
    environment = {"PATH": f"{signalcli.directory}:{os.environ['PATH']}"}

    command = ["fish", "-c", "complete -C 'signalcli dro'"]
    result = signalcli(command=command, environment=environment)

    name, description = result.stdout.strip().split("\t")
    helps = {name: text for section in COMMANDS.values() for name, text in section.items()}
    assert (result.status, name, description) == (0, "drop", helps["drop"])


@needs("bash")
@pytest.mark.parametrize(
    "name", ["$(touch pwned)", "`touch pwned`", "x;touch pwned", "x&touch pwned", "x\ntouch pwned"]
)
@pytest.mark.parametrize("line", ["signalcli send \t", "signalcli send king \t"])
def test_tab_types_nothing_that_bash_would_run(signalcli: SignalCli, line: str, name: str) -> None:
    """A session can come from another user."""
    state = {"receivers": {"echo": "weak"}, "buckets": [{"receivers": ["echo"], "senders": [name]}]}
    write_session(signalcli, {"king" if "king" in line else name: state})

    shown = press_keys(signalcli, "bash", line)

    assert "signalcli send" in shown.text
    assert not Path(signalcli.directory, "pwned").exists()

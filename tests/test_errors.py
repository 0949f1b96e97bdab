"""Errors that a person can cause: one sentence with the next step, status 2, and no data."""

from __future__ import annotations

import pytest

from tests.support.cli import SessionWith, SignalCli

IDENTITY = (
    "The sender {} can't be listened to from a session: only text and integers can be saved, "
    "because blinker compares nothing else by value."
)
LIKE_ANY = (
    "The sender {} can't be distinguished from ANY: {} blinker's own id for it. "
    "The text 0 is another sender: --sender 0"
)
NO_RECEIVER = "No receiver 'anmal'. Did you mean 'animal'? See them all: signalcli receivers"
NO_SIGNAL = (
    "No signal 'kng' in session 'default'. Did you mean 'king'? See them all: signalcli list"
)
META = (
    "king:receiver_connected comes with king, and can't be defined by itself. "
    "Connect to it: signalcli connect king:receiver_connected echo"
)
NO_META = (
    "king:receiver_disconnected isn't there yet: blinker makes a meta signal when it is first "
    "touched. Connect to it: signalcli connect king:receiver_disconnected echo"
)
COMMANDS = "See them all: signalcli --help"
SESSIONS = "See them all: signalcli session list"
DEFAULT = f"No session 'defualt'. Did you mean 'default'? {SESSIONS}"
FORMAT = "No format '{}'. Did you mean 'python'? Choose from: python, pytest, mermaid, dot, json."

ERRORS = {
    "disconnect kng animal": NO_SIGNAL,
    **{f"{command} kng": NO_SIGNAL for command in ("mute", "unmute", "remove", "send", "inspect")},
    "send KING": NO_SIGNAL.replace("kng", "KING"),
    "send whale": "No signal 'whale' in session 'default'. See them all: signalcli list",
    "connect king anmal": NO_RECEIVER,
    "connect new anmal": NO_RECEIVER,
    "disconnect king anmal": NO_RECEIVER,
    "connect king whale": "No receiver 'whale'. See them all: signalcli receivers",
    "sned king": f"No command 'sned'. Did you mean 'send'? {COMMANDS}",
    "disconnect a animal qq": (
        "Got unexpected extra argument (qq). It takes one receiver, and a sender is written --sender qq. "
        "Try: signalcli disconnect --help"
    ),
    "disconnect a animal 狮子 b": (
        "Got unexpected extra arguments (狮子 b). It takes one receiver, and a sender is written --sender SENDER. "
        "Try: signalcli disconnect --help"
    ),
    "define a b": "Got unexpected extra argument (b). Try: signalcli define --help",
    "history clr": "No signal 'clr' in session 'default'. Did you mean 'history clear'? "
    "See them all: signalcli list",
    "export pyton": FORMAT.format("pyton"),
    "export PYTHON": FORMAT.format("PYTHON"),
    "whale": f"No command 'whale'. {COMMANDS}",
    "session lst": "No command 'lst'. Did you mean 'list'? See them all: signalcli session --help",
    "session delete nobody --yes": f"No session 'nobody'. {SESSIONS}",
    "session delete defualt --yes": DEFAULT,
    "session copy defualt backup": DEFAULT,
    "--session '' list": "A session needs a name. For example: signalcli --session monkey list",
    "--session zoo/ list": "A session is a file, and 'zoo/' names a directory.",
    "session copy default default --yes": "session 'default' and session 'default' are the same "
    "file.",
    **{
        f"{command} --sender :={typed}": LIKE_ANY.format(*shown)
        for command in ("connect king animal", "disconnect king animal", "inspect king", "inspect")
        for typed, shown in (("0", ("0", "0 is")), ("false", ("False", "False equals 0,")))
    },
    **{
        f"{command} king animal --sender ':={typed}'": IDENTITY.format(shown)
        for command in ("connect", "disconnect")
        for typed, shown in (("1.5", "1.5"), ("null", "None"), ("[1]", "[1]"), ("{}", "{}"))
    },
    "define ''": "A signal needs a name, and '' has none. For example: signalcli define king",
    "define king:receiver_connected": META,
    "send king:receiver_disconnected": NO_META,
}


@pytest.fixture(scope="module")
def echo_session(shared_session: SessionWith) -> SignalCli:
    """A session with the signal ``king``. No error changes it, so that it serves all tests."""
    return shared_session("connect king echo")


@pytest.mark.parametrize("line", ERRORS)
def test_an_error_is_one_sentence_with_the_next_step(echo_session: SignalCli, line: str) -> None:
    saved = echo_session.session_path.read_bytes()

    assert echo_session.refused(f"{line} --json") == ERRORS[line]
    assert echo_session.session_path.read_bytes() == saved


def test_in_an_empty_session_the_next_step_is_the_first(signalcli: SignalCli) -> None:
    assert signalcli.refused("send king") == (
        "No signal 'king' in session 'default'. "
        "It has no signals yet; start with: signalcli connect king animal"
    )


@pytest.mark.parametrize(
    ("line", "named"),
    [
        ("--nope", "--nope"),
        ("list --nope", "--nope"),
        ("reset extra", "extra"),
        ("send", "SIGNAL"),
        ("connect king", "RECEIVER"),
        ("define king --doc", "--doc"),
        ("completion tcsh", "tcsh"),
        ("completion", "bash, zsh, fish"),
        ("session copy", "TARGET"),
        ("session copy a b c", "got: a, b, c"),
    ],
)
def test_what_the_parser_refuses_is_one_sentence(
    echo_session: SignalCli, line: str, named: str
) -> None:
    """Click words these, and not every version alike."""
    result = echo_session(*line.split())

    assert (result.status, result.stdout) == (2, "")
    assert result.stderr.startswith("Error: ") and result.stderr.endswith(" --help\n")
    assert result.stderr.count("\n") == 1 and "\\n" not in result.stderr
    assert named in result.stderr


@pytest.mark.parametrize("line", ["--debug send kng", "send kng --debug"])
def test_debug_shows_where_an_error_came_from(echo_session: SignalCli, line: str) -> None:
    result = echo_session(*line.split())

    lines = result.stderr.splitlines()
    assert (result.status, result.stdout) == (2, "")
    assert (lines[0], lines[-1]) == ("Traceback (most recent call last):", f"Error: {NO_SIGNAL}")

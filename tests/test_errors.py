"""Errors that a person can cause: one sentence with the next step, status 2, and no data."""

from __future__ import annotations

import shlex

import pytest

from tests.conftest import Result, SignalCli
from tests.support.scenario import prepare

IDENTITY = (
    "The sender {} can't be listened to from a session: only text and integers can be saved, "
    "because blinker compares nothing else by value."
)
LIKE_ANY = (
    "The sender {} can't be told from ANY: {} blinker's own id for it. "
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
COMMANDS_WITH_A_SIGNAL = [
    "disconnect {} animal",
    "mute {}",
    "unmute {}",
    "remove {}",
    "send {}",
    "inspect {}",
]

ERRORS = [
    *[(line.format("kng"), NO_SIGNAL) for line in COMMANDS_WITH_A_SIGNAL],
    ("send KING", NO_SIGNAL.replace("kng", "KING")),
    ("send whale", "No signal 'whale' in session 'default'. See them all: signalcli list"),
    ("connect king anmal", NO_RECEIVER),
    ("connect new anmal", NO_RECEIVER),
    ("disconnect king anmal", NO_RECEIVER),
    ("connect king whale", "No receiver 'whale'. See them all: signalcli receivers"),
    ("sned king", "No command 'sned'. Did you mean 'send'? See them all: signalcli --help"),
    ("whale", "No command 'whale'. See them all: signalcli --help"),
    (
        "session lst",
        "No command 'lst'. Did you mean 'list'? See them all: signalcli session --help",
    ),
    ("session delete nobody --yes", "No session 'nobody'. See them all: signalcli session list"),
    (
        "session delete defualt --yes",
        "No session 'defualt'. Did you mean 'default'? See them all: signalcli session list",
    ),
    (
        "session copy defualt backup",
        "No session 'defualt'. Did you mean 'default'? See them all: signalcli session list",
    ),
    (
        "--session '' list",
        "A session needs a name. For example: signalcli --session monkey list",
    ),
    ("--session zoo/ list", "A session is a file, and 'zoo/' names a directory."),
    (
        "session copy default default --yes",
        "session 'default' and session 'default' are the same file.",
    ),
    *[
        (f"{command} --sender :={typed}", LIKE_ANY.format(*shown))
        for command in ("connect king animal", "disconnect king animal", "inspect king", "inspect")
        for typed, shown in (("0", ("0", "0 is")), ("false", ("False", "False equals 0,")))
    ],
    *[
        (f"{command} king animal --sender ':={typed}'", IDENTITY.format(shown))
        for command in ("connect", "disconnect")
        for typed, shown in (("1.5", "1.5"), ("null", "None"), ("[1]", "[1]"), ("{}", "{}"))
    ],
    (
        "define ''",
        "A signal needs a name, and '' has none. For example: signalcli define king",
    ),
    ("define king:receiver_connected", META),
    ("send king:receiver_disconnected", NO_META),
]


@pytest.fixture(scope="module")
def kingdom(tmp_path_factory: pytest.TempPathFactory) -> SignalCli:
    """A session with the signal ``king``. No error changes it, so that it serves all tests."""
    signalcli = SignalCli(tmp_path_factory.mktemp("kingdom"))
    prepare(signalcli, "connect king echo")
    return signalcli


@pytest.mark.parametrize(("line", "sentence"), ERRORS, ids=[line for line, _ in ERRORS])
def test_an_error_is_one_sentence_with_the_next_step(
    kingdom: SignalCli, line: str, sentence: str
) -> None:
    saved = kingdom.session_path.read_bytes()

    result = kingdom(*shlex.split(line), "--json")

    assert result == Result(2, "", f"Error: {sentence}\n")
    assert kingdom.session_path.read_bytes() == saved


def test_in_an_empty_session_the_next_step_is_the_first(signalcli: SignalCli) -> None:
    result = signalcli("send", "king")

    assert result == Result(
        2,
        "",
        "Error: No signal 'king' in session 'default'. "
        "It has no signals yet; start with: signalcli connect king animal\n",
    )


@pytest.mark.parametrize(
    ("line", "named"),
    [
        ("--nope", "--nope"),
        ("list --nope", "--nope"),
        ("list extra", "extra"),
        ("send", "SIGNAL"),
        ("connect king", "RECEIVER"),
        ("define king --doc", "--doc"),
        ("completion tcsh", "tcsh"),
        ("completion", "bash, zsh, fish"),
        ("session copy", "TARGET"),
        ("session copy a b c", "3 names"),
    ],
)
def test_what_the_parser_refuses_is_one_sentence_too(
    kingdom: SignalCli, line: str, named: str
) -> None:
    """Click words these, and not every version alike."""
    result = kingdom(*line.split())

    assert (result.status, result.stdout) == (2, "")
    assert result.stderr.startswith("Error: ") and result.stderr.endswith(" --help\n")
    assert result.stderr.count("\n") == 1 and "\\n" not in result.stderr
    assert named in result.stderr


@pytest.mark.parametrize("line", ["--debug send kng", "send kng --debug"])
def test_debug_shows_where_an_error_came_from(kingdom: SignalCli, line: str) -> None:
    result = kingdom(*line.split())

    lines = result.stderr.splitlines()
    assert (result.status, result.stdout) == (2, "")
    assert (lines[0], lines[-1]) == ("Traceback (most recent call last):", f"Error: {NO_SIGNAL}")

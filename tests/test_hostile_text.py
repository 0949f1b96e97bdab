"""Text that could trick a terminal, a reader or a parser, wherever a person can type it."""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
from pathlib import Path
from typing import Any

import pytest

from signalcli.errors import LONGEST_QUOTE, LONGEST_TYPED, shortened
from signalcli.text import escape
from tests.support.cli import Result, SessionWith, SignalCli

pytestmark = pytest.mark.slow

UNSAFE = re.compile(
    "[\x00-\x09\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff]"
)
"""What never leaves the program raw, newlines aside: the layout has some of its own."""

FAMILY = "👨\u200d👩\u200d👧"

HOSTILE = {
    "[red]x[/red]": "[red]x[/red]",
    "a\x1b[2Jb": r"a\x1b[2Jb",
    "a\nb": r"a\nb",
    "a\tb": r"a\tb",
    "a\rb": r"a\rb",
    "a\x7fb": r"a\x7fb",
    "a\u202eb": r"a\u202eb",
    "a\u061cb": r"a\u061cb",
    "a\x9b2Jb": r"a\x9b2Jb",
    "a\u2066b": r"a\u2066b",
    "a\u2028b": r"a\u2028b",
    "a\udcffb": r"a\udcffb",
    "{a!r} %s \\x1b": "{a!r} %s \\x1b",
    "大" * 10_000: "大" * 10_000,
    FAMILY: FAMILY,
    "大象": "大象",
}
"""What can be typed, and how it is shown. U+DCFF is the byte 0xFF, which isn't UTF-8."""

hostile = pytest.mark.parametrize(
    ("raw", "shown"),
    [pytest.param(raw, shown, id=escape(raw)[:20]) for raw, shown in HOSTILE.items()],
)


def typed(text: str) -> bytes:
    """The bytes that a shell passes on for a text."""
    return text.encode("utf-8", "surrogateescape")


def safe(result: Result) -> Result:
    """A result whose two streams, as they came, hold nothing unsafe."""
    assert UNSAFE.findall(result.stdout + result.stderr) == []
    return result


@pytest.fixture(scope="module")
def three_receivers(shared_session: SessionWith) -> SignalCli:
    """A session in which someone listens to three signals. No test changes it."""
    receivers = ("echo", "strict", "animal_one")
    return shared_session(*(f"connect 'to {name}' {name}" for name in receivers))


# Every kind of text, through the session's file and through blinker.


@hostile
def test_text_survives_the_session_file(signalcli: SignalCli, raw: str, shown: str) -> None:
    signalcli.ok("define", typed(raw), "--doc", typed(raw))
    signalcli.ok("connect", typed(raw), "echo", "--sender", typed(raw))

    view = signalcli.ok("inspect", typed(raw), "--json").json

    content = signalcli.session_path.read_text(encoding="utf-8")
    connections = [{"any": False, "sender": raw}]
    assert (view["signal"], view["doc"]) == (raw, raw)
    assert view["receivers"][0]["connections"] == connections
    assert list(json.loads(content)["signals"]) == [raw]
    assert UNSAFE.findall(content) == []


@hostile
def test_text_reaches_a_receiver_as_it_was_typed(
    three_receivers: SignalCli, raw: str, shown: str
) -> None:
    sent = safe(three_receivers("send", "to echo", typed(raw), typed(f"{raw}={raw}"), "--json"))

    heard = {"sender": raw, "payload": {raw: raw}}
    assert (sent.json["sender"], sent.json["payload"]) == (raw, {raw: raw})
    assert [call["value"] for call in sent.json["calls"]] == [heard]


@hostile
def test_a_table_shows_text_literally(signalcli: SignalCli, raw: str, shown: str) -> None:
    signalcli.ok("define", typed(raw), "--doc", typed(raw))

    listed = safe(signalcli.ok("list"))

    row = listed.stdout.splitlines()[3]
    cells = [cell.strip() for cell in row.strip("│").split("│")]
    assert cells == [shown, "named", "0", "0", shown]


def in_an_error(shown: str) -> str:
    """Return the start of a very long text, which is what an error quotes."""
    return shortened(shown, LONGEST_TYPED, LONGEST_QUOTE)


@hostile
def test_an_error_shows_text_literally(signalcli: SignalCli, raw: str, shown: str) -> None:
    refused = safe(signalcli("send", typed(raw)))

    sentence = f"Error: No signal '{in_an_error(shown)}' in session 'default'."
    start = "It has no signals yet; start with: signalcli connect king animal"
    assert refused == Result(2, "", f"{sentence} {start}\n")


@hostile
def test_an_exception_shows_text_literally(
    three_receivers: SignalCli, raw: str, shown: str
) -> None:
    sent = safe(three_receivers("send", "to strict", typed(f"{raw}=1")))

    assert sent.status == 1
    message = f"strict() got an unexpected keyword argument '{shown}'"
    assert f"│ TypeError: {message} │" in sent.stdout


@hostile
def test_what_a_receiver_prints_is_shown_with_only_its_newlines_and_tabs(
    three_receivers: SignalCli, raw: str, shown: str
) -> None:
    printed = f"小钻风：{raw}大王有令，我记住了！\n"

    sent = three_receivers("send", "to animal_one", typed(raw))
    document = safe(three_receivers("send", "to animal_one", typed(raw), "--json")).json

    assert sent.stdout.startswith(escape(printed, keep="\n\t"))
    assert UNSAFE.findall(sent.stdout.replace("\t", "")) == []
    assert document["calls"][0]["output"] == printed


# One text with everything in it, in every command: it looks as any other word would.

WORD = "WORD"
"""Stands for the text in the command lines below."""
PLAIN = "simple word"
MIXED = "p[red]x\x1b[2J\x07\n\t\r\x7f\u202e\x9b\u2066\u2028\u200f\u061c\udcff%s{x}大象"
"""Without a slash, so that it can be a session's name."""

SHOWING = [
    *("define WORD", "define new --doc WORD", "define @WORD", "define WORD/WORD"),
    *("connect WORD echo", "connect WORD echo --strong"),
    *("connect new echo --sender WORD --sender xWORD", "disconnect WORD echo"),
    *("disconnect WORD echo --sender WORD", "disconnect WORD qq --sender WORD"),
    *("mute WORD", "unmute WORD", "remove WORD", "list", "inspect", "inspect WORD --sender xWORD"),
    *("send WORD WORD", "send WORD WORD WORD=WORD", "send WORD --sender xWORD k=WORD"),
    *("session list", "session path WORD", "session copy default xWORD"),
    *("session copy WORD default --yes", "session delete WORD --yes", "reset --session WORD --yes"),
]
REFUSED = [
    *("WORD", "--WORD list", "list --WORD", "list WORD", "list --json=WORD"),
    *("list --session 'broken WORD'", "--debug inspect xWORD", "completion WORD"),
    *("define WORD:receiver_connected", "connect WORD WORD", "send xWORD"),
    *("send --session xWORD king", "send WORD WORD xWORD", "send WORD WORD=1 WORD=2"),
    *("send WORD WORD=@WORD", "send WORD k:=@WORD", "session WORD", "session copy WORD default"),
    *("session delete xWORD --yes", "reset --session WORD"),
]


@pytest.fixture(scope="module")
def homes(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """For either word, a home whose sessions are full of it."""
    found = {}
    for word in (PLAIN, MIXED):
        signalcli = SignalCli(tmp_path_factory.mktemp("three_receivers"))
        signalcli.ok("define", typed(word), "--doc", typed(word))
        signalcli.ok("connect", typed(word), "echo", "--sender", typed(word))
        signalcli.ok("connect", typed(word), "strict")
        signalcli.ok("session", "copy", "default", typed(word))
        sessions = os.fsencode(signalcli.session_path.parent)
        Path(os.fsdecode(sessions + typed(f"/broken {word}.json"))).write_text("{")
        found[word] = signalcli.home
    return found


def run(home: Path, directory: Path, line: str, word: str) -> Result:
    """What a command does with a word, in a copy of a home."""
    directory.mkdir()
    signalcli = SignalCli(directory)
    shutil.copytree(home, signalcli.home, dirs_exist_ok=True)
    words = [typed(argument.replace(WORD, word)) for argument in shlex.split(line)]
    status, *streams = safe(signalcli(*words))
    stdout, stderr = (text.replace(str(directory), "DIRECTORY") for text in streams)
    return Result(status, stdout, stderr)


def skeleton(text: str, word: str) -> str:
    """A text without the word, numbers, and what follows from the word's length or letters."""
    text = re.sub(r"\d+(e-\d+)?", "0", text.replace(word, WORD))
    text = re.sub(r" Did you mean '\w+'\?", "", text)
    return re.sub(r"─+| +", lambda match: match.group()[0], text)


@pytest.mark.parametrize("line", SHOWING + REFUSED)
def test_a_hostile_word_looks_like_others(
    homes: dict[str, Path], tmp_path: Path, line: str
) -> None:
    plain, mixed = (
        run(homes[word], tmp_path / str(number), line, word)
        for number, word in enumerate((PLAIN, MIXED))
    )

    shown = escape(MIXED)
    assert mixed.status == plain.status
    assert skeleton(mixed.stdout, shown) == skeleton(plain.stdout, PLAIN)
    assert skeleton(mixed.stderr, shown) == skeleton(plain.stderr, PLAIN)


@pytest.mark.parametrize("line", SHOWING)
def test_a_hostile_word_is_whole_in_json(homes: dict[str, Path], tmp_path: Path, line: str) -> None:
    plain, mixed = (
        run(homes[word], tmp_path / str(number), f"{line} --json", word)
        for number, word in enumerate((PLAIN, MIXED))
    )

    documents = [json.dumps(result.json) for result in (plain, mixed)]
    words = [json.dumps(word)[1:-1] for word in (PLAIN, MIXED)]
    assert (mixed.status, mixed.stderr) == (plain.status, "")
    assert skeleton(documents[1], words[1]) == skeleton(documents[0], words[0])


# Errors that repeat what was typed in ways of their own.


@hostile
def test_a_suggestion_shows_text_literally(signalcli: SignalCli, raw: str, shown: str) -> None:
    signalcli.ok("define", typed(f"king{raw}"))

    refused = safe(signalcli("send", typed(f"kin{raw}")))

    suggestion = "" if len(raw) > 100 else f" Did you mean 'king{shown}'?"
    name = in_an_error(f"kin{shown}")
    sentence = f"Error: No signal '{name}' in session 'default'.{suggestion}"
    assert refused == Result(2, "", f"{sentence} See them all: signalcli list\n")


@pytest.mark.parametrize(
    ("json_text", "excerpt", "place"),
    [
        ("大象\x1b", r"k:=大象\x1b", 3),
        ('["\u202e大", x]', r'k:=["\u202e大", x]', 16),
        ('["[red]\udcff", x]', r'k:=["[red]\udcff", x]', 19),
        ("[大\nx]", "k:=[大", 4),
        ("[\n\t大]", r"\t大]", 2),
    ],
)
def test_the_caret_is_under_the_place_of_bad_json(
    signalcli: SignalCli, json_text: str, excerpt: str, place: int
) -> None:
    """However wide the text before it is shown."""
    signalcli.ok("define", "king")

    refused = safe(signalcli("send", "king", typed(f"k:={json_text}")))

    lines = refused.stderr.splitlines()
    assert (refused.status, refused.stdout) == (2, "")
    assert lines[1:] == [f"  {excerpt}", "  " + " " * place + "^"]


# Text that comes in another way than as an argument.

ODD = "a\0\ud800\x1b\u2028b"
"""What an argument can't hold, and a JSON text can."""
ODD_SHOWN = r"a\x00\ud800\x1b\u2028b"
KING = "signals.king"


def of_king(**state: Any) -> dict[str, Any]:
    return {"signals": {"king": state}}


def test_text_of_a_file_written_by_hand_is_shown_literally(signalcli: SignalCli) -> None:
    """A session can come from another user."""
    bucket = {"receivers": ["echo"], "senders": [ODD]}
    state = {"doc": ODD, "receivers": {"echo": "weak"}, "buckets": [bucket]}
    document = {"version": 1, "signals": {ODD: state}}
    signalcli.write("odd.json", json.dumps(document))

    shown = safe(signalcli.ok("inspect", "--session", "odd.json"))
    view = safe(signalcli.ok("inspect", "--session", "odd.json", "--json")).json["signals"][0]

    assert shown.stdout.splitlines()[:2] == [f"{ODD_SHOWN}  named signal", ODD_SHOWN]
    assert shown.stdout.count(f"│ {ODD_SHOWN} ") == 2
    assert (view["signal"], view["doc"]) == (ODD, ODD)
    assert view["receivers"][0]["connections"] == [{"any": False, "sender": ODD}]


@pytest.mark.parametrize(
    ("document", "complaint"),
    [
        ({ODD: 1}, f"the document has the unknown key '{ODD_SHOWN}'"),
        ({"signals": {ODD: 1}}, f"signals.{ODD_SHOWN} must be an object, not 1"),
        ({"signals": {f"/{ODD}": {}}}, f"signals: '/{ODD_SHOWN}' must be written '{ODD_SHOWN}'"),
        (of_king(receivers={ODD: "weak"}), f"{KING}.receivers: there is no receiver '{ODD_SHOWN}'"),
        (
            of_king(doc=[ODD]),
            rf'{KING}.doc must be text or null, not ["a\u0000\ud800\u001b\u2028b"]',
        ),
    ],
)
def test_a_complaint_about_a_file_shows_its_text_literally(
    signalcli: SignalCli, document: dict[str, Any], complaint: str
) -> None:
    signalcli.write("odd.json", json.dumps({"version": 1, **document}))

    refused = safe(signalcli("list", "--session", "odd.json"))

    remedy = "Fix it by hand, or delete it: signalcli session delete odd.json"
    sentence = f"The file of session 'odd.json' is not a session: {complaint}. {remedy}"
    assert refused == Result(4, "", f"Error: {sentence}\n")


def test_the_text_of_a_payload_file_is_shown_literally(signalcli: SignalCli) -> None:
    signalcli.ok("connect", "king", "animal", "--sender", "x")
    (signalcli.directory / "odd\x1b.txt").write_bytes(b"a\0\r\n\x1b[2J")

    shown = safe(signalcli.ok("send", "king", "k=@odd\x1b.txt"))
    document = safe(signalcli.ok("send", "king", "k=@odd\x1b.txt", "--json")).json

    assert shown.stdout.splitlines()[0] == r"king ← None  k=a\x00\r\n\x1b[2J"
    assert document["payload"] == {"k": "a\0\r\n\x1b[2J"}


@pytest.mark.parametrize("command", ["session path", "session list", "list --session broken"])
def test_a_hostile_directory_name_is_shown_literally(signalcli: SignalCli, command: str) -> None:
    home = signalcli.directory / "[red]\x1b\n大象"
    shown = rf"{signalcli.directory}/[red]\x1b\n大象/signalcli/sessions/"
    signalcli.environment["XDG_CONFIG_HOME"] = str(home)
    signalcli.ok("define", "king")
    (home / "signalcli" / "sessions" / "broken.json").write_text("{")

    result = safe(signalcli(*command.split()))

    assert shown in result.stdout + result.stderr


@pytest.mark.parametrize("session", ["大象", "\x1b[2J\udcff"])
def test_a_session_of_the_environment_is_named_as_it_was_written_whatever_the_locale(
    signalcli: SignalCli, session: str
) -> None:
    ascii_locale = {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}

    environment = {**ascii_locale, "SIGNALCLI_SESSION": os.fsdecode(typed(session))}
    refused = safe(signalcli("send", "king", environment=environment))

    command = f"signalcli --session {escape(shlex.quote(session))} connect king animal"
    start = f"It has no signals yet; start with: {command}"
    sentence = f"Error: No signal 'king' in session '{escape(session)}'. {start}"
    assert refused == Result(2, "", f"{sentence}\n")

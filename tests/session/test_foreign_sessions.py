"""A session of another user, in that user's directory: no command runs code of it."""

from __future__ import annotations

import json
import os
import shlex
import shutil
import sys
from pathlib import Path
from typing import Any

import pytest

from signalcli.playground.inspector import SessionInspector
from signalcli.session.document import parse_session
from signalcli.streams import captured
from signalcli.values.delivery import Message, SendOptions
from signalcli.values.signal_name import SignalName
from tests.support.cli import SignalCli
from tests.support.completion import offered
from tests.support.imported import offer
from tests.support.scenario import prepare, write_session
from tests.test_hostile_text import safe

pytestmark = pytest.mark.slow
safe_path = pytest.mark.skipif(sys.version_info < (3, 11), reason="PYTHONSAFEPATH is new in 3.11")

MARK = "open({mark!r}, 'a').write(__name__)\ndef on_king(sender, **payload): print('ran')\n"
IMPORTS = (
    *("os:system", "builtins:exec", "subprocess:call", "this:d", "evil:on_king"),
    *("evil.deep.handlers:on_king", "handlers:on_king", "handlers.py:on_king"),
    "./evil/deep/handlers.py:on_king",
)
RECORD = {
    "time": "2026-11-24T08:30:00+08:00",
    "id": "0123456789",
    "signal": "king",
    "sender": "open('ran', 'w')",
    "payload": {},
    "muted": False,
    "calls": [],
    "options": {
        "on_error": "stop",
        **dict.fromkeys(("async", "wrap", "muted"), False),
        "connected_to": "evil:on_king",
    },
    "notes": [],
    "deliveries": [],
}


def listening(*names: str) -> dict[str, Any]:
    """The state of a signal to which receivers listen."""
    return {"receivers": dict.fromkeys(names, "strong"), "any": [*names]}


def write_x(signalcli: SignalCli, signals: dict[str, Any], **parts: Any) -> None:
    """Write the session ``x.json``."""
    write_session(signalcli, signals, signalcli.directory / "x.json", **parts)


class Sent:
    """A directory of another user, and a command line in it."""

    def __init__(self, signalcli: SignalCli) -> None:
        self.signalcli = signalcli
        self.mark = signalcli.directory / "ran"
        modules = ("evil/__init__", "evil/deep/__init__", "evil/deep/handlers", "handlers")
        for name in (*modules, "sitecustomize", "usercustomize"):
            signalcli.write(f"{name}.py", MARK.format(mark=str(self.mark)))
        offer(signalcli, "evil", "bell = evil:on_king")
        write_x(
            signalcli,
            {
                "king": listening(*IMPORTS, "bell"),
                "king:receiver_connected": listening("evil:on_king"),
                "moon": {"receivers": {"echo": "weak"}, "any": ["echo"]},
            },
            receivers={"bell": {"offered_by": "evil"}, "herald": {"says": "{sender}"}},
            dropped=["evil:on_king"],
        )
        signalcli.write("x.history.jsonl", f"{json.dumps(RECORD)}\n")
        signalcli.environment |= {"SIGNALCLI_SESSION": "x.json", "PYTHONSAFEPATH": "1"}

    @property
    def ran(self) -> bool:
        return self.mark.exists()


@pytest.fixture
def sent(signalcli: SignalCli) -> Sent:
    return Sent(signalcli)


def touch(sent: Sent) -> list[str]:
    """Senders that do something, when they reach what the session asks for."""
    mark = str(sent.mark)
    return [f"touch {mark}", f"open({mark!r}, 'w')", "touch"]


# No command runs any of it. PYTHONSAFEPATH makes it what the installed program is.

COMMANDS = (
    *("list", "inspect", "inspect king", "inspect king:receiver_connected"),
    *("explain king SENDER", "explain king SENDER --async --wrap"),
    *("send king SENDER", "send king SENDER --async --wrap", "send king SENDER --count 3"),
    *("send king SENDER --on-error continue", "send king SENDER --connected-to echo"),
    *("send king SENDER --count 3 --threads 2", "send king:receiver_connected SENDER"),
    *("history", "history show 0123456789", "replay 0123456789", "replay --all --to moon"),
    *("receivers", "receivers show evil:on_king", "receivers show evl:on_king"),
    *("receivers show bell", "receivers add new --says x", "receivers remove herald"),
    *("receivers untrust evil:on_king", "receivers trust evil.deep.handlers:on_king"),
    *("receivers trust handlers.py:on_king", "session copy x.json y.json"),
    *("drop evil:on_king", "drop os:system", "connect king echo", "connect king bel"),
    *("connect king animal --sender SENDER", "disconnect king evil:on_king"),
    *("disconnect king os:system --sender SENDER", "mute king", "remove king", "reset --yes"),
    "watch --timeout 0.1",
)


@safe_path
@pytest.mark.parametrize("command", COMMANDS)
def test_no_command_runs_what_a_session_brings(sent: Sent, command: str) -> None:
    """And no command imports any of it, even if it is harmless."""
    environment = {"PYTHONPROFILEIMPORTTIME": "1"}
    senders = touch(sent) if command == "send king SENDER" else touch(sent)[:1]

    for sender in senders:
        arguments = [word if word != "SENDER" else sender for word in command.split()]
        result = sent.signalcli(*arguments, environment=environment)

        imported = {
            line.rpartition("|")[2].strip()
            for line in result.stderr.splitlines()
            if line.startswith("import time:")
        }
        assert "signalcli" in imported
        assert imported & {"evil", "evil.deep", "handlers", "this"} == set()
        assert result.status in (0, 1, 2), result
        assert not sent.ran


@safe_path
def test_completion_runs_nothing(sent: Sent) -> None:
    for typed in ("connect king ", "disconnect king ", "drop ", "receivers show ", "send king "):
        offered(sent.signalcli, "bash", f"signalcli {typed}")

    assert not sent.ran


@safe_path
def test_a_send_skips_all_of_it_and_says_why(sent: Sent) -> None:
    result = sent.signalcli("send", "king", touch(sent)[0], "--json")

    calls = {call["receiver"]: call for call in result.json["calls"]}
    why = {name: f"isn't trusted here: signalcli receivers trust {name}" for name in IMPORTS}
    why["bell"] = "no installed package offers it; evil did"
    assert result.status == 0
    assert {name: call["reason"] for name, call in calls.items()} == why
    assert {call["outcome"] for call in calls.values()} == {"skipped"}
    untrusted = f"{len(IMPORTS)} receivers are imports that you have not trusted, and don't run"
    first, second = result.stderr.splitlines()
    assert first == "bell doesn't run: no installed package offers it; evil did."
    assert second == f"{untrusted}: signalcli receivers trust --all-of x.json"
    assert not (sent.signalcli.home / ".config" / "signalcli" / "trusted.json").exists()


def test_within_a_process_nothing_is_imported(sent: Sent, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(sent.signalcli.directory)
    monkeypatch.syspath_prepend(sent.signalcli.directory / "nowhere")
    session = parse_session(json.loads(Path("x.json").read_text()))
    king = SignalName.parse("king")
    before = set(sys.modules)
    sender = touch(sent)[1]

    with captured(live=True) as capture:
        for options in (SendOptions(), SendOptions(is_async=True, wrap=True, on_error="continue")):
            playground = SessionInspector(session, "here", capture)
            playground.inspect_all()
            playground.explain(king, Message(sender, {}, options))
            playground.send(king, Message(sender, {}, options))
            playground.snapshot()

    loaded = {name.partition(".")[0] for name in set(sys.modules) - before}
    assert loaded & {"evil", "handlers", "this"} == set()
    assert not sent.ran


def called(signalcli: SignalCli, line: str) -> list[tuple[str, str, Any]]:
    """The receivers that a send called, with what each printed and returned."""
    return [
        (call["receiver"], call["output"], call["value"])
        for call in signalcli.read(line)["calls"]
        if call["outcome"] != "skipped"
    ]


def test_only_what_is_trusted_runs_and_only_when_it_is_needed(sent: Sent) -> None:
    shutil.rmtree(sent.signalcli.directory / "evil-1.0.dist-info")
    sent.signalcli.ok("receivers", "trust", "evil.deep.handlers:on_king")
    assert not sent.ran

    assert called(sent.signalcli, "send king x") == [("evil.deep.handlers:on_king", "ran\n", None)]
    assert sent.mark.read_text() == "evilevil.deepevil.deep.handlers"


def test_trusting_a_file_installs_nothing_that_is_beside_it(sent: Sent) -> None:
    """A harmless file was read and trusted; what an entry point in its directory names was not."""
    sent.signalcli.write("handlers.py", "def on_king(sender): return 'harmless'")
    sent.signalcli.ok("receivers", "trust", "handlers.py:on_king")

    assert called(sent.signalcli, "send king x") == [("handlers.py:on_king", "", "harmless")]
    assert not sent.ran


def test_a_copy_of_it_is_trusted_no_more(sent: Sent) -> None:
    prepare(sent.signalcli, "session copy x.json y.json; session copy y.json default")

    delivery = sent.signalcli.read(f"--session default send king '{touch(sent)[0]}'")

    outcomes = {call["outcome"] for call in delivery["calls"]}
    assert (outcomes, sent.ran) == ({"skipped"}, False)


def test_a_replay_connects_nothing_that_was_connected_for_the_send(sent: Sent) -> None:
    """Somebody else's history says that ``evil:on_king`` was."""
    (replayed,) = sent.signalcli("replay", "0123456789", "--to", "moon", "--json").json["replays"]

    assert [call["receiver"] for call in replayed["now"]["calls"]] == ["echo"]
    assert not sent.ran


# What is trusted lies elsewhere, and the directory that was sent makes use of it.


@pytest.fixture
def mine(signalcli: SignalCli) -> SignalCli:
    """A package and a file of a person's own in a directory of theirs, trusted and connected."""
    signalcli.directory /= "mine"
    handlers = "def on_king(sender, **payload):\n    import helper\n    return helper.place\n"
    signalcli.write("shop/__init__.py", "")
    signalcli.write("shop/handlers.py", handlers)
    signalcli.write("handlers.py", handlers)
    signalcli.write("helper.py", "place = 'mine'")
    signalcli.environment["PYTHONSAFEPATH"] = "1"
    prepare(signalcli, "connect king shop.handlers:on_king handlers.py:on_king")
    return signalcli


def given(mine: SignalCli, links: dict[str, str]) -> Path:
    """Go to a directory of another user, with links in it, and return the files that exist if code ran."""
    directory = mine.directory.parent / "sent"
    directory.mkdir()
    ran = directory.parent / "ran"
    (directory / "helper.py").write_text(f"open({str(ran)!r}, 'w')\nplace = 'sent'")
    for link, target in links.items():
        (directory / link).symlink_to(target)
    mine.directory = directory
    return ran


@safe_path
def test_what_is_trusted_runs_in_its_own_directory(mine: SignalCli) -> None:
    assert [call["value"] for call in mine.read("send king")["calls"]] == ["mine", "mine"]


@safe_path
@pytest.mark.parametrize("name", ["shop", "handlers.py"])
def test_a_link_to_what_is_trusted_brings_nothing_else_with_it(mine: SignalCli, name: str) -> None:
    """What the trusted code imports isn't to come from where the link is."""
    ran = given(mine, {name: f"../mine/{name}"})

    calls = mine("send", "king", "--json").json["calls"]

    assert not ran.exists(), calls


@safe_path
def test_a_link_to_what_is_trusted_runs_or_does_not_but_never_half(mine: SignalCli) -> None:
    given(mine, {"shop": "../mine/shop", "handlers.py": "../mine/handlers.py"})

    calls = mine("send", "king", "--json").json["calls"]

    values = {call["value"] for call in calls if call["outcome"] == "returned"}
    assert values <= {"mine"}, calls


@safe_path
def test_a_file_of_the_same_name_with_the_same_content_is_not_trusted(mine: SignalCli) -> None:
    ran = given(mine, {})
    shutil.copytree(mine.directory.parent / "mine" / "shop", mine.directory / "shop")
    shutil.copy(mine.directory.parent / "mine" / "handlers.py", mine.directory)

    calls = mine.read("send king")["calls"]

    assert [call["outcome"] for call in calls] == ["skipped", "skipped"]
    assert not ran.exists()


def test_another_function_of_a_trusted_module_is_not_trusted(mine: SignalCli) -> None:
    """Such as a module that it imports: ``handlers.py:os.system``."""
    mine.ok("receivers", "trust", "handlers.py:on_king")
    names = ["handlers.py:helper", "handlers.py:on_king.__globals__", "./handlers.py:on_king"]
    write_x(mine, {"king": listening(*names)})

    calls = mine.read("--session x.json send king")["calls"]

    outcomes = [(call["receiver"], call["outcome"]) for call in calls]
    assert outcomes == [(name, "skipped") for name in names]


WORD = "h[red]x\x1b[2J\x07\n\r\x7f\u202e\x9b\u2066\u2028\u061c\ud800大"
SHOWN = r"h[red]x\x1b[2J\x07\n\r\x7f\u202e\x9b\u2066\u2028\u061c\ud800大"


@pytest.fixture(scope="module")
def hostile(tmp_path_factory: pytest.TempPathFactory) -> SignalCli:
    """A session with a hostile word wherever it can be. No test changes it."""
    signalcli = SignalCli(tmp_path_factory.mktemp("hostile"))
    receivers = {
        WORD: {"says": f"{WORD}{{\x1b}}", "returns": {WORD: [WORD]}},
        f"offered {WORD}": {"offered_by": WORD},
        f"raising {WORD}": {"raises": WORD},
    }
    signals = {"king": listening(*receivers)}
    write_x(signalcli, signals, receivers=receivers, dropped=[WORD])
    return signalcli


@pytest.mark.parametrize(
    ("command", "status"),
    [
        ("list", 0),
        ("inspect king", 0),
        ("send king", 1),
        ("send king --on-error continue", 1),
        ("send king --count 2", 1),
        ("explain king", 0),
        ("receivers", 0),
        ("history", 0),
        ("connect king nobody", 2),
    ],
)
def test_hostile_text_of_a_session_reaches_no_terminal_raw(
    hostile: SignalCli, command: str, status: int
) -> None:
    shown = safe(hostile("--session", "x.json", *command.split()))
    document = safe(hostile("--session", "x.json", *command.split(), "--json"))

    assert (shown.status, document.status) == (status, status)
    if command not in ("list", "history", "connect king nobody"):
        rows = (line.split("│") for line in shown.stdout.splitlines() if line.startswith("│"))
        names = "".join(row[1].strip() for row in rows)  # a listing folds long names
        assert SHOWN in shown.stdout or SHOWN in names


@pytest.mark.parametrize("name", [f"{WORD}:x", f"{WORD}.py:x", f"shop:{WORD}", f"a/{WORD}/b.py:x"])
def test_an_import_that_can_not_be_shown_is_refused(signalcli: SignalCli, name: str) -> None:
    """Nobody could see what they trust."""
    write_x(signalcli, {"king": {"receivers": {name: "weak"}}})

    refused = safe(signalcli("--session", "x.json", "list"))

    shown = name.replace(WORD, SHOWN)
    assert (refused.status, refused.stdout) == (4, "")
    assert f"signals.king.receivers: there is no receiver '{shown}'. " in refused.stderr


@pytest.mark.parametrize(
    "name", ["$(touch ran).py:x", "a;touch ran;.py:x", "a b'`touch ran`.py:x", "-rf.py:x"]
)
def test_the_command_that_trusts_one_is_safe_to_copy(signalcli: SignalCli, name: str) -> None:
    write_x(signalcli, {"king": listening(name)})

    result = signalcli("--session", "x.json", "send", "king", "--json")

    command = shlex.split(result.json["calls"][0]["reason"].partition(": ")[2])
    end = ["--"] if name.startswith("-") else []
    assert command == ["signalcli", "receivers", "trust", *end, name]
    assert os.listdir(signalcli.directory).count("ran") == 0

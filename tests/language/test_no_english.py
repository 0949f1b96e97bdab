"""With ``--lang zh``, no screen has an English sentence."""

from __future__ import annotations

import re
import shlex

import pytest

from signalcli.receivers.demos import DEMOS
from tests.support.cli import SessionWith, SignalCli

SCREENS = (
    "list",
    "list --all",
    "inspect king --sender animal",
    "inspect queue",
    "inspect night:receiver_connected",
    "graph",
    "send king 大象 --on-error continue",
    "send king 狮子",
    "send queue",
    "send night",
    "explain king 大象",
    "explain king 狮子 号=1",
    "send king --count 3",
    "send king --lines nothing.txt",
    "define king",
    "define king --doc 大王 --unordered",
    "connect king animal --strong",
    "connect king animal_two --sender 大鹏",
    "disconnect king animal --sender 大鹏",
    "disconnect king echo --sender 大象",
    "mute night",
    "drop animal",
    "drop wechat",
    "receivers",
    "receivers show failing",
    "receivers show mine",
    "receivers add mine --says '{sender}！'",
    "receivers remove animal",
    "history",
    "history show last",
    "replay --last 3",
    "replay",
    "flask",
    "session list",
    "session new default",
    "session copy default default",
    "send kin",
    "connect king nobody",
    "connect king shop",
    "define ''",
    "connect king nowhere:nothing",
    "connect king:receiver_connected echo --sender 大象",
    "",
    "--help",
    "help",
    "help options",
    "help rules",
    "help nothing",
    "help security more",
    "help send more",
    "send --help",
    "trace run --help",
    "flask serve --help",
    "relay dead --help",
    "sned king",
    "send",
    "send king a b",
    "send king x:=[1,",
    "send king x=1 x=2",
    "send king _async_wrapper=1",
    "send king x=@nothing.txt",
    "send king :=1x",
    "send king --sender-object app",
    "send king --every 1",
    "send king --count 0",
    "send king --colour red",
    "send king --on-error go",
    "explain king 狮子，大象",
    "explain king sender=大象",
    "explain king 口号＝巡山",
    "connect king animal --sender :=0",
    "connect king animal --sender :=1.5",
    "connect king animal -5",
    "disconnect king animal 大象",
    "list --app",
    "list --python python",
    "list --session kings",
    "inspect king --app nothing:app --session default",
    "undo",
    "doctor",
    "doctor --explain dead-receiver",
    "doctor --explain nothing",
    "doctor --baseline nothing.json",
    "why animal",
    "why failing --signal king --sender 狮子",
    "list --app nothing:app",
    "trace run nothing.py",
    "trace show nothing.json",
    "redo",
    "reset",
    "history clear",
    "history clear now",
    "history king queue",
    "history show",
    "history --since soon",
    "export",
    "export pythn",
    "export svg",
    "export json --style call",
    "export json --history 2",
    "import nothing.json",
    "graph king --save nowhere/king.svg",
    "graph king --save king.png",
    "receivers trust",
    "receivers trust os:getcwd",
    "receivers untrust os:getpid",
    "receivers trust --all-of default",
    "session",
    "session use default",
    "session use nothing",
    "session delete default",
    "session copy a b c",
    "shell nothing",
    "trace request /x --data a b=c --app shop",
    "trace request hello --app shop",
    "trace GTE /hello --app shop",
    "trace request /x --then 'a \"b' --app shop",
    "trace run nothing.py --session default",
    "flask request http://localhost/hello",
    "live",
    "live --json",
    "live --trace nothing.jsonl",
    "live --trace -",
    "live --trace - --session default",
    "tour 9.9",
    "tour --all 2.1",
)
"""Command lines, as :func:`shlex.split` reads them, which don't depend on each other's changes."""

NOT_SENTENCES = re.compile(
    r"(?s:```.*?```)|any\([^\n]*\)|signalcli [^\n│]*|'[^']*'|\{[^{}]*\}|--?[\w-]+(?:=\S+)?|[\x21-\x7e]*[/_.@:<>\d][\x21-\x7e]*|None|True|False|RuntimeError: [^│]*"
)
"""Command lines, options, paths, names and values, and messages of Python."""
ENGLISH = re.compile(r"[A-Za-z]{2,}(?:'[a-z]+)?(?:[ ,;:]+[A-Za-z][a-z']+){2,}")
"""Three words that follow each other."""


@pytest.fixture(scope="module")
def varied_session(shared_session: SessionWith) -> SignalCli:
    return shared_session(
        "connect king animal; connect king failing --sender 大象; connect king echo --sender 大象",
        "define queue; connect night wechat; mute night; receivers add mine --says 大王",
        "send king; send king --count 2; send night; connect night:receiver_connected echo",
    )


@pytest.mark.parametrize("line", SCREENS)
def test_no_screen_has_an_english_sentence(varied_session: SignalCli, line: str) -> None:
    result = varied_session("--lang", "zh", *shlex.split(line))
    written = re.sub(NOT_SENTENCES, "", result.stdout + result.stderr)

    assert re.findall(ENGLISH, written) == []
    assert re.search("[\u4e00-\u9fff]", written)
    assert "Traceback" not in result.stderr


def test_an_english_sentence_is_found() -> None:
    written = re.sub(NOT_SENTENCES, "", "大象 listens to king from ANY sender: signalcli list")

    assert re.findall(ENGLISH, written) != []


def test_every_demo_receiver_is_described(varied_session: SignalCli) -> None:
    shown = varied_session.ok("--lang", "zh", "receivers").stdout

    assert all(demo.teaches not in shown for demo in DEMOS.values())

"""With ``--lang zh``, no screen has an English sentence."""

from __future__ import annotations

import re
import shlex

import pytest

from signalcli.receivers.demos import DEMOS
from tests.support.cli import SessionWith, SignalCli

SCREENS = (
    "list",
    "inspect king --sender animal",
    "inspect queue",
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
)
"""Command lines, as :func:`shlex.split` reads them, which don't depend on each other's changes."""

NOT_SENTENCES = re.compile(
    r"signalcli [^\n│]*|'[^']*'|\{[^{}]*\}|--?[\w-]+(?:=\S+)?|[\x21-\x7e]*[/_.@:<>\d][\x21-\x7e]*|None|True|False|RuntimeError: [^│]*"
)
"""Command lines, options, paths, names and values, and messages of Python."""
ENGLISH = re.compile(r"[A-Za-z]{2,}(?:'[a-z]+)?(?:[ ,;:]+[A-Za-z][a-z']+){2,}")
"""Three words that follow each other."""


@pytest.fixture(scope="module")
def kingdom(shared_session: SessionWith) -> SignalCli:
    return shared_session(
        "connect king animal; connect king failing --sender 大象; connect king echo --sender 大象",
        "define queue; connect night wechat; mute night; receivers add mine --says 大王",
        "send king; send king --count 2; send night",
    )


@pytest.mark.parametrize("line", SCREENS)
def test_no_screen_has_an_english_sentence(kingdom: SignalCli, line: str) -> None:
    result = kingdom("--lang", "zh", *shlex.split(line))
    written = re.sub(NOT_SENTENCES, "", result.stdout + result.stderr)

    assert re.findall(ENGLISH, written) == []
    assert re.search("[\u4e00-\u9fff]", written)
    assert "Traceback" not in result.stderr


def test_an_english_sentence_is_found() -> None:
    written = re.sub(NOT_SENTENCES, "", "大象 listens to king from ANY sender: signalcli list")

    assert re.findall(ENGLISH, written) != []


def test_every_demo_receiver_is_described(kingdom: SignalCli) -> None:
    shown = kingdom.ok("--lang", "zh", "receivers").stdout

    assert all(demo.teaches not in shown for demo in DEMOS.values())

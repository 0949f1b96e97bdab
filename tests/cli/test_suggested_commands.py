"""Commands that messages suggest are for the session that the user chose."""

from __future__ import annotations

import re
import shlex

import pytest

from tests.support.cli import SignalCli

SETUP = """
connect king animal
connect king echo --sender 大象
receivers add herald --says x
connect moon herald
send king 大象
mute king
undo
"""
LINES = [
    *("connect king nobody", "connect king shop", "connect king :on_king", "define ''"),
    *("define king:receiver_connected", "inspect king:receiver_disconnected", "list 'q*'"),
    *("send kng", "send king a b", "graph kng", "watch kng", "explain kng", "mute kng"),
    *("history --sender 牛", "history show", "history show abc", "history kng", "replay"),
    *("why herald", "why animal --signal moon", "why herald --json", "doctor --baseline none"),
    *("receivers remove animal", "receivers remove herald", "receivers remove q"),
    *("receivers add herald --says other", "drop nobody", "flask", "live", "live --json"),
    *("import none", "export svg", "redo", "undo", "import empty --yes", "list"),
]


@pytest.mark.parametrize("chosen", ["cave", "./moon cave.json"])
def test_suggested_commands_name_the_session(signalcli: SignalCli, chosen: str) -> None:
    option = ["--session", chosen]
    for line in SETUP.strip().splitlines():
        signalcli.ok(*option, *line.split(), "--quiet")
    signalcli.write("none", "none")
    signalcli.write("empty", '{"version": 1, "signals": {}}')

    for line in LINES:
        result = signalcli(*shlex.split(line), *option)
        shown = (result.stdout + result.stderr).split(" Try: ")[0]
        suggested = re.findall("signalcli [^/].*", shown)

        assert suggested, (line, shown)
        for command in suggested:
            assert command.startswith(f"signalcli --session {shlex.quote(chosen)} "), (line, shown)


def test_suggested_commands_name_the_session_of_the_variable(signalcli: SignalCli) -> None:
    signalcli.environment["SIGNALCLI_SESSION"] = "cave"

    assert signalcli.ok("list").stderr.endswith(
        "Start with: signalcli --session cave connect king animal\n"
    )


def test_lines_of_the_shell_suggest_commands_for_their_own_session(signalcli: SignalCli) -> None:
    script = b"list --session cave\nlist\n"

    result = signalcli("shell", input=script, stdin=None)

    assert result.stderr == (
        "No signals yet. Start with: signalcli --session cave connect king animal\n"
        "No signals yet. Start with: signalcli connect king animal\n"
    )

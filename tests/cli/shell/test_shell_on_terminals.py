"""The shell on a terminal: typing, completion, the line below, Ctrl-C and Ctrl-D."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

import pytest

from tests.support.cli import SessionWith, SignalCli
from tests.support.environments import hide_packages
from tests.support.terminal import CONTROL_C, Terminal, terminal

pytestmark = pytest.mark.slow
CONTROL_D = "\x04"
DRAW = "\x0c"
"""Ctrl-L, which draws the whole screen again; otherwise only what changes is written."""
ENTER = "\r"
NEWLINE = "\r\n"
PROMPT = "\r\n\x1b[6n\x1b[?2004h"
"""What comes between the output of a command and the next prompt, which then reads keys."""
PROMPT_AGAIN = "\x1b[?2004l\x1b[6n\x1b[?2004h"
"""What Ctrl-C writes, which ends the line that is typed."""
WAITING = """
import time


def on_king(sender, **payload):
    print("waiting", flush=True)
    time.sleep(60)
"""


@contextmanager
def shell(
    signalcli: SignalCli,
    *options: str,
    columns: int = 80,
    environment: Mapping[str, str] | None = None,
) -> Iterator[Terminal]:
    """Start a shell on a terminal, and wait for its prompt."""
    with terminal(
        signalcli, "shell", *options, columns=columns, environment=environment
    ) as started:
        started.wait_for(">")
        yield started


def signals(signalcli: SignalCli) -> list[str]:
    return [entry["signal"] for entry in signalcli.read("list")["signals"]]


def test_commands_are_typed_and_control_d_leaves(signalcli: SignalCli) -> None:
    with shell(signalcli) as started:
        started.type(f"define king{ENTER}", f"Defined king.{PROMPT}")
        started.type(f"mute king{ENTER}", "default (1 muted)>")
        started.type(CONTROL_D)
        status = started.end().status

    assert (status, signals(signalcli)) == (0, ["king"])


def test_clear_empties_the_screen(signalcli: SignalCli) -> None:
    with shell(signalcli) as started:
        started.type(f"clear{ENTER}", f"\x1b[2J\x1b[1;1H{PROMPT.removeprefix(NEWLINE)}")


def test_exit_leaves_and_an_error_does_not(signalcli: SignalCli) -> None:
    with shell(signalcli, "--session", "lesson") as started:
        started.type(
            f"send nobody{ENTER}",
            f"\r\n  with: signalcli --session lesson connect king animal{PROMPT}",
        )
        started.type(f"define king{ENTER}", f"Defined king.{PROMPT}")
        started.type(f"exit{ENTER}")
        assert started.end().status == 0

    assert signalcli.read("list --session lesson")["signals"][0]["signal"] == "king"


def test_tab_completes_signals_and_the_line_below_says_who_would_be_called(
    session_with: SessionWith,
) -> None:
    signalcli = session_with("connect king animal --sender 大象; connect king echo")
    with shell(signalcli) as started:
        started.type("send ki", " king ")  # in the menu
        started.type(f"\t{DRAW}", "calls echo; 1 not called")
        started.type(f" 大象{DRAW}", "calls echo, animal")
        started.type(CONTROL_C, PROMPT_AGAIN)
        started.type(f"exit{ENTER}")
        started.end()

    assert signalcli("history", "--json").stdout == ""


def test_the_line_below_says_what_is_wrong_before_enter(session_with: SessionWith) -> None:
    signalcli = session_with("define king")
    with shell(signalcli) as started:
        started.type(f"send moon {DRAW}", "No signal 'moon' in session 'default'.")
        started.type(CONTROL_C, PROMPT_AGAIN)
        started.type(f"connect king nobody {DRAW}", "No receiver 'nobody'.")

    with shell(signalcli) as started:
        started.type(f"connect{DRAW}", "connect [OPTIONS] SIGNAL RECEIVER...")


def test_control_c_ends_the_line_that_is_typed_or_runs(session_with: SessionWith) -> None:
    signalcli = session_with("connect king handlers.py:on_king", handlers=WAITING)
    with shell(signalcli) as started:
        started.type("nonsense" + CONTROL_C, PROMPT_AGAIN)
        started.type(f"send king{ENTER}", "waiting")
        started.type(CONTROL_C, f"Interrupted.{PROMPT}")
        started.type(f"define moon{ENTER}", f"Defined moon.{PROMPT}")
        started.type(CONTROL_D)
        screen = started.end()

    assert screen.status == 0 and "Traceback" not in screen.text
    assert signals(signalcli) == ["king", "moon"]


def test_changes_of_other_processes_are_seen_at_once(session_with: SessionWith) -> None:
    signalcli = session_with("connect king echo")
    with shell(signalcli) as started:
        started.type(f"send king {DRAW}", "calls echo")
        signalcli.ok("connect", "king", "qq")
        started.type(f"大象{DRAW}", "calls echo, qq")
        signalcli.ok("mute", "king")
        started.type(CONTROL_C, "default (1 muted)>")


def test_lines_of_earlier_shells_come_back(signalcli: SignalCli) -> None:
    with shell(signalcli) as started:
        started.type(f"define king{ENTER}", f"Defined king.{PROMPT}")
        started.type(CONTROL_D)
        started.end()

    with shell(signalcli) as started:
        started.type("\x12")  # Ctrl-R searches
        started.wait_for("reverse-i-search")
        started.type(f"fine{DRAW}", "fine\x1b[0m king")  # what was found is highlighted
        started.type(ENTER + ENTER, "king is already defined")


def test_several_lines_can_be_pasted(signalcli: SignalCli) -> None:
    with shell(signalcli) as started:
        started.type(f"\x1b[200~define king\ndefine moon\x1b[201~{ENTER}", "Defined moon.")

    assert signals(signalcli) == ["king", "moon"]


def test_a_terminal_may_be_narrow_and_change(session_with: SessionWith) -> None:
    signalcli = session_with("connect king echo qq animal animal_one animal_two")
    with shell(signalcli, columns=40) as started:
        started.type(f"send king{DRAW}", "calls echo, qq, animal, animal_one, an…")
        started.resize(70)
        started.type(DRAW, "animal_one, animal_two")
        started.type(CONTROL_C, PROMPT_AGAIN)
        started.type(f"exit{ENTER}")
        assert started.end().status == 0


def test_a_dumb_terminal_has_a_shell_too(signalcli: SignalCli) -> None:
    with shell(signalcli, environment={"TERM": "dumb"}) as started:
        started.type(f"define king{ENTER}", "Defined king.")


def test_without_prompt_toolkit_one_sentence_says_what_to_install(signalcli: SignalCli) -> None:
    hide_packages(signalcli, "prompt_toolkit")
    with terminal(signalcli, "shell", columns=200) as started:
        screen = started.end()

    assert screen.status == 4
    text = re.sub(r"\x1b\[[\d;]*m", "", screen.text)
    assert text == (
        "Error: On a terminal, the shell needs the package prompt_toolkit, which isn't installed. "
        "Install it: pip install 'prompt_toolkit>=3.0'\n"
    )


def test_the_shell_speaks_chinese(session_with: SessionWith) -> None:
    signalcli = session_with("connect king animal --sender 大象; connect king echo; mute king")
    with shell(signalcli, environment={"SIGNALCLI_LANG": "zh"}) as started:
        started.wait_for("? 列出命令，Tab 补全，exit 离开。")
        started.wait_for("default（1 个静音）>")
        started.type(f"send king{DRAW}", "不会调用任何接收者：king 已静音")
        started.type(CONTROL_C, PROMPT_AGAIN)
        started.type(f"unmute king{ENTER}", "default>")
        started.type(f"send king 狮子{DRAW}", "会调用 echo；1 个不会调用")
        started.type(CONTROL_C, PROMPT_AGAIN)
        started.type(f"reset{ENTER}", "的所有信号。要移除吗？ [y/N] ")
        started.type(f"n{ENTER}", f"什么也没有做。{PROMPT}")
        started.type(f"list --quiet --lang en{ENTER}", "connections", PROMPT)
        started.type(f"undo now {DRAW}", "有多余的参数")

"""Scripts: the lines of standard input, which are commands in one process."""

from __future__ import annotations

import os
import re
import shlex
import signal
import subprocess
from pathlib import Path

import pytest

from tests.support.cli import Result, SessionWith, SignalCli

COUNTING = """
import os

count = 0


def on_king(sender, **payload):
    global count
    count += 1
    os.environ["SIGNALCLI_SESSION"] = "other"
    os.chdir("/")
    print("count is", count)


def leave(sender, **payload):
    os._exit(7)


def wait(sender, **payload):
    print("waiting", flush=True)
    import time

    time.sleep(60)
"""


def timeless(text: str) -> str:
    """JSON without the seconds that a receiver took."""
    return re.sub(r'"seconds": [\d.e-]+', "", text)


def run(signalcli: SignalCli, script: str, *options: str) -> Result:
    """Run the lines of a script."""
    return signalcli("shell", *options, stdin=None, input=script.encode())


def test_a_script_does_what_its_commands_do(tmp_path: Path) -> None:
    lines = [
        "define king --doc 'the king'",
        "connect king animal --sender 大象",
        "connect king echo --strong",
        "send king 大象 count:=3",
        "drop animal",
        "undo",
        "mute king",
        "inspect king",
        "remove king",
        "list",
    ]
    for name in ("one", "many"):
        (tmp_path / name).mkdir()
    one, many = SignalCli(tmp_path / "one"), SignalCli(tmp_path / "many")

    commands = [many("--json", *shlex.split(line)) for line in lines]
    script = run(one, "\n".join(lines), "--json")

    assert script.status == 0
    assert timeless(script.stdout) == timeless("".join(result.stdout for result in commands))
    assert script.stderr == "".join(result.stderr for result in commands)
    assert one.session_path.read_bytes() == many.session_path.read_bytes()
    histories = [one("history", "--json").stdout, many("history", "--json").stdout]
    assert [history.count("\n") for history in histories] == [1, 1]


def test_the_first_error_ends_a_script_with_its_status_and_its_line(signalcli: SignalCli) -> None:
    result = run(signalcli, "# first\ndefine king\n\nsend nobody\ndefine moon\n")

    assert result.status == 2
    assert result.stderr.endswith(
        "Error: Line 4 ended with status 2, and the lines after it were not run: send nobody\n"
    )
    assert "Defined king." in result.stderr and "Defined moon." not in result.stderr


def test_keep_going_runs_the_rest_and_ends_with_the_first_status(signalcli: SignalCli) -> None:
    script = "connect king echo\nsend king 'x\nsend a\nexit\nsend nobody\n"

    result = run(signalcli, script, "--keep-going")

    errors = [line for line in result.stderr.splitlines() if line.startswith("Error: Line")]
    assert result.status == 2
    assert errors == [
        "Error: Line 2 ended with status 2: send king 'x",
        "Error: Line 3 ended with status 2: send a",
    ]


def test_options_of_the_shell_hold_for_each_line_that_has_no_others(signalcli: SignalCli) -> None:
    script = "define king\ndefine moon --session other\nlist\n"

    result = run(signalcli, script, "--session", "mine.json", "-q", "--json")

    assert [line.count('"king"') for line in result.stdout.splitlines()] == [0, 0, 1]
    assert signalcli.read("list --session other")["signals"][0]["signal"] == "moon"
    assert signalcli.read("list")["signals"] == []


def test_an_application_can_be_chosen_for_all_lines(signalcli: SignalCli) -> None:
    code = "from blinker import signal\nking = signal('king')\n"
    signalcli.write("shop.py", code)

    result = run(signalcli, "list\nlist\nmute king\n", "--app", "shop", "--json")

    assert result.stdout.count('"king"') == 2
    assert "'mute' works on a session, not on the application 'shop'" in result.stderr


def test_nothing_of_a_receiver_stays_for_the_next_line(session_with: SessionWith) -> None:
    signalcli = session_with(handlers=COUNTING)

    result = run(signalcli, "connect king handlers.py:on_king\nsend king -q\nsend king -q\nlist")

    assert (result.status, result.stdout.count("count is 1\n")) == (0, 2), result
    assert result.stdout.count("│ king") == 1
    signalcli.write("handlers.py", COUNTING.replace("count is", "changed to"))
    assert "changed to 1" in run(signalcli, "send king").stdout


def test_a_receiver_that_ends_its_process_ends_its_line_only(session_with: SessionWith) -> None:
    signalcli = session_with("connect king handlers.py:leave", handlers=COUNTING)

    result = run(signalcli, "send king\nlist --json", "--keep-going")

    assert (result.status, result.stdout.count("handlers.py:leave")) == (7, 1)


def test_no_command_reads_the_script(signalcli: SignalCli) -> None:
    result = run(signalcli, "connect king echo\nsend king --lines -\nreset\nlist", "--keep-going")

    assert "Standard input isn't a terminal; to agree, add --yes" in result.stderr
    assert "│ king" in result.stdout


def test_control_c_ends_the_command_that_runs_and_the_script(session_with: SessionWith) -> None:
    signalcli = session_with("connect king handlers.py:wait", handlers=COUNTING)
    options = {"stdin": subprocess.PIPE, "start_new_session": True}
    with signalcli.piped("shell", **options) as process:
        process.stdin.write(b"send king\ndefine moon\n")
        process.stdin.flush()
        assert process.stdout.readline() == b"waiting\n"
        os.killpg(process.pid, signal.SIGINT)
        _, errors = process.communicate(timeout=60)

    assert process.returncode == 130
    assert b"Error: Line 1 ended with status 130" in errors and b"Traceback" not in errors
    assert [entry["signal"] for entry in signalcli.read("list")["signals"]] == ["king"]


def test_a_closed_pipe_ends_the_script(signalcli: SignalCli) -> None:
    script = signalcli.write("s.txt", "connect king echo\n" + "list\n" * 2000)
    command = f"{' '.join(signalcli.program)} shell --keep-going < {script} | head -n 1"

    result = signalcli(command=["bash", "-c", f"{command}; exit ${{PIPESTATUS[0]}}"])

    assert result.status == 141, result
    assert "Traceback" not in result.stderr


@pytest.mark.parametrize("script", ["", "\n# nothing\n", "exit\n"])
def test_a_script_may_have_no_command(signalcli: SignalCli, script: str) -> None:
    assert run(signalcli, script) == Result(0, "", "")


def test_the_shell_has_no_shell(signalcli: SignalCli) -> None:
    result = run(signalcli, "shell")

    assert (result.status, result.stdout) == (2, "")
    assert result.stderr.startswith("Error: This is the shell already. Leave it: exit\n")


def test_clear_writes_nothing_where_there_is_no_screen(signalcli: SignalCli) -> None:
    assert run(signalcli, "clear\ndefine king\n") == Result(0, "", "Defined king.\n")

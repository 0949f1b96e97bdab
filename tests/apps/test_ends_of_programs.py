"""``trace run`` of programs that end in any way: their status, and what was sent until then."""

from __future__ import annotations

import signal
import time

import pytest

from tests.support.cli import SignalCli, Traced
from tests.support.programs import SENDS, program, sent

pytestmark = pytest.mark.slow


def test_a_function_at_the_end_may_end_the_process(traced: Traced) -> None:
    """The functions that were to be called after it aren't called."""
    result = traced("""\
        import atexit, os
        from blinker import signal

        atexit.register(print, "never")
        atexit.register(os._exit, 6)
        atexit.register(signal("end").send)
    """)

    assert (result.status, result.stderr, sent(result)) == (6, "", [("end", 0, None, [])])


@pytest.mark.parametrize(
    ("text", "status", "printed"),
    [
        ("import sys; sys.exit(3)", 3, ""),
        ("import sys; sys.exit(259)", 3, ""),
        ("import sys; sys.exit('no more')", 1, "no more\n"),
        ("import sys; sys.exit()", 0, ""),
        ("import os; os._exit(7)", 7, ""),
        ("raise SystemExit", 0, ""),
    ],
)
def test_the_status_is_the_programs(traced: Traced, text: str, status: int, printed: str) -> None:
    result = traced(f"from blinker import signal\nsignal('a').send(1)\n{text}\n")

    assert (result.status, result.json["status"]) == (status, status)
    assert (result.stderr, sent(result)) == (printed, [("a", 0, 1, [])])


def test_an_exception_is_shown_as_python_shows_it(signalcli: SignalCli, traced: Traced) -> None:
    result = traced("""\
        from blinker import signal

        king = signal("king")

        @king.connect
        def fails(sender):
            raise ValueError("no")

        king.send(1)
    """)

    assert result.status == 1
    lines = [line for line in result.stderr.splitlines() if set(line) - set(" ^~")]
    here = signalcli.directory / "shop.py"
    assert lines[0] == "Traceback (most recent call last):"
    assert lines[1:3] == [f'  File "{here}", line 9, in <module>', "    king.send(1)"]
    wrapper = '  File "<signalcli importlib._bootstrap>", line '
    assert wrapper in result.stderr
    assert lines[-3:] == [
        f'  File "{here}", line 7, in fails',
        '    raise ValueError("no")',
        "ValueError: no",
    ]
    assert result.json["error"] == {"type": "ValueError", "message": "no", "where": "shop.py:7"}
    assert sent(result) == [("king", 0, 1, [("__main__.fails", "raised")])]


def test_a_receiver_that_raises_and_is_caught_gives_status_1_on_demand(
    signalcli: SignalCli,
) -> None:
    text = """\
    from blinker import signal

    def fails(sender):
        raise ValueError("no")

    signal("king").connect(fails)
    try:
        signal("king").send()
    except ValueError:
        pass
    """
    program(signalcli, text)

    asked = signalcli("trace", "run", "--json", "--fail-raised", "shop.py")

    assert (asked.status, asked.json["status"]) == (1, 0)
    assert signalcli("trace", "run", "shop.py").status == 0


def test_a_syntax_error_is_the_programs(signalcli: SignalCli) -> None:
    program(signalcli, "def broken(:\n")

    result = signalcli("trace", "run", "shop.py")

    assert result.status == 1
    assert result.stderr.splitlines()[-1].startswith("SyntaxError: ")
    assert "No signal was sent." in result.stdout


def test_what_comes_after_the_last_line_is_seen_too(traced: Traced) -> None:
    result = traced("""\
        import atexit, threading, time
        from concurrent.futures import ThreadPoolExecutor
        from blinker import signal

        end = signal("end")
        atexit.register(end.send, "atexit")

        def late():
            time.sleep(0.2)
            end.send("thread")

        threading.Thread(target=late).start()
        ThreadPoolExecutor(2).submit(lambda: (time.sleep(0.1), end.send("pool")))
        end.send("main")
    """)

    senders = [sender for _, _, sender, _ in sent(result)]
    assert (result.status, result.stderr) == (0, "")
    assert senders == ["main", "pool", "thread", "atexit"]


def test_ctrl_c_ends_the_program_and_shows_what_was_sent(signalcli: SignalCli) -> None:
    text = """\
    import time
    from blinker import signal
    signal("a").send(1)
    print("waiting", flush=True)
    while True: time.sleep(0.05)  # a signal just before a long sleep does not end it
    """
    program(signalcli, text)

    ended = signalcli.interrupted("trace", "run", "--json", "shop.py", after="waiting\n")

    assert ended.status == 130
    assert ended.stderr.endswith("\nKeyboardInterrupt\nInterrupted.\n")  # the first is Python's
    assert [event["signal"] for event in ended.json["events"]] == ["a"]


def test_a_daemon_thread_may_go_on_sending(signalcli: SignalCli) -> None:
    text = """\
    import threading
    from blinker import signal

    busy = signal("busy")
    started = threading.Event()

    def send():
        while True:
            busy.send()
            started.set()

    threading.Thread(target=send, daemon=True).start()
    started.wait()
    """
    program(signalcli, text)
    began = time.monotonic()

    result = signalcli.ok("trace", "run", "-q", "shop.py")

    assert "busy" in result.stdout
    assert time.monotonic() - began < 50


def test_a_thread_that_ends_the_process_is_reported_and_the_trace_kept(
    signalcli: SignalCli,
) -> None:
    text = """\
    import os, threading
    from blinker import signal

    def end():
        signal("last").send(1)
        os._exit(3)

    thread = threading.Thread(target=end)
    thread.start()
    thread.join()
    """
    program(signalcli, text)

    result = signalcli("trace", "run", "--json", "--save", "trace.json", "shop.py")

    assert (result.status, result.stderr) == (3, "Saved trace.json.\n")
    assert sent(result) == [("last", 0, 1, [])]
    kept = signalcli.load("trace.json")
    assert kept["events"] == result.json["events"]


def test_a_crash_is_named_and_no_send_is_denied(signalcli: SignalCli) -> None:
    program(signalcli, f"{SENDS}import os, signal\nos.kill(os.getpid(), signal.SIGKILL)\n")

    result = signalcli("trace", "run", "shop.py")

    assert result.status == -signal.SIGKILL
    assert "No signal was sent." not in result.stdout
    assert result.stderr == "SIGKILL ended the program: sends just before that may be missing.\n"
    assert f"{signalcli('trace', 'run', '--json', 'shop.py').json['cut']}\n" == result.stderr


@pytest.mark.parametrize("call", ["execv(path, ['echo'])", "execvp('echo', ['echo'])"])
def test_another_program_in_its_place_is_not_followed(traced: Traced, call: str) -> None:
    result = traced(f"{SENDS}import os, shutil\npath = shutil.which('echo')\nos.{call}\n")

    assert (result.status, result.stderr) == (0, "\n")
    assert sent(result) == [("a", 0, "x", [])]


def test_another_program_that_is_not_there_is_an_error_of_the_programs(
    signalcli: SignalCli,
) -> None:
    program(
        signalcli, "import os\ntry:\n    os.execv('/gone', ['x'])\nexcept OSError: print('no')\n"
    )

    result = signalcli("trace", "run", "shop.py")

    assert (result.status, result.stderr) == (0, "no\n")

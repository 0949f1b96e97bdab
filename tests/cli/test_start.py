"""How the program starts and ends: what is not paid for, and what user code still gets."""

from __future__ import annotations

import importlib.util

import pytest

from signalcli.cli.main import USER_CODE_MODULES
from tests.support.cli import SessionWith, SignalCli

HANDLERS = """\
import gc, os

class Cycle:
    def __init__(self): self.itself = self
    def __del__(self, write=os.write): write(2, b"deleted at exit")

def on_king(sender):
    gc.set_threshold(0)  # so that only the end of the process can collect it
    Cycle()
"""
APPLICATION = f"{HANDLERS}\non_king(None)\n"


@pytest.mark.parametrize("name", sorted(USER_CODE_MODULES))
def test_the_modules_that_run_user_code_exist(name: str) -> None:
    assert importlib.util.find_spec(name) is not None


def test_garbage_of_an_imported_receiver_is_collected_at_exit(session_with: SessionWith) -> None:
    signalcli = session_with("connect king handlers.py:on_king", handlers=HANDLERS)

    assert signalcli.ok("send", "king", "--quiet").stderr == "deleted at exit"


def test_the_garbage_of_an_application_is_collected_at_exit(signalcli: SignalCli) -> None:
    signalcli.write("shop.py", APPLICATION)

    assert "deleted at exit" in signalcli.ok("--app", "shop", "list").stderr


LATE = """\
import atexit, threading, time

def print_many(sender, **payload):
    def work():
        for number in range(2_000): print("line", number)
    threading.Thread(target=work).start()

def print_later(sender, **payload):
    def work():
        time.sleep(0.2)
        print("late")
    atexit.register(print, "at exit")
    threading.Thread(target=work).start()
"""


def test_a_thread_may_print_while_the_send_ends(session_with: SessionWith) -> None:
    result = session_with("connect king handlers.py:print_many", handlers=LATE).ok("send", "king")

    printed = [line for line in result.stdout.splitlines() if line.startswith("line ")]
    assert (len(printed), result.stderr) == (2_000, "")


def test_what_is_printed_too_late_goes_to_standard_error(session_with: SessionWith) -> None:
    signalcli = session_with("connect king handlers.py:print_later", handlers=LATE)

    result = signalcli.ok("send", "king", "--json")

    assert result.json["calls"][0]["outcome"] == "returned"
    assert result.stderr == "late\nat exit\n"

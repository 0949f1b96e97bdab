"""``signalcli doctor``: what receivers return and raise, and similar code that is correct."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.cli import SignalCli
from tests.support.doctor import Case, finds, traced

pytestmark = pytest.mark.slow

ITS_WORK = "doesn't run its work itself"
USE_RESULTS = "Do the work in the receiver and return the result, or use the results of send."
JOB = "import asyncio\nasync def job(): ...\n"


def lazy(how: str, result: str, code: str, line: int = 7) -> Case:
    message = (
        f"shop.hear {how}: it returned {result} to a send of king that doesn't use its results, so its "
        "body never ran."
    )
    where = f"shop.py:{line}"
    return Case(code, "returns-lazy", "shop.hear", where, message, USE_RESULTS, "error")


LAZY = {
    "a generator function": lazy(
        "is a generator function", "<generator object hear>",
        "def hear(sender, **p):\n    yield 1\nking.connect(hear)\ndef act(): king.send(app)"
    ),
    "an async generator function": lazy(
        "is an async generator function", "<async_generator object hear>",
        "async def hear(sender, **p):\n    yield 1\nking.connect(hear)\n"
        "def act():\n    with open(__file__): king.send(app, gold=1)"
    ),
    "a plain function that returns a coroutine": lazy(
        ITS_WORK, "<coroutine object job>",
        f"{JOB}def hear(sender): return job()\nking.connect(hear)\ndef act(): king.send(app)", 9
    ),
    "a context manager": lazy(
        ITS_WORK, "<contextlib._GeneratorContextManager object>",
        "import contextlib\n@contextlib.contextmanager\ndef hear(sender):\n    yield 1\n"
        "king.connect(hear)\ndef act(): king.send(app)", 8,
    ),
    "one that some sends iterate over": lazy(
        "is a generator function", "<generator object hear>",
        "def hear(sender, **p):\n    yield 1\nking.connect(hear)\n"
        "def act():\n    for _, result in king.send(app): list(result)\n    king.send(app)",
    )._replace(level="warning"),
}  # fmt: skip

PLAIN = Case(
    "import asyncio\ndef hear(sender, **p): ...\nking.connect(hear)\n"
    "def act(): asyncio.run(king.send_async(app))",
    "coroutine-receiver",
    "shop.hear",
    "shop.py:8",
    "shop.hear is no coroutine function, but king is sent with send_async, which raises RuntimeError for "
    "it.",
    "Declare it with async def, or pass send_async a _sync_wrapper.",
)


def raises(code: str, error: str, level: str, sends: str = "the only send") -> Case:
    message = f"shop.hear raised in {sends} of king that called it{error}."
    return Case(code, "always-raises", "shop.hear", "shop.py:8", message, level=level)


RAISES = {
    "an abort of Flask, once": raises(
        "from flask import abort\ndef hear(sender): abort(403)\nking.connect(hear)\n"
        "def act(): king.send(app)",
        ": Forbidden", "warning"
    ),
    "an abort of Flask, twice": raises(
        "from flask import abort\ndef hear(sender): abort(401)\nking.connect(hear)\n"
        "def act():\n    try: king.send('x')\n    except Exception: king.send(app)",
        ", the last time Unauthorized", "warning", "each of the 2 sends"
    ),
    "an exception of the application, twice": raises(
        "class Refused(Exception): ...\ndef hear(sender): raise Refused('no')\nking.connect(hear)\n"
        "def act():\n    try: king.send('x')\n    except Refused: king.send(app)",
        ", the last time Refused: no", "error", "each of the 2 sends"
    ),
    "a mistake in code, in a library's proxy": raises(
        "import threading; from flask import current_app\ndef hear(sender): current_app.name\n"
        "king.connect(hear)\ndef send():\n    try: king.send('x')\n    except RuntimeError: ...\n"
        "def act():\n    thread = threading.Thread(target=send)\n    thread.start()\n    thread.join()",
        ": RuntimeError: Working outside of application context", "error"
    ),
}  # fmt: skip

FINE = {
    "results that are iterated over": "def hear(sender):\n    yield 1\nking.connect(hear)\n"
    "def act(): return [list(result) for _, result in king.send(app)]",
    "results that are kept": "def hear(sender):\n    yield 1\nking.connect(hear)\n"
    "def act():\n    results = king.send(app)\n    list(results[0][1])",
    "a coroutine that is awaited": f"{JOB}def hear(sender): return job()\nking.connect(hear)\n"
    "def act(): asyncio.run(king.send(app)[0][1])",
    "coroutines of objects that the sender gathers": "import asyncio\nclass Ear:\n"
    "    async def __call__(self, sender): ...\near = Ear()\nking.connect(ear)\n"
    "async def hear(): return await asyncio.gather(*(job for _, job in king.send(app)))\n"
    "def act(): asyncio.run(hear())",
    "a list": "def hear(sender): return [1]\nking.connect(hear)\ndef act(): king.send(app)",
    "a task": f"{JOB}def hear(sender): return asyncio.get_running_loop().create_task(job())\n"
    "king.connect(hear)\nasync def send(): king.send(app)\ndef act(): asyncio.run(send())",
    "a plain receiver, wrapped": "import asyncio\ndef hear(sender, **p): ...\nking.connect(hear)\n"
    "def wrap(receiver):\n    async def wrapped(*a, **k): return receiver(*a, **k)\n    return wrapped\n"
    "def act(): asyncio.run(king.send_async(app, _sync_wrapper=wrap))",
}

CASES = {**LAZY, "a plain receiver of send_async": PLAIN, **RAISES}


@finds(CASES, FINE)
def test_a_receiver_that_does_not_do_what_it_is_for_is_found(
    signalcli: SignalCli, code: str, found: list[Any]
) -> None:
    assert traced(signalcli, code) == found


IN_TESTS = """\
import asyncio
from blinker import signal

king = signal("king")

def boom(sender, **p): raise RuntimeError("no")

def sent():
    def strict(sender): ...
    async def later(sender, **p): ...
    def lazy(sender, **p): yield 1
    for receiver in (boom, strict, later, lazy):
        with king.connected_to(receiver):
            try: king.send("test", gold=1)
            except (RuntimeError, TypeError): ...

{then}
"""


@pytest.mark.parametrize(
    ("then", "level"), [("sent()", "warning"), ("king.connect(boom), king.send()", "error")]
)
def test_what_a_test_raises_on_purpose_is_a_warning(
    signalcli: SignalCli, then: str, level: str
) -> None:
    signalcli.write("shop.py", "from blinker import signal\nking = signal('king')\n")
    signalcli.write("check.py", IN_TESTS.format(then=then))

    found = signalcli("doctor", "--app", "shop", "--run", "check.py", "--json").json["findings"]

    rules = ["always-raises"]
    if level == "warning":
        rules += ["coroutine-receiver", "payload-not-taken", "returns-lazy"]
    assert sorted((one["rule"], one["level"]) for one in found) == [(one, level) for one in rules]

"""What runs in an application's process, in environments with older versions of blinker and nothing else.

signalcli itself needs blinker 1.8.1; an application may have any version from 1.4 on.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
import textwrap
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from tests.support import looks_from_within
from tests.support.environments import make_environment, package_path

pytestmark = [pytest.mark.slow, pytest.mark.process]

NEWEST = "1.9.0"
OLDER = ("1.4", "1.5", "1.6.2", "1.6.3", "1.7.0", "1.8.0", "1.8.1", "1.8.2")
"""Of 1.6, the first that imports without typing_extensions."""
WITHOUT_ASYNC = ("1.4", "1.5")
BY_IDENTITY = ("1.4", "1.5", "1.8.0")
"""The versions that compare integers by identity."""

SHOP = """
    import asyncio
    import functools

    from blinker import ANY, Namespace, Signal, signal


    class Shop:
        def __init__(self, name):
            self.name = name

        def __repr__(self):
            return f"<Shop {self.name}>"

        def on_paid(self, sender, **payload):
            ordered.send(self, item="sugar")
            return sorted(payload)


    def log(sender, **payload):
        '''Write to the log.'''
        return sorted(payload)


    def count(sender, item=None):
        return 1


    def refuse(sender, **payload):
        raise ValueError("out of stock")


    async def mail(sender, **payload):
        return "mailed"


    def run_later(function):
        return lambda *arguments, **payload: asyncio.run(function(*arguments, **payload))


    events = Namespace()
    first, second = Shop("first"), Shop("second")

    ordered = signal("ordered", "An order came in.")
    ordered.connect(log)
    ordered.connect(count, sender=first)
    ordered.disconnect(count, sender=second)

    paid = events.signal("paid")
    paid.connect(first.on_paid, sender=first)
    paid.connect(functools.partial(log), sender=ANY, weak=False)

    closed = Signal("The shop closed.")
    closed.connect(refuse, sender=Shop)
    closed.receiver_connected.connect(count, weak=False)

    spoilt = events.signal("spoilt")
    spoilt.connect(log)  # a set of two functions keeps their order
    spoilt.connect(refuse)

    phoned = events.signal("phoned")
    phoned.connect(count, sender="".join(["ph", "one"]))

    numbered = events.signal("numbered")
    numbered.connect(count, sender=int("1000"))

    small = events.signal("small")
    small.connect(count, sender=2)

    mailed = events.signal("mailed")
    mailed.connect(mail)

    SENDERS = {
        "ordered": {"first": first, "second": second},
        "paid": {"first": first, "second": second},
        "closed": {"Shop": Shop, "None": None},
        "small": {"2": 2, "3": 3},
        "spoilt": {"None": None},
        "phoned": {"phone": "phone"},
        "numbered": {"1000": 1000},
        "mailed": {"None": None},
    }


    def run():
        ordered.send(first, item="tea")
        ordered.send()
        paid.send(first, amount=5)
        paid.send(second)
        small.send(2)
        for failing in (lambda: closed.send(Shop), spoilt.send):
            try:
                failing()
            except ValueError:
                pass
        if hasattr(Signal, "send_async"):
            mailed.send(_async_wrapper=run_later)
            mailed.connect(log)
            mailed.send(_async_wrapper=run_later)
            mailed.disconnect(log)
"""
ALIKE = ("ordered", "shop/paid", "shop.closed")
"""The signals of whose sends and receivers every version makes the same, without coroutines."""

Look = Callable[[str], dict[str, Any]]


@pytest.fixture(scope="module")
def looked(tmp_path_factory: pytest.TempPathFactory) -> Look:
    """What an environment with a version of blinker sees of the shop."""
    directory = tmp_path_factory.mktemp("blinkers")
    package = package_path(directory / "path")
    (directory / "shop.py").write_text(textwrap.dedent(SHOP))

    @cache
    def look(version: str) -> dict[str, Any]:
        python = make_environment(directory / version, f"blinker=={version}")
        return look_from(python, "shop", package)

    return look


def look_from(python: Path, module: str, package: Path) -> dict[str, Any]:
    """What a Python sees of an application beside the path to signalcli's package."""
    script = f"""
import runpy, sys
sys.path[0] = {str(package.parent)!r}
sys.path.append({str(package)!r})
runpy.run_path({looks_from_within.__file__!r}, run_name="__main__")
"""
    completed = subprocess.run(
        [python, "-c", script, module], check=False, capture_output=True, text=True, timeout=60
    )
    assert completed.returncode == 0, completed.stderr
    found: dict[str, Any] = json.loads(
        re.sub(r'"(seconds|started)": [0-9.e-]+', r'"\1": 0', completed.stdout)
    )
    return found


each_version = pytest.mark.parametrize("version", OLDER)


def calls(delivery: Any) -> list[tuple[Any, ...]]:
    """What became of each receiver: its name, the outcome, the reason, and the value or the error."""
    return [
        (
            call["receiver"],
            call["outcome"],
            call["reason"],
            call["error"]["message"] if call["error"] else call["value"],
        )
        for call in delivery["calls"]
    ]


@pytest.mark.parametrize("version", (*OLDER, NEWEST))
def test_nothing_is_imported_but_the_application_blinker_and_the_standard_library(
    looked: Look, version: str
) -> None:
    packages = looked(version)["packages"]

    own = [name for name in packages if name not in sys.stdlib_module_names]
    assert [name for name in own if not name.startswith("__")] == ["blinker", "shop", "signalcli"]


@each_version
def test_every_signal_is_found_and_one_that_blinker_has_itself(looked: Look, version: str) -> None:
    found, newest = list(looked(version)["signals"]), list(looked(NEWEST)["signals"])

    private = "_" * version.startswith("1.8")
    assert found == [*newest, f"blinker.base.{private}receiver_connected"]


@each_version
@pytest.mark.parametrize("signal", ALIKE)
@pytest.mark.parametrize("of", ["row", "view", "explain", "send", "continue", "trace"])
def test_what_versions_do_alike_is_shown_alike(
    looked: Look, version: str, signal: str, of: str
) -> None:
    found, newest = looked(version)["signals"][signal], looked(NEWEST)["signals"][signal]

    assert found[of] == newest[of]


@each_version
@pytest.mark.parametrize("option", ["async", "wrap"])
def test_coroutines_are_awaited_since_1_6(looked: Look, version: str, option: str) -> None:
    found = looked(version)["signals"]["shop/paid"][option]["first"]

    if version in WITHOUT_ASYNC:
        sentence = f"shop/paid belongs to a version of blinker without --{option}. Leave it out."
        assert found == sentence
    else:
        newest = looked(NEWEST)["signals"]["shop/paid"][option]["first"]
        assert as_before_1_8(found) == as_before_1_8(newest)


def as_before_1_8(reported: Any) -> Any:
    """Leave out the full stop that 1.8 added to a message."""
    return json.loads(json.dumps(reported).replace("coroutine function.", "coroutine function"))


@each_version
def test_a_coroutine_function_is_refused_since_1_6(looked: Look, version: str) -> None:
    mailed = looked(version)["signals"]["shop/mailed"]

    (explained,) = calls(mailed["explain"]["None"])
    (sent,) = calls(mailed["send"]["None"])
    (caught,) = calls(mailed["continue"]["None"])
    if version in WITHOUT_ASYNC:
        assert explained == ("shop.mail", "would_call", "listens to ANY", None)
        for one in (sent, caught):
            assert one[:3] == ("shop.mail", "returned", "listens to ANY")
            assert one[3].startswith("<coroutine object mail")
        note = "shop.mail returned a coroutine that is never awaited"
        assert mailed["send"]["None"]["notes"][0].startswith(note)
    else:
        newest = looked(NEWEST)["signals"]["shop/mailed"]
        for of in ("explain", "send", "continue", "async", "wrap"):
            assert as_before_1_8(mailed[of]) == as_before_1_8(newest[of])


@each_version
def test_a_wrapped_receiver_has_its_own_name_in_a_trace(looked: Look, version: str) -> None:
    """1.6 and 1.7 return what the wrapper made of the receiver in the place of the receiver."""
    traced = looked(version)["signals"]["shop/mailed"]["trace"]

    mailed = ("shop.mail", "returned", "listens to ANY", "mailed")
    logged: tuple[object, ...] = ("shop.log", "returned", "listens to ANY", [])
    expected = [] if version in WITHOUT_ASYNC else [[mailed], [mailed, logged]]
    assert list(map(calls, traced)) == expected


@each_version
def test_results_before_an_exception_are_unknown_before_1_6(looked: Look, version: str) -> None:
    spoilt = looked(version)["signals"]["shop/spoilt"]

    keeps = version not in WITHOUT_ASYNC
    raised = ("shop.refuse", "raised", "listens to ANY", "out of stock")
    sent = ("shop.log", "returned", "listens to ANY", ["item"] if keeps else None)
    assert calls(spoilt["send"]["None"]) == [sent, raised]
    note = "This version of blinker loses the results before an exception, so they are unknown."
    assert spoilt["send"]["None"]["notes"] == ([] if keeps else [note])
    assert spoilt["continue"] == looked(NEWEST)["signals"]["shop/spoilt"]["continue"]
    (traced,) = spoilt["trace"]
    assert calls(traced) == [(*sent[:3], [] if keeps else None), raised]


@each_version
@pytest.mark.parametrize(
    ("name", "sender", "by_identity"),
    [("phoned", "phone", ("1.8.0",)), ("numbered", "1000", BY_IDENTITY)],
    ids=["text", "integers"],
)
def test_some_versions_compare_senders_by_identity(
    looked: Look, version: str, name: str, sender: str, by_identity: tuple[str, ...]
) -> None:
    signal, newest = (looked(one)["signals"][f"shop/{name}"] for one in (version, NEWEST))

    if version in by_identity:
        (listened,) = connections(signal)
        assert listened.startswith("unknown object")
        reason = f"listens only to {listened}"
        assert calls(signal["send"][sender]) == [("shop.count", "skipped", reason, None)]
        if name == "phoned":
            assert audiences(signal) == {listened: ["shop.count"], "phone": []}
    else:
        assert signal["view"] == newest["view"]
        assert signal["send"] == newest["send"]


@each_version
def test_a_small_integer_is_always_the_same_object(looked: Look, version: str) -> None:
    small, newest = (looked(one)["signals"]["shop/small"] for one in (version, NEWEST))

    for of in ("row", "view", "explain", "send", "continue", "trace"):
        assert small[of] == newest[of]


def connections(looked_at: Any) -> list[Any]:
    """The senders that the first receiver of a signal listens to."""
    return [one["sender"] for one in looked_at["view"]["receivers"][0]["connections"]]


def audiences(looked_at: Any) -> dict[Any, Any]:
    """Who listens to each sender but ``ANY``."""
    rows = looked_at["view"]["has_receivers_for"]
    return {row["sender"]: row["receivers_for"] for row in rows if not row["any"]}


# Flask of their age.

WITH_FLASK = """
    from flask import Flask, request_finished, request_started

    app = Flask("shop")


    @app.get("/")
    def index():
        return "ok"


    @request_started.connect_via(app)
    def started(sender, **payload):
        return sorted(payload)


    @request_finished.connect
    def finished(sender, response):
        return response.status_code


    SENDERS = {}


    def run():
        app.test_client().get("/")
"""


@pytest.mark.parametrize(
    "requirements",
    [
        ("blinker==1.4", "flask==2.2.5", "werkzeug==2.2.3"),
        ("blinker==1.6.2", "flask==2.3.3", "werkzeug==2.3.8"),
        ("blinker==1.7.0", "flask==3.0.3"),
        ("blinker==1.9.0", "flask>=3.1"),
    ],
    ids=lambda requirements: requirements[0],
)
def test_a_request_to_flask_is_traced(tmp_path: Path, requirements: tuple[str, ...]) -> None:
    (tmp_path / "shop.py").write_text(textwrap.dedent(WITH_FLASK))
    python = make_environment(tmp_path / "environment", *requirements)

    found = look_from(python, "shop", package_path(tmp_path / "path"))

    flask = [name for name in found["signals"] if name.startswith("flask/")]
    assert len(flask) == 10
    assert {"rich", "filelock"}.isdisjoint(found["packages"])
    assert {name.partition("/")[2] for name in found["order"]} == {
        "appcontext-pushed",
        "request-started",
        "request-finished",
        "request-tearing-down",
        "appcontext-tearing-down",
        "appcontext-popped",
    }
    (started,) = found["signals"]["flask/request-started"]["trace"]
    (finished,) = found["signals"]["flask/request-finished"]["trace"]
    assert (started["sender"], finished["payload_keys"]) == ("<Flask 'shop'>", ["response"])
    listened = "listens to <Flask 'shop'>"
    assert calls(started) == [("shop.started", "returned", listened, [])]
    assert calls(finished) == [("shop.finished", "returned", "listens to ANY", 200)]

"""The plugin beside others: pytest-asyncio, anyio, pytest-flask, pytest-randomly and pytest-xdist."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.cli import OTHER_PLUGINS
from tests.support.suites import run_suite

pytestmark = [pytest.mark.process, pytest.mark.slow]

STORE = """
from blinker import signal
from flask import Flask

ordered = signal("ordered")

def create_app():
    app = Flask("store")

    @app.post("/order/<item>")
    def order(item):
        ordered.send(app, item=item)
        return "thank you"

    return app
"""

COROUTINES = """
import asyncio

import pytest
from store import ordered

{marker}

@pytest.fixture
async def order():
    await ordered.send_async("the fixture")

async def test_the_fixture(order, signals):
    signals.assert_sent_once(ordered, sender="the fixture")

async def test_a_task(signals):
    async def place():
        await asyncio.sleep(0.01)
        await ordered.send_async("a task")

    task = asyncio.create_task(place())
    sent = await signals.wait_for(ordered)
    await task
    assert sent.sender == "a task"
    assert len(signals.sent()) == 1

async def test_isolated(signals):
    ordered.connect(receiver := (lambda sender, **payload: 1))
    with signals.isolate():
        await ordered.send_async("isolated")
    signals.muted(ordered)
    await ordered.send_async("muted")
    assert [len(sent.receivers) for sent in signals.sent()] == [0, 1]

async def test_fails(signals):
    await ordered.send_async("store")
    signals.assert_not_sent(ordered)

async def test_leaks():
    ordered.connect(leaked)

def leaked(sender, **payload): ...
"""

AUTO = """
asyncio_mode = auto
asyncio_default_fixture_loop_scope = function
"""


def test_pytest_asyncio(tmp_path: Path) -> None:
    code = COROUTINES.format(marker="")
    run = run_suite(tmp_path, code, "--signals-leaks", ini=AUTO, plugins=["asyncio"], store=STORE)

    assert run.counts == {"passed": 4, "failed": 1, "error": 1}, run.output
    assert "leaked to ordered, connected at test_shop.py:" in run.report("test_leaks")
    assert run.message("test_fails") == "AssertionError: ordered was sent once:\n  from 'store'"


def test_anyio(tmp_path: Path) -> None:
    marker = (
        "pytestmark = pytest.mark.anyio\n@pytest.fixture\ndef anyio_backend(): return 'asyncio'"
    )
    code = COROUTINES.format(marker=marker)

    run = run_suite(tmp_path, code, "--signals-leaks", plugins=["anyio"], store=STORE)

    assert run.counts == {"passed": 4, "failed": 1, "error": 1}, run.output
    assert "leaked to ordered, connected at test_shop.py:" in run.report("test_leaks")
    assert run.message("test_fails") == "AssertionError: ordered was sent once:\n  from 'store'"


FLASK = """
import pytest
from store import create_app, ordered

@pytest.fixture
def app():
    return create_app()

def test_client(client, app, signals):
    assert client.post("/order/banana").status_code == 200
    signals.assert_sent_once(ordered, sender=app, item="banana")
    signals.assert_order("flask/request-started", ordered, "flask/request-finished")

def test_another_sender(client, signals):
    client.post("/order/banana")
    signals.assert_sent(ordered, sender="store")

@pytest.mark.usefixtures("client_class")
class TestClient:
    def test_class(self, signals):
        self.client.post("/order/apple")
        signals.assert_sent_once(ordered, item="apple")
"""


def test_pytest_flask(tmp_path: Path) -> None:
    run = run_suite(tmp_path, FLASK, "--signals-leaks", plugins=["flask"], store=STORE)

    assert run.counts == {"passed": 2, "failed": 1}, run.output
    assert run.message("test_another_sender") == (
        "AssertionError: ordered was sent once, but from another sender:\n"
        "  expected: 'store'\n  sent from: <Flask 'store'>"
    )


ORDERED = """
import pytest
from store import ordered

@pytest.mark.parametrize("number", range(20))
def test_each(number, signals):
    ordered.send(number)
    assert [sent.sender for sent in signals.sent()] == [number]

@pytest.mark.parametrize("number", range(10))
def test_none(number, signals):
    signals.assert_not_sent(ordered)
"""


@pytest.mark.parametrize("seed", ["1", "2"])
@pytest.mark.parametrize("workers", [(), ("--numprocesses=2",)])
def test_pytest_randomly(tmp_path: Path, seed: str, workers: tuple[str, ...]) -> None:
    options = f"--randomly-seed={seed}", "--signals=all", "--signals-leaks", *workers

    run = run_suite(tmp_path, ORDERED, *options, plugins=["randomly"], store=STORE)

    assert run.counts == {"passed": 30}, run.output


def test_all_together(tmp_path: Path) -> None:
    coroutines = COROUTINES.format(marker="").partition("async def test_fails")[0]
    (tmp_path / "test_coroutines.py").write_text(coroutines)
    (tmp_path / "test_flask.py").write_text(FLASK)
    options = "--signals=all", "--signals-leaks=report", "--signals-doctor", "--numprocesses=2"

    run = run_suite(
        tmp_path,
        ORDERED,
        *options,
        ini=AUTO,
        plugins=OTHER_PLUGINS,
        store=STORE,
    )

    assert run.counts == {"passed": 35, "failed": 1}, run.output

"""Fixtures that every test may use."""

from __future__ import annotations

import gc
import os
import signal
from collections.abc import Iterator
from compileall import compile_dir
from functools import partial
from pathlib import Path
from socket import IPPROTO_TCP, TCP_NODELAY

import pytest

import signalcli as package
from signalcli.language.phrases import choose_language
from tests.support.browser import Browser, chromium
from tests.support.cli import SessionWith, SignalCli
from tests.support.environments import hide_packages
from tests.support.scenario import made


@pytest.hookimpl(trylast=True)  # after pytest-rerunfailures
def pytest_configure(config: pytest.Config) -> None:
    """Prepare the process of pytest, or each worker of pytest-xdist."""
    if not hasattr(config, "workerinput"):
        # the commands of tests would compile it anew if PYTHONDONTWRITEBYTECODE is set
        compile_dir(Path(package.__file__).parent, quiet=1)
    elif hasattr(config, "failures_db"):
        # pytest-rerunfailures sends two messages a test, and TCP would hold back the second for 40 ms
        config.failures_db.sock.setsockopt(IPPROTO_TCP, TCP_NODELAY, 1)


def pytest_xdist_auto_num_workers() -> int:
    """Run more tests at once than there are cores: many wait for processes, servers and limits of time."""
    return (os.cpu_count() or 1) * 3 // 2


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark the tests that run signalcli in a process of its own, and those of integration as slow."""
    for item in items:
        fixtures = set(getattr(item, "fixturenames", ()))
        if {"signalcli", "shared_session"} & fixtures:
            item.add_marker("process")
        if {"nats", "server"} & fixtures:
            item.add_marker("integration")
        if item.get_closest_marker("integration"):
            item.add_marker("slow")


def pytest_collection_finish() -> None:
    """Leave what has been collected out of the collections of garbage, which ``drop`` and others ask for."""
    import hypothesis  # noqa: F401 - its import needs the garbage collector to list every object

    gc.collect()
    gc.freeze()


@pytest.fixture(scope="session", autouse=True)
def default_signals() -> None:
    """Let signals end the programs of tests, also where a shell runs pytest in the background."""
    for number in (signal.SIGHUP, signal.SIGQUIT):
        signal.signal(number, signal.SIG_DFL)
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(autouse=True)
def no_language() -> Iterator[None]:
    """Let no test choose the language of those after it in this process."""
    yield
    choose_language(None, {})


@pytest.fixture
def english() -> None:
    """Choose English, as ``--lang en`` does."""
    choose_language("en", {})


@pytest.fixture
def chinese() -> None:
    """Choose Chinese, as ``--lang zh`` does."""
    choose_language("zh", {})


@pytest.fixture
def signalcli(tmp_path: Path) -> SignalCli:
    """Runs ``signalcli`` in a process of its own."""
    return SignalCli(tmp_path)


@pytest.fixture
def session_with(signalcli: SignalCli) -> SessionWith:
    """Build a session from command lines: ``session_with("connect king echo; mute king")``.

    ``handlers`` is the code of ``handlers.py``, whose functions can be connected.
    """
    return partial(made, signalcli)


@pytest.fixture(scope="module")
def shared_session(tmp_path_factory: pytest.TempPathFactory) -> SessionWith:
    """Build sessions for all tests of a module, as ``session_with`` does. No test changes them."""
    return lambda *commands, handlers="": made(
        SignalCli(tmp_path_factory.mktemp("shared")), *commands, handlers=handlers
    )


@pytest.fixture
def without_flask(signalcli: SignalCli) -> SignalCli:
    """Run commands as if Flask was not installed."""
    hide_packages(signalcli, "flask", "werkzeug")
    return signalcli


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """A browser for all tests of a module."""
    with chromium() as started:
        yield started

"""A plugin of pytest that counts the sends of each test by itself, and compares them with those recorded.

It is loaded with ``-p``, before that of signalcli, and prints both numbers.
"""

from __future__ import annotations

from collections.abc import Generator
from functools import wraps
from typing import Any

import pytest
from blinker import Signal

COUNTS = {"of this test": 0, "sent": 0, "recorded": 0, "different tests": 0}


def _counted(method: Any) -> Any:
    @wraps(method)
    def counted(signal: Signal, *arguments: Any, **payload: Any) -> Any:
        COUNTS["of this test"] += 1
        return method(signal, *arguments, **payload)

    return counted


for _name in ("send", "send_async"):
    setattr(Signal, _name, _counted(getattr(Signal, _name)))


def pytest_runtest_logstart() -> None:
    COUNTS["of this test"] = 0


@pytest.hookimpl(hookwrapper=True, trylast=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, None, None]:
    yield
    if call.when != "teardown":
        return
    plugin: Any = item.config.pluginmanager.get_plugin("signalcli-signals")
    trace = plugin._session._recording.trace("", failed=False)
    COUNTS["sent"] += COUNTS["of this test"]
    COUNTS["recorded"] += len(trace.events)
    COUNTS["different tests"] += len(trace.events) != COUNTS["of this test"]


def pytest_terminal_summary(terminalreporter: Any) -> None:
    terminalreporter.write_line(
        "sends: {sent} sent, {recorded} recorded, {different tests} tests differ".format(**COUNTS)
    )

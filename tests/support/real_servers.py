"""Servers that programs of the tests start: wait for them, and make requests to them."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import suppress
from http.client import HTTPException
from typing import Any
from urllib.request import urlopen

from tests.support.nats_servers import free_port

__all__ = ["free_port", "get", "until"]


def until(condition: Callable[[], Any]) -> Any:
    """Wait until a condition holds, and return its value."""
    deadline = time.monotonic() + 60
    while not (value := condition()):
        assert time.monotonic() < deadline
        time.sleep(0.05)
    return value


def get(port: int) -> str | None:
    """The body of a response, once there is a server."""
    with (
        suppress(OSError, HTTPException),
        urlopen(f"http://127.0.0.1:{port}/", timeout=10) as response,
    ):
        body: str = response.read().decode()
        return body
    return None

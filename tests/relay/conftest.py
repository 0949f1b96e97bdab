"""Fixtures: a NATS server, and commands that use it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.cli import SignalCli
from tests.support.nats_servers import NatsServer, nats_server


@pytest.fixture
def nats(tmp_path: Path) -> Iterator[NatsServer]:
    """A server of the test's own."""
    with nats_server(tmp_path / "nats") as server:
        yield server


@pytest.fixture
def relayed(signalcli: SignalCli, nats: NatsServer) -> SignalCli:
    """Commands whose usual server is that of the test."""
    signalcli.environment["SIGNALCLI_VIA"] = nats.url
    signalcli.ok("connect", "king", "animal", "--sender", "大象")
    signalcli.ok("connect", "king", "echo")
    return signalcli

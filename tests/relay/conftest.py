"""Fixtures: NATS servers, and commands that use one."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.cli import SignalCli
from tests.support.nats_servers import NatsServer, nats_server


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[NatsServer]:
    """A server for all tests of a module."""
    with nats_server(tmp_path_factory.mktemp("nats")) as server:
        yield server


@pytest.fixture
def nats(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[NatsServer]:
    """A server of the test's own, whose parameter, if there is one, is its configuration."""
    with nats_server(tmp_path / "nats", getattr(request, "param", "")) as server:
        yield server


@pytest.fixture
def relayed(signalcli: SignalCli, nats: NatsServer) -> SignalCli:
    """Commands whose usual server is that of the test."""
    signalcli.environment["SIGNALCLI_VIA"] = nats.url
    signalcli.ok("connect", "king", "animal", "--sender", "大象")
    signalcli.ok("connect", "king", "echo")
    return signalcli

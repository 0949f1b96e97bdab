"""Nothing is lost when processes and servers are killed. ``tests/benchmarks/relay.py`` has larger figures."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.nats_servers import nats_server
from tests.support.relay_kills import killed_publisher, killed_receivers, killed_servers

pytestmark = [pytest.mark.process, pytest.mark.slow]


def test_a_durable_receiver_that_is_killed_hears_everything(tmp_path: Path) -> None:
    with nats_server(tmp_path / "nats") as server:
        found = killed_receivers(server, tmp_path, messages=1000, kills=8)

    assert found.kills == 8
    assert found.lost == 0
    assert found.repeated < 2 * found.kills


def test_a_server_that_is_killed_loses_nothing(tmp_path: Path) -> None:
    with nats_server(tmp_path / "nats") as server:
        found = killed_servers(server, tmp_path, processes=2, messages=1500, kills=3)

    assert (found.kills, found.lost) == (3, 0)


def test_a_publisher_that_is_killed_leaves_its_outbox_to_the_next(tmp_path: Path) -> None:
    with nats_server(tmp_path / "nats") as server:
        found = killed_publisher(server, tmp_path)

    assert found.lost == 0

"""Fixtures: relays of applications in this process."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.support.nats_servers import NatsServer
from tests.support.relays import Application, MakeApplication


@pytest.fixture
def application(server: NatsServer) -> Iterator[MakeApplication]:
    """Makes applications, of the server of the module if no other is given, and stops them."""
    made: list[Application] = []

    def make(name: str, server: NatsServer = server, **options: object) -> Application:
        made.append(Application(server, name, **options))
        return made[-1]

    yield make
    for one in made:
        one.relay.stop()

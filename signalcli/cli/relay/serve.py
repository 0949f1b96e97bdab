"""Run the user's own server until Ctrl-C."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any, NamedTuple

from signalcli.errors import RelayError
from signalcli.language.phrases import phrase
from signalcli.values.result import Result, StreamEnd

if TYPE_CHECKING:
    from signalcli.cli.invocation import Invocation
    from signalcli.relay.server import OwnServer

POLL = 0.2
"""seconds between two looks at the server."""


class StartedServer(NamedTuple):
    """The user's own server, which runs now."""

    url: str
    pid: int
    started: bool
    """Whether this command started it."""

    def result(self) -> Result:
        if self.started:
            line = phrase("Serving {url}. Ctrl-C ends it; what is sent is kept.", url=self.url)
        else:
            line = phrase(
                "Your server runs already, at {url} in process {number}. Stop it: {command}",
                url=self.url,
                number=self.pid,
                command="signalcli relay stop",
            )
        return Result(self, lines=(line,))

    def to_json(self) -> dict[str, Any]:
        return self._asdict()


def serve_until_interrupted(invocation: Invocation, own: OwnServer, port: int) -> StreamEnd:
    """Start the server, and stop it on Ctrl-C. RelayError if it doesn't start, or ends by itself.

    If the server runs already, this only says so.
    """
    server, started = own.start(port)
    invocation.output.stream(StartedServer(str(server.address), server.pid, started))
    if not started:
        return StreamEnd()
    try:
        while own.running() == server:
            time.sleep(POLL)
    except KeyboardInterrupt:
        own.stop()
        return StreamEnd()
    raise RelayError("The server ended.")

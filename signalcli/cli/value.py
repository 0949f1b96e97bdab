"""What a command may return. A program imports it for its types only, for protocols take long."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol

from signalcli.errors import ExitStatus


class Value(Protocol):
    """What a command returns: a frozen value that knows its JSON."""

    def to_json(self) -> dict[str, Any]:
        """The JSON document that scripts read."""


class Told(Protocol):
    """A value about which there is something to say in sentences: a change, or a list of nothing."""

    @property
    def sentences(self) -> tuple[str, ...]: ...

    @property
    def is_drawn(self) -> bool:
        """Whether there is something to draw besides."""


class Streamed(Protocol):
    """A value that is many: as JSON, each of them takes a line of its own."""

    @property
    def items(self) -> Sequence[Value]: ...


class PlainValue(Protocol):
    """A value that a shell reads, such as a path: it is written without any layout."""

    @property
    def lines(self) -> Sequence[str]: ...


class Measured(Protocol):
    """Something to get through, of which it is known how far that came."""

    @property
    def total(self) -> int | None: ...

    @property
    def position(self) -> int: ...


class Ending(Protocol):
    """A value that says in which status its command ends, where that isn't always 0."""

    @property
    def status(self) -> ExitStatus: ...

"""The values of the receivers that can be connected, and of ``drop``."""

from typing import Any, NamedTuple

from signalcli.values.inspection import Connection, ReceiverView
from signalcli.values.receiver_specs import OwnReceiver
from signalcli.values.result import Result, fields_to_json, list_result


class CatalogEntry(NamedTuple):
    """A named receiver that can be connected."""

    receiver: str
    source: str
    """``"demo"``, ``"own"``, ``"package"`` or ``"import"``."""
    is_async: bool | None
    """``None`` for one that isn't loaded."""
    doc: str
    teaches: str = ""
    where: str | None = None
    own: OwnReceiver | None = None
    """Its definition, if the user wrote it with ``receivers add``."""

    def to_json(self) -> dict[str, Any]:
        names = "receiver", "is_async", "doc", "teaches", "where", "source"
        return {**fields_to_json(self, *names), **(self.own.to_json() if self.own else {})}


class ReceiverDetail(NamedTuple):
    """One receiver that can be connected, and its connections."""

    entry: CatalogEntry
    connections: tuple["HeldReceiver", ...]

    def result(self) -> Result:
        return Result(self)

    def to_json(self) -> dict[str, Any]:
        return {**self.entry.to_json(), **fields_to_json(self, "connections")}


class ReceiverCatalog(NamedTuple):
    """The named receivers that can be connected."""

    receivers: tuple[CatalogEntry, ...]

    def result(self) -> Result:
        return Result(self)

    def to_json(self) -> dict[str, Any]:
        return fields_to_json(self)


class HeldReceiver(NamedTuple):
    """The connections of a receiver to one signal."""

    signal: str
    weak: bool
    connections: tuple[Connection, ...]


class ConnectedReceiver(NamedTuple):
    """One receiver of an application, and its connections to every signal."""

    view: ReceiverView
    own: bool
    """Whether its code is the application's own, and not that of an installed package."""
    connections: tuple[HeldReceiver, ...]

    def to_json(self) -> dict[str, Any]:
        document = {**self.view.to_json(), **fields_to_json(self, "own", "connections")}
        del document["weak"], document["connected_at"]  # they may differ from signal to signal
        return document


class ConnectedReceivers(NamedTuple):
    """The receivers of an application that are connected."""

    receivers: tuple[ConnectedReceiver, ...]
    nothing: str
    """The sentence for an empty list."""

    def result(self) -> Result:
        return list_result(self, self.receivers, self.nothing)

    def to_json(self) -> dict[str, Any]:
        return fields_to_json(self, "receivers")


class Drop(NamedTuple):
    """What is left of a receiver's connections after the program drops its reference."""

    receiver: str
    changed: bool
    notes: tuple[str, ...]
    before: tuple[HeldReceiver, ...]
    after: tuple[HeldReceiver, ...]

    def result(self) -> Result:
        return Result(self, notes=self.notes, lines=None if self.before else ())

    def to_json(self) -> dict[str, Any]:
        change = {**fields_to_json(self, "changed", "notes"), "deliveries": []}
        return {**change, **fields_to_json(self, "receiver", "before", "after")}

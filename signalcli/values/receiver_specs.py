"""The frozen values of the receivers that only a session knows.

Annotations are not postponed, for the reason that :mod:`signalcli.values.delivery` gives.
"""

from typing import Any, NamedTuple


class OwnReceiver(NamedTuple):
    """A receiver of the person's own: what it does when it is called, without any code."""

    says: str | None = None
    """The template of what it prints."""
    returns: object = None
    raises: str | None = None
    """The message of the ``RuntimeError`` that it raises."""
    sleeps: float = 0.0
    """seconds, before anything else."""
    is_async: bool = False
    strict: bool = False
    """Whether it takes no payload."""

    @property
    def offered_by(self) -> None:
        """No package: it is the session's own."""

    def to_json(self) -> dict[str, Any]:
        return {
            "says": self.says,
            "returns": self.returns,
            "raises": self.raises,
            "sleeps": self.sleeps,
            "async": self.is_async,
            "strict": self.strict,
        }


class OfferedReceiver(NamedTuple):
    """A receiver that an installed package offers as an entry point."""

    offered_by: str
    """The package."""


Declared = OwnReceiver | OfferedReceiver
"""A receiver that only this session knows by its name."""

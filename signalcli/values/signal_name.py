"""Names as they are typed: of signals, ``king``, ``zoo/king``, ``@roar``, ``/a/b``; of imports."""

from __future__ import annotations

from typing import NamedTuple

from signalcli.errors import UsageError

META_SIGNALS = ("receiver_connected", "receiver_disconnected")
"""The signals that blinker makes for each signal, by the names of their attributes."""


class SignalName(NamedTuple):
    """Which signal is meant. ``str()`` gives the one way to type it."""

    name: str
    namespace: str | None = None
    """``None`` is blinker's default namespace."""
    anonymous: bool = False
    """A ``Signal()`` held in a variable, in no namespace."""
    meta: str | None = None
    """For a meta signal, the attribute of the signal itself that it is."""

    @classmethod
    def parse(cls, text: str) -> SignalName:
        """Read a typed name.

        The first ``/`` ends the namespace; a leading ``/`` means the default namespace and the
        rest literally; a leading ``@`` an anonymous signal in a variable of that name. The
        suffixes ``:receiver_connected`` and ``:receiver_disconnected``, and only these, mean the
        signal's own meta signal.

        :raises UsageError: if there is no name, or if it is that of a meta signal's meta signal.
        """
        for meta in META_SIGNALS:
            if text.endswith(f":{meta}"):
                base = cls.parse(text.removesuffix(f":{meta}"))
                if base.meta is not None:
                    raise UsageError(
                        f"'{text}' is the meta signal of a meta signal, and those are out of "
                        f"reach here. See the first: signalcli inspect {base}"
                    )
                return base._replace(meta=meta)
        namespace: str | None
        if text.startswith("@"):
            parsed = cls(text[1:], anonymous=True)
        elif "/" in text:
            namespace, name = text.split("/", 1)
            parsed = cls(name, namespace or None)
        else:
            parsed = cls(text)
        if not parsed.name:
            raise UsageError(
                f"A signal needs a name, and '{text}' has none. For example: signalcli define king"
            )
        return parsed

    @property
    def kind(self) -> str:
        """``"named"`` or ``"anonymous"``, as blinker's own meta signals are."""
        return "anonymous" if self.anonymous or self.meta else "named"

    @property
    def base(self) -> SignalName:
        """The signal itself, where this is its meta signal."""
        return self._replace(meta=None)

    def __str__(self) -> str:
        if self.meta is not None:
            return f"{self.base}:{self.meta}"
        if self.anonymous:
            return f"@{self.name}"
        if self.namespace is not None:
            return f"{self.namespace}/{self.name}"
        if "/" in self.name or self.name.startswith("@"):
            return f"/{self.name}"
        return self.name


def is_import(receiver: str) -> bool:
    """Whether a receiver's name is that of an import, such as ``shop.handlers:on_king``."""
    return ":" in receiver

"""Signal names as they are typed: ``king``, ``zoo/king``, ``@roar``, ``/a/b``."""

from __future__ import annotations

from typing import NamedTuple

from signalcli.errors import UsageError

META_SUFFIXES = (":receiver_connected", ":receiver_disconnected")


class SignalName(NamedTuple):
    """Which signal is meant. ``str()`` gives the one way to type it."""

    name: str
    namespace: str | None = None
    """``None`` is blinker's default namespace."""
    anonymous: bool = False
    """A ``Signal()`` held in a variable, in no namespace."""

    @classmethod
    def parse(cls, text: str) -> SignalName:
        """Read a typed name.

        The first ``/`` ends the namespace; a leading ``/`` means the default namespace and the
        rest literally; a leading ``@`` an anonymous signal in a variable of that name.

        :raises UsageError: if there is no name, or it is that of a meta signal.
        """
        if text.endswith(META_SUFFIXES):
            base, _, suffix = text.rpartition(":")
            raise UsageError(
                f"'{text}' is the meta signal {suffix} of '{base}', and this version can't work "
                f"with meta signals. See the signal itself: signalcli inspect {base}"
            )
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
        """``"named"`` or ``"anonymous"``."""
        return "anonymous" if self.anonymous else "named"

    def __str__(self) -> str:
        if self.anonymous:
            return f"@{self.name}"
        if self.namespace is not None:
            return f"{self.namespace}/{self.name}"
        if "/" in self.name or self.name.startswith("@"):
            return f"/{self.name}"
        return self.name

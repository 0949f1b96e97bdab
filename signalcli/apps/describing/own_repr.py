"""Ask an object for its own ``repr``. This runs code of the application: only ``--repr`` asks for it."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from importlib.machinery import ModuleSpec
from threading import get_ident
from types import ModuleType

from signalcli.apps.describing.objects import is_proxy_class
from signalcli.signals.receivers import try_call
from signalcli.signals.reflection import inherited


def own_repr(thing: object) -> str | None:
    """Return the ``repr`` that a class defines; ``None`` without one, for a proxy, or if it fails."""
    kind = type(thing)
    if is_proxy_class(kind) or inherited(kind, "__repr__") is object.__repr__:
        return None
    with _without_imports():
        return try_call(lambda: repr(thing), None)


@contextmanager
def _without_imports() -> Iterator[None]:
    """Refuse new imports of this thread within the block."""
    refuser = _ImportRefuser(get_ident())
    sys.meta_path.insert(0, refuser)
    try:
        yield
    finally:
        sys.meta_path.remove(refuser)


class _ImportRefuser:
    """Refuse to find any module for one thread."""

    def __init__(self, thread: int) -> None:
        self._thread = thread

    def find_spec(
        self, name: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        if get_ident() == self._thread:
            raise ImportError(f"{name} is not imported to describe an object")
        return None

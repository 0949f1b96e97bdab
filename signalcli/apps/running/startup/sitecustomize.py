"""Record the signals of a Python process that ``signalcli trace run`` started, or that such a process started.

Python imports this module when it starts, because its directory is on ``PYTHONPATH``. The
``sitecustomize`` that Python would have imported otherwise is imported too. Nothing else happens until the
process imports blinker.
"""

from __future__ import annotations

import atexit
import os
import sys
from types import ModuleType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from importlib.machinery import ModuleSpec

DIRECTORY = "SIGNALCLI_TRACE_DIRECTORY"
"""The variable with the directory of the trace's parts."""


def _pass_on() -> None:
    """Take this directory off the path, and import the next ``sitecustomize``, if there is one."""
    here = os.path.dirname(os.path.abspath(__file__))
    sys.path[:] = [entry for entry in sys.path if os.path.abspath(entry) != here]
    own = sys.modules.pop("sitecustomize")
    try:
        __import__("sitecustomize")
    except ModuleNotFoundError as error:
        if error.name != "sitecustomize":
            raise
        sys.modules["sitecustomize"] = own


class _BlinkerFinder:
    """Finds blinker as usual, and begins to record once it was imported."""

    def find_spec(
        self, name: str, path: Any = None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """Return the spec of blinker; ``None`` for other modules."""
        if name != "blinker":
            return None
        sys.meta_path.remove(self)
        for finder in sys.meta_path:
            spec = finder.find_spec(name, path, target)
            if spec is not None:
                loader: Any = None if spec.loader is None else _Loader(spec.loader)
                spec.loader = loader
                return spec
        return None


class _Loader:
    """Loads blinker by its own loader."""

    def __init__(self, loader: Any) -> None:
        self._loader = loader

    def __getattr__(self, name: str) -> Any:
        return getattr(self._loader, name)

    def create_module(self, spec: ModuleSpec) -> ModuleType | None:
        """Return what the own loader creates."""
        module: ModuleType | None = self._loader.create_module(spec)
        return module

    def exec_module(self, module: Any) -> None:
        """Import blinker, and begin to record."""
        module.__spec__.loader = module.__loader__ = self._loader
        self._loader.exec_module(module)
        _begin()


def _begin() -> None:
    package = os.path.dirname(
        os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
    )
    if "signalcli" not in sys.modules:
        from importlib.util import module_from_spec, spec_from_file_location

        spec: Any = spec_from_file_location(
            "signalcli", os.path.join(package, "__init__.py"), submodule_search_locations=[package]
        )
        sys.modules["signalcli"] = module_from_spec(spec)
        spec.loader.exec_module(sys.modules["signalcli"])
    from signalcli.apps.running.part import begin

    begin(os.environ[DIRECTORY])


def _note_missing() -> None:
    """Write which module was missing, if that ended the process before it imported blinker."""
    error = getattr(sys, "last_value", None)
    if isinstance(error, ModuleNotFoundError) and "blinker" not in sys.modules:
        path = os.path.join(os.environ[DIRECTORY], f"{os.getpid()}.missing")
        with open(path, "w", encoding="utf-8", errors="replace") as file:
            file.write(str(error))


_pass_on()
if os.environ.get(DIRECTORY) and sys.version_info >= (3, 10):
    sys.meta_path.insert(0, _BlinkerFinder())
    atexit.register(_note_missing)

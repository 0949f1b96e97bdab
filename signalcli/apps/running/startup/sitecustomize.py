"""Record the signals of a Python process that ``signalcli trace run`` started, or that such a process started.

Python imports this module when it starts, because its directory is on ``PYTHONPATH``. The
``sitecustomize`` that Python would have imported otherwise is imported too. Nothing else happens until the
process imports blinker.
"""

from __future__ import annotations

import atexit
import os
import sys
from contextlib import suppress
from types import ModuleType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from importlib.machinery import ModuleSpec

DIRECTORY = "SIGNALCLI_TRACE_DIRECTORY"
"""The variable with the directory of the trace's parts."""
REPR = "SIGNALCLI_TRACE_REPR"
"""The variable that is set if objects are described by their own ``repr``."""
LIVE = "SIGNALCLI_TRACE_LIVE"
"""The variable that is set if signals are shown, and so named, while the program runs."""
MISSING, UNFOLLOWED = ".missing", ".unfollowed"
"""The ends of the names of files about a module that a process missed, and about children that aren't followed."""
LOST = ".lost"
"""The name of the file whose size is the ``errno`` of a process that couldn't write, if it is under 4096."""
OLDEST = (3, 10)
"""The oldest Python that is followed."""
_PARTS = os.environ.get(DIRECTORY)
_HERE = os.path.dirname(os.path.abspath(__file__))


def _pass_on() -> None:
    """Take this directory off the path, and import the next ``sitecustomize``, if there is one."""
    sys.path[:] = [entry for entry in sys.path if os.path.abspath(entry) != _HERE]
    own = sys.modules.pop("sitecustomize")
    try:
        __import__("sitecustomize")
    except ModuleNotFoundError as error:
        if error.name != "sitecustomize":
            raise
        sys.modules["sitecustomize"] = own


class _BlinkerFinder:
    """Find blinker as usual, and begin to record once it was imported."""

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
    """Load blinker by its own loader."""

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
    package = os.path.dirname(os.path.dirname(os.path.dirname(_HERE)))
    if "signalcli" not in sys.modules:
        from importlib.util import module_from_spec, spec_from_file_location

        spec: Any = spec_from_file_location(
            "signalcli", os.path.join(package, "__init__.py"), submodule_search_locations=[package]
        )
        sys.modules["signalcli"] = module_from_spec(spec)
        spec.loader.exec_module(sys.modules["signalcli"])
    from signalcli.apps.running.part_writer import begin_recording

    begin_recording(_PARTS or "")


def _note_missing() -> None:
    """Write which module was missing, if that ended the process before it imported blinker."""
    error = getattr(sys, "last_value", None)
    if isinstance(error, ModuleNotFoundError) and "blinker" not in sys.modules:
        path = os.path.join(_PARTS or "", f"{os.getpid()}{MISSING}")
        with open(path, "w", encoding="utf-8", errors="replace") as file:
            file.write(str(error))


_STARTS = {"subprocess.Popen": 3, "os.posix_spawn": 2, "os.exec": 2, "os.system": 1}
"""The audit events of starts of programs, and the position of the environment among their arguments."""
_SHELLS = ("sh", "bash", "dash", "zsh")


def _watch_starts(event: str, arguments: tuple[Any, ...]) -> None:
    """Note a start of Python that won't import this module. This hook gets every audit event."""
    if event not in _STARTS:
        return
    is_twice = (
        event == "os.posix_spawn" and sys._getframe(1).f_globals.get("__name__") == "subprocess"
    )
    if not is_twice:  # the frame above this hook is subprocess's, which had an event of its own
        words = arguments[:1] if event == "os.system" else arguments[1]
        given = arguments[_STARTS[event]] if len(arguments) > _STARTS[event] else None
        with suppress(OSError, TypeError, ValueError):  # wrong arguments: the start raises for them
            _note_start(list(map(os.fsdecode, words)), event, given)


def _note_start(words: list[str], event: str, given: Any) -> None:
    environment = os.environ if given is None else given
    python = _python_words(
        [_SHELLS[0], "-c", *words] if event == "os.system" else words, environment
    )
    why = None if python is None else _why_unfollowed(python, environment)
    if python is not None and why is not None:
        _note_unfollowed(python, why)


def _note_unfollowed(words: list[str], why: str) -> None:
    """Write that a process isn't followed, as a line that Python can read."""
    path = os.path.join(_PARTS or "", f"{os.getpid()}{UNFOLLOWED}")
    with open(path, "a", encoding="utf-8") as file:
        file.write(f"{(words, why)!r}\n")


def _python_words(words: list[str], environment: Any) -> list[str] | None:
    """Return the command line of a Python that is started, the interpreter first; ``None`` for others."""
    if _is_python(words[0]):
        return words
    if os.path.basename(words[0]) in _SHELLS:
        code = words[2].replace("'", " ").replace('"', " ").split() if words[1:2] == ["-c"] else []
        first = next((n for n, word in enumerate(code) if _is_python(word)), None)
        return None if first is None else code[first:]
    directories = os.get_exec_path() if "/" not in words[0] else [""]
    for directory in directories:
        path = os.path.join(directory, words[0])
        if os.path.isfile(path):
            with open(path, "rb") as file:
                line = os.fsdecode(file.readline(256))
            head = [word for word in line[2:].split() if word != "-S"] if line[:2] == "#!" else [""]
            head = head[1:] if os.path.basename(head[0]) == "env" else head
            return [*head, *words] if head and _is_python(head[0]) else None
    return None


def _is_python(word: str) -> bool:
    """Return whether a path is that of an interpreter, such as ``python3.11``."""
    return os.path.basename(word).rstrip("0123456789.") in ("python", "pypy")


def _why_unfollowed(words: list[str], environment: Any) -> str | None:
    """Return why a Python with this command line won't import this module; ``None`` if it will."""
    option = _isolating_option(words)
    if option is not None:
        return option
    known = {os.fsdecode(name): os.fsdecode(value) for name, value in environment.items()}
    has_path = _HERE in known.get("PYTHONPATH", "").split(os.pathsep)
    return None if has_path and known.get(DIRECTORY) == _PARTS else "an environment of its own"


def _isolating_option(words: list[str]) -> str | None:
    """Return the option with which Python imports no ``sitecustomize`` of ``PYTHONPATH``."""
    options = iter(words[1:])
    for word in options:
        if word[:1] != "-" or word in ("-", "--"):
            return None
        for position, letter in enumerate("" if word[:2] == "--" else word[1:], 1):
            if letter in "IES":
                return f"-{letter}"
            if letter in "cm":
                return None
            if letter in "WX":  # the rest is its value, or else the next word
                if position == len(word) - 1:
                    next(options, None)
                break
    return None


def _watch() -> None:
    """Wait for the import of blinker and for starts of other programs."""
    version = sys.version_info[:2]
    if version < OLDEST:
        _note_unfollowed([sys.executable, *sys.argv], f"Python {version[0]}.{version[1]}")
        return
    sys.meta_path.insert(0, _BlinkerFinder())
    sys.addaudithook(_watch_starts)
    atexit.register(_note_missing)


if __name__ == "sitecustomize":
    _pass_on()
    if _PARTS is not None:
        _watch()

"""Values that only calls of an application's process have."""

from typing import NamedTuple


class LoadOptions(NamedTuple):
    """How to import and make an application: see :func:`signalcli.apps.importing.load.load_and_make`."""

    typed: str | None
    """The value of ``--app``; ``None`` for the application that ``flask`` would find."""
    setups: tuple[str, ...]
    calls_factory: bool
    wait: float
    """The time limit in seconds: of the import, of each function that makes the application, of each send
    and request, and of describing objects."""
    program: str
    """The command line up to the name of a command, for the hints in errors."""
    asks_repr: bool
    """Whether objects are described by their own ``repr``."""
    shows_output: bool
    """Whether sends show what receivers print, and not only keep it."""

"""The options to import, make and use an application, which are sent to its process."""

from typing import NamedTuple

from signalcli.text import PROGRAM


class AppOptions(NamedTuple):
    """How to import, make and use an application."""

    typed: str | None = None
    """The value of ``--app``; ``None`` for the application that ``flask`` would find."""
    setups: tuple[str, ...] = ()
    """The values of ``--setup``."""
    calls_factory: bool = True
    wait: float | None = None
    """The time limit in seconds: of the import, of each function that makes the application, of each send
    and request, and of describing objects."""
    program: str = PROGRAM
    """The command line up to the name of a command, for the hints in errors."""
    asks_repr: bool = False
    """Whether objects are described by their own ``repr``, which runs their code."""
    shows_output: bool = True
    """Whether sends show what receivers print, and not only keep it."""

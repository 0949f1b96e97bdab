"""Where an application's printing goes: to standard error, from its import to the end."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stdout, suppress
from typing import TextIO

from signalcli.apps.forks import FORKS
from signalcli.receivers.importer import stream_to_stderr
from signalcli.streams import STDERR, STDOUT, descriptor_to_stderr, stream_for_data


@contextmanager
def apart() -> Iterator[TextIO]:
    """Keep standard output for our data; gives the stream to write them to.

    All else that is printed in the block, and from then on, goes to standard error: an application
    has threads that print whenever they like. No process that it forks holds the stream: whoever
    reads our data would wait for the end of that.

    :raises BrokenPipeError: if nobody reads the data any more.
    :raises OSError: if they can't be written.
    """
    sys.stdout.flush()
    try:
        with (
            descriptor_to_stderr() as descriptor,
            stream_for_data(descriptor) as data,
            FORKS.closing_in_children(descriptor, data.fileno()),
        ):
            sys.stdout = stream_to_stderr()
            yield data
    finally:
        printing_goes_beside()


@contextmanager
def beside() -> Iterator[TextIO]:
    """As :func:`apart`, for the length of the block, where standard output is somebody's own stream.

    Within a program that goes on, a test say, neither its descriptors are ours nor what follows.
    """
    data = sys.stdout
    with redirect_stdout(sys.stderr):
        yield data


def printing_goes_beside() -> None:
    """Let all that is printed from now on go to standard error: our own output is written."""
    with suppress(OSError, ValueError, AttributeError):  # or it is gone
        sys.stdout.flush()
    with suppress(OSError):
        os.dup2(STDERR, STDOUT)
    sys.stdout = stream_to_stderr()


@contextmanager
def stdout_kept_open() -> Iterator[None]:
    """Let nobody get at our standard output, who may close it, by the name that Python keeps."""
    lowest = sys.__stdout__
    vars(sys)["__stdout__"] = sys.stdout
    try:
        yield
    finally:
        vars(sys)["__stdout__"] = lowest

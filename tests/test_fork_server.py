"""A command that the tests fork is the process that Python would have started."""

from __future__ import annotations

import json
import os

from tests.support.cli import SessionWith, SignalCli

HANDLERS = """
import json, os, signal, sys, time

def state(sender):
    streams = sys.stdin, sys.__stdout__, sys.__stderr__
    return json.dumps({
        "parent": os.getppid(),
        "arguments": (sys.argv[1:], sys.orig_argv, sys.executable, __name__),
        "main": (sys.modules["__main__"].__name__, sys.modules["__main__"].__file__),
        "path": sys.path,
        "flags": (sys.flags, sys.warnoptions, sys.getrecursionlimit(), sys.gettrace() is None),
        "encodings": (sys.getfilesystemencoding(), sys.getfilesystemencodeerrors()),
        "streams": [
            (stream.fileno(), stream.encoding, stream.errors, stream.line_buffering,
             stream.write_through, stream.isatty(), stream.seekable())
            for stream in streams
        ],
        "descriptors": [number for number in range(3, 64) if is_open(number)],
        "signals": [str(signal.getsignal(number)) for number in signal.valid_signals()],
        "blocked": sorted(signal.pthread_sigmask(signal.SIG_BLOCK, [])),
        "place": (os.getcwd(), dict(os.environ), os.getpgrp(), os.umask(0o22), time.tzname),
        "signalcli": sorted(name for name in sys.modules if name.startswith("signalcli")),
    })

def is_open(number):
    try:
        os.fstat(number)
    except OSError:
        return False
    return True
"""


def test_a_forked_command_starts_as_python_starts_it(session_with: SessionWith) -> None:
    signalcli = session_with("connect king handlers:state", handlers=HANDLERS)
    zone = {"TZ": "Asia/Shanghai"}

    forked = signalcli.read("send king", environment=zone)
    started = signalcli.read("send king", environment=zone, timeout=60)

    forked, started = (json.loads(sent["calls"][0]["value"]) for sent in (forked, started))
    assert started.pop("parent") == os.getpid() != forked.pop("parent")
    assert forked == started


def test_a_forked_command_ends_as_python_ends_it(signalcli: SignalCli) -> None:
    """Its status, and all that it writes."""
    for words in (["help"], ["send"], ["send", "no"], ["tour"], ["list"]):
        assert signalcli(*words) == signalcli(*words, timeout=60)

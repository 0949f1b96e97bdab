"""A command that the tests fork is the process that Python would have started."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path

import pytest

from tests.support.cli import SessionWith, SignalCli
from tests.support.fork_server import ForkServer, Request

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


def test_a_command_that_goes_on_ends_with_its_time(tmp_path: Path) -> None:
    environment = {**os.environ, "HOME": str(tmp_path)}
    server = ForkServer(environment)
    watch, version = (
        Request(words, str(tmp_path), environment) for words in (["watch"], ["--version"])
    )

    with pytest.raises(subprocess.TimeoutExpired):
        server.run(watch, 2)
    assert server.run(version, 60) is None


def test_a_server_that_ended_is_no_success(tmp_path: Path) -> None:
    environment = {**os.environ, "HOME": str(tmp_path)}
    server = ForkServer(environment)
    version = Request(["--version"], str(tmp_path), environment)
    first = server.run(version, 60)

    server._process.kill()

    assert first is not None and first.returncode == 0
    with pytest.raises((RuntimeError, OSError)):
        server.run(version, 60)
    assert server.run(version, 60) is None

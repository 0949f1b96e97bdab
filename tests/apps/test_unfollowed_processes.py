"""``trace run`` of programs whose child processes can't be followed: they are counted."""

from __future__ import annotations

import os
import sys
from typing import Any

import pytest

from tests.support.cli import Result, SignalCli

pytestmark = pytest.mark.slow

PYTHON = os.path.basename(sys.executable)
OTHER = "an environment of its own"
LEFT_OUT = {
    "isolated": ("subprocess.run([python, '-I', 'child.py'])", "-I"),
    "without its environment": ("subprocess.run([python, '-sE', 'child.py'])", "-E"),
    "without site": ("subprocess.run([python, '-X', 'utf8', '-S', 'child.py'])", "-S"),
    "without PYTHONPATH": (
        "subprocess.run([python, 'child.py'], env={'SIGNALCLI_TRACE_DIRECTORY': '/'})",
        OTHER,
    ),
    "an empty environment": ("subprocess.run([python, b'child.py'], env={})", OTHER),
    "PYTHONPATH was changed before": (
        "os.environ['PYTHONPATH'] = '/'; subprocess.run([python, 'child.py'])",
        OTHER,
    ),
    "by a shell": ("subprocess.run(f'cd . && \"{python}\" -I child.py', shell=True)", "-I"),
    "by os.system": ("os.system(f'{python} -E child.py')", "-E"),
    "by os.spawnv": ("os.spawnv(os.P_WAIT, python, [python, '-I', 'child.py'])", "-I"),
    "by os.posix_spawn": ("os.waitpid(os.posix_spawn(python, [python, 'child.py'], {}), 0)", OTHER),
    "by subprocess, without closing descriptors": (
        "subprocess.run([python, '-I', 'child.py'], close_fds=False)",
        "-I",
    ),
    "a script": ("subprocess.run(['./script'], env={})", OTHER),
    "in its place": ("os.execv(python, [python, '-I', 'child.py'])", "-I"),
}
FOLLOWED = {
    "as usual": "subprocess.run([python, 'child.py'])",
    "with options that change nothing": "subprocess.run([python, '-sB', '-WI', '-X', 'utf8', 'child.py'])",
    "with arguments that look like options": "subprocess.run([python, 'child.py', '-I', '-E'])",
    "by asyncio": "asyncio.run(run())",
}
PROGRAM = """\
import asyncio, os, subprocess, sys
from blinker import signal

async def run():
    process = await asyncio.create_subprocess_exec(python, "child.py")
    await process.wait()

signal("parent").send()
python = sys.executable
{start}
"""


def traced(signalcli: SignalCli, start: str) -> Result:
    signalcli.write("child.py", "from blinker import signal\nsignal('child').send()\n")
    script = signalcli.write("script", f"#!{sys.executable}\nimport child\n")
    script.chmod(0o700)
    signalcli.write("program.py", PROGRAM.format(start=start))
    return signalcli.ok("trace", "run", "--json", "program.py")


def signals(result: Result) -> list[Any]:
    return [event["signal"] for event in result.json["events"]]


@pytest.mark.parametrize("case", LEFT_OUT)
def test_a_child_that_is_not_followed_is_counted(signalcli: SignalCli, case: str) -> None:
    start, why = LEFT_OUT[case]
    result = traced(signalcli, start)

    assert signals(result) == ["parent"]
    (one,) = result.json["unfollowed"]
    assert (one["why"], os.path.basename(one["words"][0])) == (why, PYTHON)


@pytest.mark.parametrize("case", FOLLOWED)
def test_a_child_that_is_followed_is_not_counted(signalcli: SignalCli, case: str) -> None:
    result = traced(signalcli, FOLLOWED[case])

    assert signals(result) == ["parent", "child"]
    assert result.json["unfollowed"] == []


@pytest.mark.parametrize("start", ["['true']", "['nothing-there']", "3", "[]", "[python, 3]"])
def test_other_programs_and_wrong_arguments_are_not_counted(
    signalcli: SignalCli, start: str
) -> None:
    result = traced(
        signalcli,
        f"try: subprocess.run({start}, env={{}})\n"
        "except (OSError, TypeError, IndexError, ValueError) as error: print(repr(error))",
    )

    assert result.json["unfollowed"] == []


def test_a_note_names_the_first(signalcli: SignalCli) -> None:
    flags = "-I", "-I", "-E", "-S", "-IB"
    traced(signalcli, f"for flag in {flags}: subprocess.run([python, flag, 'child.py'])")

    result = signalcli("trace", "run", "program.py")

    names = ", ".join(f"{PYTHON} {flag} child.py" for flag in ("-I", "-E", "-S"))
    many = f"5 child processes weren't followed, so sends may be missing: {names} and 1 more."
    assert result.stderr.endswith(f"\n{many}\n")
    traced(signalcli, "subprocess.run([python, '-c', 'pass'], env={})")
    result = signalcli("trace", "run", "program.py")
    one = f"{PYTHON} -c pass ({OTHER})"
    assert result.stderr == f"1 child process wasn't followed, so sends may be missing: {one}.\n"


def test_an_environment_without_the_directory_of_the_trace_changes_nothing(
    signalcli: SignalCli,
) -> None:
    result = traced(
        signalcli,
        "del os.environ['SIGNALCLI_TRACE_DIRECTORY']\n"
        "assert subprocess.run([python, '-c', 'print(5)'], capture_output=True).stdout == b'5\\n'",
    )

    (one,) = result.json["unfollowed"]
    assert one["why"] == OTHER

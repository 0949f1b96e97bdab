"""``python -m tests.benchmarks.shell``: 2,000 commands of a script beside a process for each.

The script has 1,000 connects and 1,000 sends. Processes are slow, so only some are run, evenly chosen
among those of the script and on the session that the script has left, and their time is scaled.
"""

from __future__ import annotations

import argparse
import os
import shlex
import subprocess
import tempfile
from time import perf_counter

from tests.benchmarks.__main__ import SIGNALCLI, UNWANTED

COMMANDS = 1_000
WANTED = 20.0
"""how many times as fast the script should be"""


def timed(command: list[str], text: str = "") -> float:
    """Run a command with this standard input, and return the seconds that it took."""
    start = perf_counter()
    subprocess.run(command, input=text.encode(), stdout=subprocess.DEVNULL, check=True)
    return perf_counter() - start


def main() -> None:
    """Measure both and print their ratio."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--processes", type=int, default=100, help="how many are run")
    every = 2 * COMMANDS // parser.parse_args().processes
    lines = [f"-q connect king animal --sender sender-{n}" for n in range(COMMANDS)]
    lines += [f"send king sender-{n} --json" for n in range(COMMANDS)]

    with tempfile.TemporaryDirectory() as home:
        os.chdir(home)
        os.environ.update(HOME=home, LC_ALL="C.UTF-8")
        for variable in UNWANTED:
            os.environ.pop(variable, None)
        script = timed([SIGNALCLI, "shell"], "\n".join(lines))
        processes = every * sum(timed([SIGNALCLI, *shlex.split(line)]) for line in lines[::every])
    print(f"a script of {len(lines)} commands  {script:6.1f} s")
    print(f"a process for each (scaled)  {processes:6.1f} s")
    verdict = "" if processes >= WANTED * script else "  too slow"
    print(f"ratio  {processes / script:.1f}, at least {WANTED:.0f} is wanted{verdict}")


if __name__ == "__main__":
    main()

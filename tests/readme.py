"""``python tests/readme.py``: run every console block of the README, and write what they print.

The blocks run in order, in one empty home, as a reader would type them. Times and ids differ from
run to run, so a block in which only they do stays as it is.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

README = Path(__file__).parent.parent / "README.md"
COLUMNS = "100"


def without_times(text: str) -> str:
    """The text with every time, rate and id taken as the same."""
    text = re.sub(r"\d\.\d{3} ms", "0.000 ms", text)
    text = re.sub(r"in [\d.]+ ms", "in 0.0 ms", text)
    text = re.sub(r"in [\d.]+ s, [\d,]+ a second", "in 0.00 s, 0 a second", text)
    text = re.sub(r"\b[0-9a-f]{10}\b", "0" * 10, text)
    text = re.sub(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d", "2000-01-01 00:00:00", text)
    return re.sub(r'"seconds": [^}]+', '"seconds": 0.0', text)


def regenerated() -> str:
    """The README as its commands make it now."""
    text = README.read_text(encoding="utf-8")
    with tempfile.TemporaryDirectory() as home:
        return re.sub(
            r"(?<=^```console\n).*?(?=^```$)",
            lambda match: _keep_times(match.group(), "".join(_session(match.group(), home))),
            text,
            flags=re.MULTILINE | re.DOTALL,
        )


def _keep_times(old: str, new: str) -> str:
    return old if without_times(old) == without_times(new) else new


def _session(block: str, home: str) -> Iterator[str]:
    """The commands of a block, each with what it prints to a terminal's two streams."""
    for line in block.splitlines():
        if line.startswith("$ "):
            yield f"{line}\n{_printed(line[2:], home)}"


def _printed(command: str, home: str) -> str:
    binaries = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    completed = subprocess.run(
        ["bash", "-c", command],
        check=False,
        cwd=home,
        env={"HOME": home, "PATH": binaries, "LC_ALL": "C.UTF-8", "COLUMNS": COLUMNS},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )
    return completed.stdout.decode()


if __name__ == "__main__":
    README.write_text(regenerated(), encoding="utf-8")

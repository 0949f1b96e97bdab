"""``python -m tests.support.readme [FILE]…``: generate the console blocks of the documentation.

Without FILE, all of them, and the command reference and the man page too.

A console block has command lines that begin with ``$``. The blocks of one file run in order, in one
empty home directory, as a reader would type them. A block of Python or text whose first line is
``# NAME.py`` or ``# NAME.txt`` is saved there under that name. Times and ids differ between runs: a block in which only they differ
doesn't change.

The map of the code, ``signalcli/README.md``, describes changes to the code. Each of its sections has a
copy of the project as its home directory; a diff block changes a file of the copy.
"""

from __future__ import annotations

import ast
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from signalcli.language.phrases import LANGUAGE_VARIABLE
from tests.support import reference
from tests.support.cli import WITHOUT_PLUGINS
from tests.test_imports import MAY_IMPORT

ROOT = Path(__file__).parents[2]
README = ROOT / "README.md"
GUIDE = sorted((ROOT / "signalcli" / "guide").glob("*.md"))
MAP = ROOT / "signalcli" / "README.md"
CHINESE_README = ROOT / "README.zh.md"
CHINESE_GUIDE = sorted((ROOT / "signalcli" / "guide" / "zh").glob("*.md"))
READMES = [README, CHINESE_README]
TRANSLATED = {
    CHINESE_README: README,
    **{topic: ROOT / "signalcli" / "guide" / topic.name for topic in CHINESE_GUIDE},
}
"""The Chinese files, each with the English one. Their commands run in Chinese."""
DOCUMENTS = [*READMES, MAP, *GUIDE, *CHINESE_GUIDE]
"""The files with generated blocks."""
README_COLUMNS = 100
GUIDE_COLUMNS = 78
"""characters: a terminal of 80 less the margin of a code block."""


def without_times(text: str) -> str:
    """Return the text with every time, rate and id replaced by a fixed one."""
    text = re.sub(r"(in|用时) [\d.]+ ms", r"\1 0.0 ms", text)
    text = re.sub(r"\bin [\d.]+s\b", "in 0.00s", text)
    text = re.sub(r"in [\d.]+ s, [\d,]+ a second", "in 0.00 s, 0 a second", text)
    text = re.sub(r"用时 [\d.]+ 秒，每秒 [\d,]+ 次", "用时 0.00 秒，每秒 0 次", text)
    text = re.sub(r"\b[0-9a-f]{10}\b", "0" * 10, text)
    text = re.sub(r"\d{4}-\d\d-\d\d(.)\d\d:\d\d:\d\d", r"2000-01-01\g<1>00:00:00", text)
    text = re.sub(r"\b\d\d:\d\d:\d\d\b", "00:00:00", text)
    text = re.sub(r"\d{4}-\d\d-\d\d\b", "2000-01-01", text)
    text = re.sub(r" {0,2}\d+\.\d{3} ms", "0.000 ms", text)
    return re.sub(r'"seconds": [^},]+', '"seconds": 0.0', text)


def regenerated(path: Path) -> str:
    """Return the text of a file with the output that its commands print now."""
    text = path.read_text(encoding="utf-8")
    if path != MAP:
        columns = README_COLUMNS if path in READMES else GUIDE_COLUMNS
        return _regenerated(text, columns, {LANGUAGE_VARIABLE: "zh"} if path in TRANSLATED else {})
    text = re.sub(
        r"(?<=<!-- folders -->\n).*(?=<!-- end of folders -->)",
        folder_table(),
        text,
        flags=re.DOTALL,
    )
    sections = re.split(r"^(?=## )", text, flags=re.MULTILINE)
    return "".join(_regenerated(section, README_COLUMNS, {}, is_map=True) for section in sections)


def folder_table() -> str:
    """Return the table of the folders: their purpose, and what each may import."""
    lines = ["| folder | purpose | may import |", "|---|---|---|"]
    for name, allowed in {**MAY_IMPORT, "cli": "everything"}.items():
        folder = ROOT / "signalcli" / name
        module = folder / "__init__.py" if folder.is_dir() else folder.with_suffix(".py")
        docstring = ast.get_docstring(ast.parse(module.read_text(encoding="utf-8"))) or ""
        shown = f"{name}/" if folder.is_dir() else f"{name}.py"
        lines.append(f"| `{shown}` | {docstring.splitlines()[0]} | {allowed.replace(' ', ', ')} |")
    return "\n".join([*lines, ""])


def _regenerated(text: str, columns: int, variables: dict[str, str], is_map: bool = False) -> str:
    with tempfile.TemporaryDirectory() as home:
        if is_map and "```console" in text:
            copy_project(home)

        def generated(match: re.Match[str]) -> str:
            language, block = match.groups()
            if language == "console":
                new = "".join(_session(block, home, columns, variables))
                return f"```console\n{_keep_times(block, new)}```\n"
            change(language, block, home)
            return match.group()

        blocks = r"^```(console|python|text|diff)\n(.*?)^```\n"
        return re.sub(blocks, generated, text, flags=re.MULTILINE | re.DOTALL)


def copy_project(home: str) -> None:
    """Copy the package and its tests into a directory, with their compiled modules."""
    for name in ("signalcli", "tests"):
        shutil.copytree(ROOT / name, Path(home, name))
    shutil.copy(ROOT / "pyproject.toml", home)


def change(language: str, block: str, home: str) -> None:
    """Save a block under the name in its first line, or apply a diff block to its file."""
    named = re.match(r"(?:# |--- )([\w/]+\.(?:py|txt))\n", block)
    if named is None:
        return
    file = Path(home, named.group(1))
    if language != "diff":
        file.write_text(block, encoding="utf-8")
        return
    lines = block.splitlines()[1:]
    old = "\n".join(line[1:] for line in lines if line[:1] != "+")
    new = "\n".join(line[1:] for line in lines if line[:1] != "-")
    text = file.read_text(encoding="utf-8")
    assert text.count(old) == 1, f"{named.group(1)} has changed. Not found there once: {old}"
    file.write_text(text.replace(old, new), encoding="utf-8")


def _keep_times(old: str, new: str) -> str:
    return old if without_times(old) == without_times(new) else new


def _session(block: str, home: str, columns: int, variables: dict[str, str]) -> Iterator[str]:
    """Yield the commands of a block, each with its standard output and standard error."""
    for line in block.splitlines():
        if line.startswith("$ "):
            yield f"{line}\n{_printed(line[2:], home, columns, variables)}"


def _printed(command: str, home: str, columns: int, variables: dict[str, str]) -> str:
    binaries = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    completed = subprocess.run(
        ["bash", "-c", command],
        check=False,
        cwd=home,
        env={
            "HOME": home,
            "PATH": binaries,
            "LC_ALL": "C.UTF-8",
            "COLUMNS": str(columns),
            **WITHOUT_PLUGINS,
            **variables,
            "PYTHONPATH": home,  # the copy of the project, if there is one
        },
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )
    printed = completed.stdout.decode()
    for wrong in ("Traceback (most recent call last)", "No such file or directory"):
        assert wrong not in printed, f"{command}\n{printed}"
    return printed


if __name__ == "__main__":
    if len(sys.argv) == 1:
        reference.main()
    for document in [Path(name).resolve() for name in sys.argv[1:]] or DOCUMENTS:
        document.write_text(regenerated(document), encoding="utf-8")

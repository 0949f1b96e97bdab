"""Directories of modules and packages to import from."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from textwrap import dedent
from typing import Any, NamedTuple

from tests.support.cli import Result, finished

ON_KING = "def on_king(sender, **payload):\n    return f'heard {sender}'\n"


LEAVES_A_TRACE = "open('ran', 'a').write('ran\\n')\n"


LOADER = """
import json, sys
from signalcli.errors import ImportFailed, SignalcliError, UsageError
from signalcli.receivers.import_names import ImportName, locate
from signalcli.receivers.importer import check_callable, importing, load
"""


LOAD_EACH = f"""{LOADER}
outcomes = []
for text in sys.argv[1:]:
    try:
        outcomes.append(load(ImportName.parse(text))("大象"))
    except SignalcliError as error:
        outcomes.append([type(error).__name__, int(error.status), str(error)])
print(json.dumps(outcomes))
"""
"""Loads and calls what the command line names. It prints what came back, or the error."""


class ImportDirectories(NamedTuple):
    """Directories with code in them, and processes of Python that import it."""

    directory: Path

    @property
    def here(self) -> Path:
        """The current directory of the processes."""
        return self.directory / "here"

    @property
    def installed(self) -> Path:
        """Where Python imports from, besides its own modules."""
        return self.directory / "installed"

    def write(self, files: dict[str, str], place: Path | None = None) -> None:
        """Write files, here if no other place is given."""
        for name, content in files.items():
            path = (place or self.here) / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(dedent(content), "utf-8")

    def run(self, script: str, *arguments: str) -> Result:
        """Run a script from another directory, so that Python doesn't look here by itself."""
        path = self.directory / "elsewhere" / "script.py"
        path.parent.mkdir(exist_ok=True)
        path.write_text(script, "utf-8")
        paths = [str(self.installed), *filter(None, [os.environ.get("PYTHONPATH")])]
        python = {"PYTHONPATH": os.pathsep.join(paths), "PYTHONUNBUFFERED": "", "PYTHONUTF8": "1"}
        command = [sys.executable, str(path), *arguments]
        return finished(command, cwd=self.here, env={**os.environ, **python})

    def load(self, *texts: str, before: str = "") -> Any:
        """What each of the imports gave when it was loaded and called, or how that failed.

        :param before: a script that is run first.
        """
        result = self.run(f"{before}\n{LOAD_EACH}", *texts)
        assert result.status == 0, result
        return result.json

    def refusal(self, text: str) -> str:
        """The message of the error that loading an import ends in, of status 2."""
        ((kind, status, message),) = self.load(text)
        assert (kind, status) in {("UsageError", 2), ("UnknownName", 2)}
        return str(message)

    def failure(self, text: str, before: str = "") -> str:
        """The message of the error that the code of an import ends in.

        :param before: a script that is run first.
        """
        ((kind, status, message),) = self.load(text, before=before)
        assert (kind, status) == ("ImportFailed", 4)
        return str(message)

    def traces(self) -> int:
        """How often code ran that leaves a trace."""
        path = self.here / "ran"
        return len(path.read_text().splitlines()) if path.exists() else 0


EXAMPLE = "For example: signalcli connect king shop.handlers:on_king"

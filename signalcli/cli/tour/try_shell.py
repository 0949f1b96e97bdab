"""Run the shell with lines in its history: ``python -m signalcli.cli.tour.try_shell LINE...``."""

from __future__ import annotations

import sys

from signalcli.cli.main import main
from signalcli.cli.shell.prompt import history_of_lines
from signalcli.text import typed_text

if __name__ == "__main__":
    history = history_of_lines()
    for line in sys.argv[1:]:
        history.store_string(typed_text(line))
    sys.argv[1:] = ["shell"]
    main()

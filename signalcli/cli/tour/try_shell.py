"""Run the shell of a lesson: ``python -m signalcli.cli.tour.try_shell LESSON LINE...``.

The session gets the name of the lesson, which the prompt shows. The lines are in the history.
"""

from __future__ import annotations

import os
import sys

from signalcli.cli.invocation import Invocation
from signalcli.cli.main import main
from signalcli.cli.shell.prompt import history_of_lines
from signalcli.session.file import DEFAULT
from signalcli.session.listing import set_name_in_use
from signalcli.text import typed_text


def name_session(name: str) -> None:
    """Rename the default session of the home directory, and use it."""
    access = Invocation().session
    file, named = access.file_of(DEFAULT), access.file_of(name)
    if os.path.lexists(file.path):
        file.rename_to(named)
    else:
        named.create()
    set_name_in_use(access.path_in_use, name)


if __name__ == "__main__":
    name_session(sys.argv[1])
    history = history_of_lines()
    for line in sys.argv[2:]:
        history.store_string(typed_text(line))
    sys.argv[1:] = ["shell"]
    main()

"""Whether this process serves the Flask application that it has loaded."""

from __future__ import annotations

import os
import sys


def is_served() -> bool:
    """Return whether the application is served here.

    It isn't in ``flask`` commands such as ``flask shell``, nor in the parent of the reloader, which loads
    the application too, and then only starts it anew in a child.
    """
    if os.environ.get("FLASK_RUN_FROM_CLI") != "true":
        return True
    return "run" in sys.argv and not _is_parent_of_reloader()


def _is_parent_of_reloader() -> bool:
    if os.environ.get("WERKZEUG_RUN_MAIN") == "true" or "--no-reload" in sys.argv:
        return False
    debug = os.environ.get("FLASK_DEBUG", "").lower() not in ("", "0", "false", "no")
    reload = os.environ.get("FLASK_RUN_RELOAD", "").lower() not in ("0", "false", "no", "off")
    return "--reload" in sys.argv or (reload and (debug or "--debug" in sys.argv))

"""The process of an application that the tests load: it also tells what the loader returned."""

from __future__ import annotations

import json
import os
import sys
from functools import partial
from typing import Any

from signalcli.apps import worker
from signalcli.apps.hosting.app_options import AppOptions
from signalcli.apps.importing.load import load_and_make
from signalcli.apps.importing.locate import locate_module
from signalcli.apps.importing.target import Target

OPTIONS = ("application", "no-factory")


class LoadingWorker(worker.Worker):
    """Answers the call ``load`` too."""

    def load(self, target: str, seconds: float, asked: tuple[str, ...]) -> str:
        """Load an application, and return what was asked of it as JSON."""
        self._channel.end_when_closed(worker.LINGER)
        setups = [word.removeprefix("setup=") for word in asked if word.startswith("setup=")]
        how = AppOptions(target or None, tuple(setups), "no-factory" not in asked, seconds)
        note = partial(self._channel.write, "note")
        loaded = load_and_make(how, note, needs_app="application" in asked)
        name = locate_module(Target.parse(target)).module if target else None
        answer: dict[str, Any] = {"module": name, "app": getattr(loaded.app, "import_name", None)}
        for question in asked:
            if question not in OPTIONS and not question.startswith("setup="):
                known = {"module": sys.modules.get(str(name)), "os": os, "sys": sys}
                answer["value"] = eval(question, {**known, "loaded": loaded})
        return json.dumps(answer)


worker.Worker = LoadingWorker  # type: ignore[misc]
main = worker.main

"""What the process of an application sees of it. This runs as a script in the application's environment.

That has blinker and what the application needs, and the package signalcli alone is on its path.
"""

from __future__ import annotations

import importlib
import sys
from collections.abc import Iterator, Mapping
from typing import Any


def look(module: str) -> dict[str, Any]:
    """Import an application, trace what its ``run`` sends, and look at each signal.

    :param module: a module that has ``SENDERS``: by the end of a signal's name, senders by their names.
    """
    from signalcli.apps.application import Application
    from signalcli.apps.hosting.app_options import AppOptions
    from signalcli.apps.importing.load import LoadedApp
    from signalcli.apps.running.trace import new_recorder, use_application_names
    from signalcli.language.phrases import phrase
    from signalcli.values.inspection import ListOptions

    recorder = new_recorder()
    with recorder:
        app = importlib.import_module(module)
        loaded = LoadedApp(phrase("application '{name}'", name=module))
        application = Application(loaded, AppOptions(shows_output=False))
        use_application_names(recorder)
        with recorder.recording() as recording:
            app.run()
    events = [event.to_json() for event in recording.events]
    listed = application.list_signals(ListOptions(all=True)).to_json()["signals"]
    return {
        "signals": {
            row["signal"]: {
                "row": row,
                **dict(_looks(application, row["signal"], app.SENDERS)),
                "trace": [event for event in events if event["signal"] == row["signal"]],
            }
            for row in listed
        },
        "order": [event["signal"] for event in events],
        "packages": sorted({name.partition(".")[0] for name in sys.modules}),
    }


def _looks(
    application: Any, typed: str, senders: Mapping[str, Mapping[str, object]]
) -> Iterator[tuple[str, Any]]:
    """Yield what ``inspect``, ``explain`` and ``send`` tell of a signal."""
    from signalcli.errors import SignalcliError
    from signalcli.values.delivery import Message, SendOptions
    from signalcli.values.signal_name import SignalName

    def result_of(method: Any, sent_from: object, **options: Any) -> Any:
        try:
            message = Message(sent_from, {"item": "tea"}, SendOptions(**options))
            return method(name, message).to_json()
        except SignalcliError as error:
            return str(error)

    name = SignalName.parse(typed)
    asked = next((of for end, of in senders.items() if typed.endswith(end)), {})
    values = [one for one in asked.values() if isinstance(one, (str, int))]
    yield "view", application.inspect(name, values).to_json()
    yield "explain", {of: result_of(application.explain, one) for of, one in asked.items()}
    yield "send", {of: result_of(application.send, one) for of, one in asked.items()}
    yield (
        "continue",
        {of: result_of(application.send, one, on_error="continue") for of, one in asked.items()},
    )
    yield (
        "async",
        {of: result_of(application.send, one, is_async=True) for of, one in asked.items()},
    )
    yield "wrap", {of: result_of(application.send, one, wrap=True) for of, one in asked.items()}


if __name__ == "__main__":
    from signalcli.text import to_json

    sys.stdout.write(to_json(look(sys.argv[1])))

"""``signalcli doctor --app``: modules that connect receivers and were not imported."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.cli import SignalCli
from tests.support.doctor import examined

pytestmark = pytest.mark.slow

FACTORY = """\
from flask import Flask
from shop.signals import paid

def create_app():
    return Flask("shop")
"""
SIGNALS = "from blinker import Namespace\nevents = Namespace()\npaid = events.signal('paid')\n"
MAIL = "from shop.signals import paid\n\n@paid.connect\ndef mail(sender, **payload): ...\n"
PACKAGE = {"shop/__init__.py": FACTORY, "shop/signals.py": SIGNALS}
NOBODY = "it was not imported, and no file of the application imports it"


def found(signalcli: SignalCli, files: dict[str, str], *arguments: str) -> list[Any]:
    """Return what the rule finds in an application of these files; they end the process if they run."""
    for name, text in files.items():
        path = signalcli.directory / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    findings = examined(signalcli, "--app", "shop", *arguments)["findings"]
    return [one for one in findings if one["rule"] == "never-imported"]


def test_a_module_that_nothing_imports_is_an_error(signalcli: SignalCli) -> None:
    runs = "open('ran', 'w').close if True else None\n"

    assert found(signalcli, {**PACKAGE, "shop/receivers.py": MAIL + runs}) == [
        {
            "rule": "never-imported",
            "level": "error",
            "signal": "shop/paid",
            "receiver": "shop.receivers.mail",
            "where": "shop/receivers.py:3",
            "message": f"shop.receivers connects mail to shop/paid; {NOBODY}.",
            "remedy": "Import it where the application is made: import shop.receivers.",
        }
    ]
    assert not (signalcli.directory / "ran").exists()


FAULTS = {
    "a method of the namespace": "from .signals import events\nevents.signal('paid').connect(print)\n",
    "a connect by the module": "from shop import signals as s\n"
    "@s.paid.connect_via('x')\ndef f(s): ...\n",
    "another name of connect": "from shop.signals import paid\non = paid.connect\n"
    "@on\ndef f(s): ...\n",
    "a method of an instance": "from shop.signals import paid\n"
    "class Ear:\n    def hear(self, s): ...\near = Ear()\npaid.connect(ear.hear)\n",
    "a signal of a library": "from flask import request_started\n"
    "@request_started.connect\ndef f(s, **p): ...\n",
    "a name in the default namespace": "from blinker import signal\n"
    "@signal('ready').connect\ndef f(s): ...\n",
}


@pytest.mark.parametrize("case", FAULTS)
def test_any_way_to_connect_is_found(signalcli: SignalCli, case: str) -> None:
    ready = SIGNALS + "from blinker import signal\nready = signal('ready')\n"

    (finding,) = found(
        signalcli, {**PACKAGE, "shop/signals.py": ready, "shop/sub/x.py": FAULTS[case]}
    )

    assert (finding["level"], finding["where"].partition(":")[0]) == ("error", "shop/sub/x.py")
    assert finding["message"].startswith("shop.sub.x connects ")


def test_a_signal_of_a_class_that_was_not_imported_either_is_found(signalcli: SignalCli) -> None:
    files = {
        "shop/models.py": "from blinker import Signal\nclass Order:\n    placed = Signal()\n",
        "shop/mail.py": "from .models import Order\n@Order.placed.connect\ndef mail(s): ...\n",
        "shop/jobs.py": "from .models import Order\nOrder.broker.connect(print)\n",
    }

    (finding,) = found(signalcli, {**PACKAGE, **files})

    assert (finding["level"], finding["message"]) == (
        "warning",
        f"shop.mail connects mail to shop.models.Order.placed; {NOBODY}.",
    )


def test_receivers_of_other_signals_are_counted_apart(signalcli: SignalCli) -> None:
    more = (
        "paid.connect(print)\nfrom flask import request_started\nrequest_started.connect(print)\n"
    )

    (finding,) = found(signalcli, {**PACKAGE, "shop/mail.py": MAIL + more})

    assert finding["message"] == (
        "shop.mail connects mail and 1 more receiver to shop/paid, and 1 receiver to other signals; "
        f"{NOBODY}."
    )


@pytest.mark.parametrize("end", ["", "if __name__ == '__main__':\n    main()\n"])
def test_a_program_is_not_to_be_imported(signalcli: SignalCli, end: str) -> None:
    code = "from shop.signals import paid\ndef main():\n    paid.connect(print)\n"

    (finding,) = found(signalcli, {**PACKAGE, "shop/cli.py": code + end})

    assert finding["remedy"] == (
        "Connect in a module that is no program, and import that where the application is made."
    )


def test_a_file_beside_an_application_of_one_file_is_found(signalcli: SignalCli) -> None:
    shop = "from blinker import Signal\nfrom flask import Flask\npaid = Signal()\napp = Flask('shop')\n"
    mail = "import shop\n@shop.paid.connect\ndef mail(sender): ...\n"

    (finding,) = found(signalcli, {"shop.py": shop, "mail.py": mail})

    assert finding["message"] == f"mail connects mail to shop.paid; {NOBODY}."


def test_modules_that_only_unimported_modules_import_are_errors(signalcli: SignalCli) -> None:
    files = {**PACKAGE, "shop/receivers.py": MAIL, "shop/setup.py": "import shop.receivers\n"}

    (finding,) = found(signalcli, files)

    assert (finding["level"], finding["receiver"]) == ("error", "shop.receivers.mail")


MAYBE = {
    "a connect in a function": (
        {
            "shop/mail.py": MAIL.replace("@", "def start():\n  @").replace(
                "\ndef mail", "\n  def mail"
            )
        },
        f"shop.mail connects mail to shop/paid in start(); {NOBODY}.",
    ),
    "an import in a function": (
        {
            "shop/mail.py": MAIL,
            "shop/__init__.py": FACTORY + "\ndef later():\n    import shop.mail\n",
        },
        "shop.mail connects mail to shop/paid; shop may import it, but it was not imported until now.",
    ),
    "a name in a list": (
        {"shop/mail.py": MAIL, "shop/__init__.py": FACTORY + "\nPLUGINS = ['shop.mail:mail']\n"},
        "shop.mail connects mail to shop/paid; shop may import it, but it was not imported until now.",
    ),
    "imports by computed names": (
        {"shop/mail.py": MAIL, "shop/__init__.py": "import pkgutil\n" + FACTORY},
        "shop.mail connects mail to shop/paid; shop may import it, but it was not imported until now.",
    ),
    "a program of its own": (
        {"shop/worker.py": MAIL + "if __name__ == '__main__':\n    mail(None)\n"},
        "shop.worker connects mail to shop/paid; it is a program of its own, and was not imported here.",
    ),
    "a signal that isn't there": (
        {"shop/mail.py": "from blinker import signal\nsignal('lost').connect(print)\n"},
        f'shop.mail connects print to signal("lost"); {NOBODY}.',
    ),
}


@pytest.mark.parametrize("case", MAYBE)
def test_a_module_that_something_may_import_is_a_warning(signalcli: SignalCli, case: str) -> None:
    files, message = MAYBE[case]

    (finding,) = found(signalcli, {**PACKAGE, **files})

    assert (finding["level"], finding["message"]) == ("warning", message)


HEALTHY = {
    "it is imported": {"shop/mail.py": MAIL, "shop/__init__.py": FACTORY + "import shop.mail\n"},
    "the factory imports it": {
        "shop/mail.py": MAIL,
        "shop/__init__.py": FACTORY.replace("    return", "    import shop.mail\n    return"),
    },
    "a test connects": {"shop/tests/test_mail.py": MAIL, "shop/test_more.py": MAIL},
    "other objects connect": {
        "shop/db.py": "import sqlite3\nfrom shop.signals import engine\ndb = sqlite3.connect('x')\n"
        "engine.connect(db)\ndef start(socket):\n    socket.connect(db)\n"
    },
    "signals of another library": {
        "shop/tasks.py": "from celery.signals import task_done\n@task_done.connect\ndef f(s): ...\n"
    },
    "a program connects when it runs": {
        "shop/cli.py": "from shop.signals import paid\nif __name__ == '__main__':\n"
        "    paid.connect(print)\n"
    },
    "scripts beside the package": {"seed.py": MAIL},
}


@pytest.mark.parametrize("case", HEALTHY)
def test_no_other_module_is_reported(signalcli: SignalCli, case: str) -> None:
    assert found(signalcli, {**PACKAGE, **HEALTHY[case]}) == []


def test_scripts_in_one_directory_are_no_application(signalcli: SignalCli) -> None:
    one = "from blinker import signal\nking = signal('king')\nking.connect(print)\n"

    assert found(signalcli, {"shop.py": one, "other.py": one}) == []


def test_what_a_traced_program_imported_is_no_finding(signalcli: SignalCli) -> None:
    files = {**PACKAGE, "shop/mail.py": MAIL, "work.py": "import shop.mail\n"}

    assert found(signalcli, files, "--run", "work.py") == []


def test_tests_are_no_modules_to_import(signalcli: SignalCli) -> None:
    path = signalcli.directory / "test_shop.py"
    path.write_text("from blinker import Signal\npaid = Signal()\n", encoding="utf-8")

    not_checked = examined(signalcli, "--app", "test_shop")["not_checked"]

    assert {one["rule"]: one["reason"] for one in not_checked}["never-imported"] == (
        "The application has no source files but tests and those of installed packages."
    )

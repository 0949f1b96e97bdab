"""``signalcli doctor``: sends that no receiver heard, and signals that look like those."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.cli import SignalCli
from tests.support.doctor import application, examined

pytestmark = pytest.mark.slow

HEAR = "def hear(sender, **payload): ...\n"
REQUEST = ("--app", "shop", "--request", "GET /")


def found(signalcli: SignalCli, rule: str, *arguments: str) -> list[Any]:
    findings = examined(signalcli, *arguments or REQUEST)["findings"]
    return [finding for finding in findings if finding["rule"] == rule]


def test_a_slip_in_a_name_is_found(signalcli: SignalCli) -> None:
    application(
        signalcli,
        f"{HEAR}signal('user-loged-in').connect(hear)\n"
        "def act(): signal('user-logged-in').send(app, user=1)",
    )

    assert found(signalcli, "look-alike-signals") == [
        {
            "rule": "look-alike-signals",
            "level": "warning",
            "signal": "user-loged-in",
            "receiver": "shop.hear",
            "where": "shop.py:7",
            "message": "user-logged-in was sent 1 time and has no receivers; user-loged-in has the "
            "receiver shop.hear and was not sent in 1 request.",
            "remedy": "Make the signal in one module, and import it from there to send it and to connect "
            "receivers.",
        }
    ]


LOOK_ALIKES = {
    "two namespaces": (
        (
            "one, two = Namespace(), Namespace()\none.signal('paid').connect(hear)\n"
            "def act(): two.signal('paid').send(app)"
        ),
        "Two signals are called paid: ",
    ),
    "a namespace and the default one": (
        "one = Namespace()\none.signal('paid').connect(hear)\ndef act(): signal('paid').send(app)",
        "Two signals are called paid: ",
    ),
    "one is anonymous": (
        (
            "from blinker import Signal\norder_paid = Signal()\norder_paid.connect(hear)\n"
            "def act(): signal('order-paid').send(app)"
        ),
        "order-paid was sent 1 time and has no receivers; shop.order_paid has the receiver",
    ),
    "another spelling": (
        "signal('orderPlaced').connect(hear)\ndef act(): signal('order_placed').send(app)",
        "order_placed was sent 1 time and has no receivers; orderPlaced has the receiver",
    ),
    "connected in the request": (
        "def act():\n    signal('order-plased').connect(hear)\n    signal('order-placed').send(app)",
        "order-placed was sent 1 time and has no receivers; order-plased has the receiver",
    ),
}


@pytest.mark.parametrize("case", LOOK_ALIKES)
def test_signals_that_look_alike_are_found(signalcli: SignalCli, case: str) -> None:
    code, message = LOOK_ALIKES[case]
    application(signalcli, HEAR + code)

    (finding,) = found(signalcli, "look-alike-signals")

    assert finding["message"].startswith(message)


TWICE = "One file was imported under two names, and made two signals: "


@pytest.mark.parametrize(
    ("made", "name"), [("Signal()", "__main__.paid"), ("events.signal('paid')", "__main__/paid")]
)
def test_a_program_that_is_imported_again_is_found(
    signalcli: SignalCli, made: str, name: str
) -> None:
    shop = (
        f"from blinker import Namespace, Signal\nevents = Namespace()\npaid = {made}\nimport mail\n"
    )
    signalcli.write("shop.py", f"{shop}if __name__ == '__main__':\n    paid.send(None)\n")
    signalcli.write("mail.py", f"from shop import paid\n{HEAR}paid.connect(hear)\n")

    findings = examined(signalcli, "--run", "shop.py")["findings"]

    assert [one["message"].partition(";")[0] for one in findings] == [
        f"{TWICE}{name} was sent 1 time and has no receivers"
    ]
    assert findings[0]["remedy"].startswith("Import the module by one name only.")


def test_a_module_of_two_names_is_found(signalcli: SignalCli) -> None:
    (signalcli.directory / "web").mkdir()
    signalcli.write("web/__init__.py", "")
    signalcli.write("web/signals.py", "from blinker import Signal\npaid = Signal()\n")
    application(
        signalcli,
        f"import sys\nsys.path.insert(0, 'web')\nimport signals, web.signals\n{HEAR}"
        "signals.paid.connect(hear)\ndef act(): web.signals.paid.send(app)",
    )

    (finding,) = found(signalcli, "look-alike-signals")

    assert finding["message"].startswith(f"{TWICE}web.signals.paid was sent 1 time")


def test_two_namespaces_of_one_module_are_no_module_of_two_names(signalcli: SignalCli) -> None:
    lines = (
        "from blinker import Namespace\nfrom flask import Flask\napp = Flask('near')\n"
        f"{HEAR}shop, blog = Namespace(), Namespace()\n"
        "sent, heard = shop.signal('paid'), blog.signal('paid')\nheard.connect(hear)\n"
        "@app.get('/')\ndef act():\n    sent.send(app)\n    return ''\n"
    )
    signalcli.write("near.py", lines)

    result = signalcli("doctor", "--json", "--app", "near", "--request", "/")

    (finding,) = result.json["findings"]
    assert finding["message"].startswith("Two signals are called paid: ")


DIFFERENT = {
    "both are sent": "signal('paid').connect(hear)\n"
    "def act(): signal('paid').send(app), signal('payed').send(app)",
    "both have receivers": "signal('saved').connect(hear), signal('saves').connect(hear)\n"
    "def act(): signal('saved').send(app)",
    "other meanings": "signal('user-logged-out').connect(hear), signal('pre-save').connect(hear)\n"
    "def act(): signal('user-logged-in').send(app), signal('post-save').send(app)",
    "numbers": "signal('step-1').connect(hear)\ndef act(): signal('step-2').send(app)",
    "classes with signals of one name": "from blinker import Signal\n"
    "class Order: saved = Signal()\nclass User: saved = Signal()\n"
    "User.saved.connect(hear)\ndef act(): Order.saved.send(app)",
    "it is muted": "signal('saves').connect(hear)\n"
    "def act():\n    with signal('saved').muted(): signal('saved').send(app)",
}


@pytest.mark.parametrize("case", DIFFERENT)
def test_signals_that_mean_different_things_are_not(signalcli: SignalCli, case: str) -> None:
    application(signalcli, HEAR + DIFFERENT[case])

    assert found(signalcli, "look-alike-signals") == []


def test_a_session_has_look_alikes_too(signalcli: SignalCli) -> None:
    signalcli.ok("connect", "order-plased", "animal")
    signalcli.ok("define", "order-placed")
    signalcli.ok("send", "order-placed")

    (finding,) = [
        one for one in examined(signalcli)["findings"] if one["rule"] == "look-alike-signals"
    ]

    assert (finding["signal"], finding["receiver"]) == ("order-plased", "animal")


WORK = "from blinker import signal\n"


def worker(signalcli: SignalCli, receivers: str, code: str) -> None:
    """Write an application with receivers, and a program of the code."""
    signalcli.write(
        "shop.py",
        f"from blinker import signal\nfrom flask import Flask\napp = Flask('shop')\n{HEAR}{receivers}\n",
    )
    signalcli.write("work.py", WORK + code)


RUN = ("--app", "shop", "--run", "work.py")


def test_a_worker_that_imports_less_is_found(signalcli: SignalCli) -> None:
    worker(signalcli, "signal('paid').connect(hear)", "signal('paid').send(None, item=1)")

    assert found(signalcli, "absent-when-sent", *RUN) == [
        {
            "rule": "absent-when-sent",
            "level": "warning",
            "signal": "paid",
            "receiver": "shop.hear",
            "where": "shop.py:4",
            "message": "paid was sent 1 time from None and had no receivers then, though shop.hear listens "
            "to it in the application.",
            "remedy": "Import the module of the receiver where the signal is sent, before that; connect it "
            "before a process is forked.",
        }
    ]


@pytest.mark.parametrize(
    ("receivers", "code", "later"),
    [
        ("signal('paid').connect(hear, 'web')", "signal('paid').send('web')", ""),
        (
            "signal('paid').connect(hear)",
            "signal('paid').send()\nimport shop\n",
            ": it was connected later, at shop.py:5",
        ),
        (
            "signal('paid').connect(hear)",
            (
                "import os\nif not os.fork():\n    import shop\n    os._exit(0)\nos.wait()\n"
                "signal('paid').send()"
            ),
            "",
        ),
    ],
)
def test_a_receiver_that_came_too_late_is_found(
    signalcli: SignalCli, receivers: str, code: str, later: str
) -> None:
    worker(signalcli, receivers, code)

    (finding,) = found(signalcli, "absent-when-sent", *RUN)

    assert finding["message"].endswith(f"listens to it in the application{later}.")


@pytest.mark.parametrize(
    ("receivers", "code"),
    [
        ("signal('paid').connect(hear)", "import shop\nsignal('paid').send()"),
        ("signal('paid').connect(hear, 'web')", "signal('paid').send('work')"),
        ("signal('paid').connect(hear)", "signal('sold').send()"),
        (
            "signal('paid').connect(hear)",
            "import shop\nsignal('paid').disconnect(shop.hear)\nsignal('paid').send()",
        ),
        (
            "signal('paid').connect(hear)",
            "signal('paid').send()\nimport shop\nsignal('paid').send()",
        ),
    ],
)
def test_a_receiver_that_was_there_or_not_meant_is_no_finding(
    signalcli: SignalCli, receivers: str, code: str
) -> None:
    worker(signalcli, receivers, code)

    assert found(signalcli, "absent-when-sent", *RUN) == []


def test_a_worker_that_imports_less_is_found_beside_requests(signalcli: SignalCli) -> None:
    worker(
        signalcli,
        "signal('paid').connect(hear)\n@app.get('/')\ndef index(): signal('paid').send(app); return ''",
        "signal('paid').send(None), signal('sold').send(None)",
    )

    document = examined(signalcli, *REQUEST, "--run", "work.py")
    output = signalcli("doctor", *REQUEST, "--run", "work.py")

    findings = {finding["rule"]: finding["message"] for finding in document["findings"]}
    assert findings["absent-when-sent"] == (
        "paid was sent 1 time from None and had no receivers then, though shop.hear listens to it in the "
        "application."
    )
    assert "in 1 request and 2 sends of programs." in output.stdout + output.stderr, output


FORK = """\
import os
from blinker import signal
paid = signal("paid")
def hear(sender, **payload): ...
if __name__ == "__main__":
    process = os.fork()
    if not process:
        paid.send("child")
        os._exit(0)
    os.waitpid(process, 0)
    paid.connect(hear)
"""


@pytest.mark.parametrize("more", ["", "    paid.send('parent')\n"])
def test_a_fork_before_the_connect_is_found(signalcli: SignalCli, more: str) -> None:
    signalcli.write("shop.py", FORK + more)

    (finding,) = found(signalcli, "absent-when-sent", "--run", "shop.py")

    assert (finding["receiver"], finding["where"]) == ("shop.hear", "shop.py:11")
    assert finding["message"] == (
        "paid was sent 1 time from child in one process of the program and had no receivers then, though "
        "shop.hear listens to it in the program: it was connected later, at shop.py:11."
    )


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("    process = os.fork()", "    paid.connect(hear)\n    process = os.fork()"),
        ("    paid.connect(hear)", "    paid.connect(hear, 'parent')"),
        ("    paid.connect(hear)", "    with paid.connected_to(hear): paid.send('parent')"),
    ],
)
def test_a_fork_that_misses_no_receiver_is_no_finding(
    signalcli: SignalCli, old: str, new: str
) -> None:
    signalcli.write("shop.py", FORK.replace(old, new))

    assert found(signalcli, "absent-when-sent", "--run", "shop.py") == []


HINT = "no receivers, but user-loged-in has receivers"


@pytest.mark.parametrize(
    ("connect", "hint"),
    [
        ("signal('user-loged-in').connect(hear)", HINT),
        ("signal('user-logged-out').connect(hear)", "no receivers "),
        ("signal('user-logged-in').connect(hear)", "shop.hear → None"),
    ],
)
@pytest.mark.parametrize("command", [("request", "GET", "/", "--app", "shop"), ("run", "work.py")])
def test_a_trace_names_the_signal_that_was_meant(
    signalcli: SignalCli, command: tuple[str, ...], connect: str, hint: str
) -> None:
    application(
        signalcli, f"{HEAR}{connect}\ndef act(): signal('user-logged-in').send(app, user=1)"
    )
    signalcli.write("work.py", "import shop\nshop.act()\n")

    result = signalcli("trace", *command)

    assert (result.status, hint in result.stdout) == (0, True), result
    assert (HINT in result.stdout) == (hint == HINT)

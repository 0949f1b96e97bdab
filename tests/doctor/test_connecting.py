"""``signalcli doctor``: connects of the wrong object or again, disconnects that miss, and senders that died."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.cli import SignalCli
from tests.support.doctor import application, examined, finds, traced

pytestmark = pytest.mark.slow

Found = list[tuple[str, str | None]]
"""The level and the place of each finding."""


ACTS = "\nact = globals().get('act', list)"
"""The last line of applications whose request may do nothing."""


def found_at(found: list[Any], rule: str) -> Found:
    return [(one["level"], one["where"]) for one in found if one["rule"] == rule]


def findings(signalcli: SignalCli, *arguments: str) -> list[Any]:
    result = signalcli("doctor", "--json", "--app", "shop", *arguments)
    found: list[Any] = result.json["findings"]
    return found


def at(line: int, code: str, level: str = "error") -> tuple[str, Found]:
    """Return an application with a fault in a line of ``shop.py``."""
    return code, [(level, f"shop.py:{line}")]


HEAR = "def hear(sender, **p): ...\n"
EAR = "class Ear:\n    def hear(self, sender, **p): ...\n"
MISSED = {
    "another sender than ANY": at(
        9, f"{HEAR}king.connect(hear)\nking.disconnect(hear, sender=app)"
    ),
    "another text": at(9, f"{HEAR}king.connect(hear, 'x')\nking.disconnect(hear, 'X')"),
    "a fresh lambda": at(
        9, "keep = lambda sender: 1\nking.connect(keep)\nking.disconnect(lambda sender: 1)"
    ),
    "a fresh partial": at(
        9, f"{HEAR}king.connect(partial(hear, 1), weak=False)\nking.disconnect(partial(hear, 1))"
    ),
    "the function, where a partial is connected": at(
        9, f"{HEAR}king.connect(partial(hear, 1), weak=False)\nking.disconnect(hear)"
    ),
    "a fresh function within a function": at(
        9,
        "def on(do):\n    def hear(sender): ...\n    do(hear)\non(king.connect_via(1))\non(king.disconnect)",
    ),
    "the method of a temporary object": at(
        11, f"{EAR}ear = Ear()\nking.connect(ear.hear)\nking.disconnect(Ear().hear)"
    ),
    "the method of another object": at(
        11,
        f"{EAR}ear, other = Ear(), Ear()\nking.connect(ear.hear)\nking.disconnect(other.hear)",
        "warning",
    ),
    "the receiver of another signal": at(
        10, f"{HEAR}other = signal('queen')\nother.connect(hear)\nking.disconnect(hear)", "warning"
    ),
    "the method of another signal": at(
        11,
        f"{EAR}ear, other = Ear(), signal('queen')\nother.connect(ear.hear, 'x')\nking.disconnect(ear.hear)",
        "warning",
    ),
}

NOT_MISSED = {
    "before a connect": f"{HEAR}for _ in 'ab':\n    king.disconnect(hear)\n    king.connect(hear)",
    "before a connect of another sender": f"{HEAR}for name in 'ab':\n"
    "    king.disconnect(hear, name)\n    king.connect(hear, name)",
    "of what was never connected": f"{HEAR}{EAR}king.connect(hear)\nking.disconnect(Ear().hear)",
    "of all signals": f"{HEAR}other = signal('queen')\nother.connect(hear)\n"
    "for one in (king, other):\n    one.disconnect(hear)",
    "of a signal, and then of the right one": f"{HEAR}other = signal('queen')\nother.connect(hear)\n"
    "king.disconnect(hear)\nother.disconnect(hear)",
    "twice": f"{HEAR}king.connect(hear, 'x')\nking.connect(hear, 'y')\n"
    "king.disconnect(hear, 'x')\nking.disconnect(hear, 'x')",
    "of another object before the right one": f"{EAR}ear, other = Ear(), Ear()\n"
    "king.connect(ear.hear)\nking.disconnect(other.hear)\nking.disconnect(ear.hear)",
    "of a wrapper around another function": "def logged(f): return lambda sender: f()\n"
    f"one, two = logged(list), logged(dict)\n{HEAR}king.connect(one)\nking.disconnect(hear)",
}


@finds(MISSED, NOT_MISSED)
def test_a_disconnect_that_ends_nothing_is_found(
    signalcli: SignalCli, code: str, found: Found
) -> None:
    application(signalcli, code)

    assert found_at(findings(signalcli), "disconnect-missed") == found


FACTORY = (
    "def create_app():\n    app = Flask('made')\n    def ship(sender, **p): {body}\n"
    "    king.connect(ship, weak=False)\n    return app\n"
)
TWICE: dict[str, tuple[str, str, str]] = {
    "by a factory that ran twice": (
        f"{FACTORY.format(body='...')}first = create_app()\nsecond = create_app()",
        "shop.py:10",
        "create_app made another function each time, called at shop.py:12, shop.py:13.",
    ),
    "by a factory, each with its application": (
        f"{FACTORY.format(body='print(app)')}first, second = create_app(), create_app()",
        "shop.py:10",
        "create_app made another function each time, called at shop.py:12.",
    ),
    "to one sender": (
        "def setup():\n    @king.connect_via('x')\n    def hear(sender): ...\nsetup()\nsetup()",
        "shop.py:8",
        "setup made another function each time, called at shop.py:10, shop.py:11.",
    ),
    "by a module that was loaded again": (
        "import importlib, ears\nimportlib.reload(ears)",
        "ears.py:2",
        "Its definition ran 2 times: the code that connected it was called or imported at shop.py:7, "
        + "shop.py:8.",
    ),
    "by a loop of a module": (
        "made = [eval('lambda sender: 1') for _ in 'ab']\nfor one in made: king.connect(one)",
        "shop.py:8",
        "Its definition ran 2 times.",
    ),
    "by a loop of a function": (
        "def setup():\n    for _ in 'ab':\n        def hear(sender): ...\n"
        + "        king.connect(hear, weak=False)\nsetup()",
        "shop.py:10",
        "setup made another function each time, called at shop.py:11.",
    ),
    "by a module of two names": (
        "import sys\nsys.path.append('package')\nimport package.lobes, lobes",
        "package/lobes.py:2",
        "Its module was imported under several names: package.lobes.hear, lobes.hear.",
    ),
}
LISTENING = "from blinker import signal\n@signal('king').connect_via('x')\ndef hear(sender): ...\n"

NOT_TWICE = {
    "holding different values": "def make(name):\n    def hear(sender): print(name)\n"
    "    king.connect(hear, weak=False)\nmake('a')\nmake('b')",
    "holding different objects": "def make(name):\n    def hear(sender): print(name)\n"
    "    king.connect(hear, weak=False)\nmake(list())\nmake(list())",
    "with different defaults": "for name in 'ab':\n    def hear(sender, name=name): ...\n"
    "    king.connect(hear, weak=False)",
    "methods of two objects": f"{EAR}ears = [Ear(), Ear()]\n"
    "for ear in ears: king.connect(ear.hear, weak=False)",
    "for different senders": "for name in 'ab':\n    @king.connect_via(name)\n    def hear(sender): ...",
    "decorated functions": "def logged(f):\n    def log(sender): f()\n    return log\n"
    "king.connect(logged(list), weak=False)\nking.connect(logged(dict), weak=False)",
    "the same function again": f"{HEAR}king.connect(hear)\nking.connect(hear)",
    "different partials": f"{HEAR}for n in (1, 2): king.connect(partial(hear, n=n), weak=False)",
    "disconnected before": "def setup():\n    def hear(sender): ...\n"
    "    king.connect(hear, weak=False)\n    return hear\nking.disconnect(setup())\nsetup()",
    "two lambdas of a line": "king.connect(lambda s: 1, weak=False); king.connect(lambda s: 2, weak=False)",
}


@pytest.mark.parametrize(("code", "where", "why"), TWICE.values(), ids=TWICE.keys())
def test_functions_of_one_code_that_are_connected_twice_are_found(
    signalcli: SignalCli, code: str, where: str, why: str
) -> None:
    (signalcli.directory / "package").mkdir()
    for file in ("ears.py", "package/lobes.py"):
        (signalcli.directory / file).write_text(LISTENING)
    application(signalcli, code)

    found = [one for one in findings(signalcli) if one["rule"] == "connected-twice"]

    assert [(one["level"], one["where"]) for one in found] == [("error", where)]
    assert found[0]["message"].endswith(f"calls it 2 times. {why}")


def test_a_program_that_is_imported_again_connects_again(signalcli: SignalCli) -> None:
    signalcli.write("shop.py", f"{LISTENING}if __name__ == '__main__': import shop\n")

    found = [one for one in findings(signalcli, "--run", "shop.py") if one["level"] == "error"]

    assert [(one["rule"], one["where"]) for one in found] == [("connected-twice", "shop.py:2")]
    assert found[0]["message"].endswith("calls it 2 times. Its definition ran 2 times.")


@pytest.mark.parametrize("code", NOT_TWICE.values(), ids=NOT_TWICE.keys())
def test_receivers_that_differ_are_not_connected_twice(signalcli: SignalCli, code: str) -> None:
    application(signalcli, code)

    assert found_at(findings(signalcli), "connected-twice") == []


LOST = {
    "a temporary": at(9, f"class Shop: ...\n{HEAR}king.connect(hear, sender=Shop())"),
    "a local variable": at(
        11,
        f"class Shop: ...\n{HEAR}def setup():\n    mine = Shop()\n    king.connect(hear, mine)\nsetup()",
    ),
    "an application of its own": at(8, f"{HEAR}king.connect(hear, sender=Flask('shop'))"),
    "the sender of a request": at(
        11,
        f"class Shop: ...\n{HEAR}def act():\n    mine = Shop()\n    king.connect(hear, mine)\n    del mine",
    ),
}

NOT_LOST = {
    "dies with its receiver": "class Ear:\n    def __init__(self): king.connect(self.hear, self)\n"
    "    def hear(self, sender): ...\nEar()",
    "text": f"{HEAR}king.connect(hear, sender='x'.upper() + 'y')",
    "the method of an object that lives": f"{HEAR}{EAR}ear = Ear()\nking.connect(hear, sender=ear.hear)",
    "of a dropped application whose twin lives": "def create_app():\n    made = Flask('made')\n"
    "    @king.connect_via(made)\n    def hear(sender): ...\n    return made\n"
    "import gc\ncreate_app()\ngc.collect()\nmine = create_app()",
    "that sent before": f"class Shop: ...\n{HEAR}def act():\n    mine = Shop()\n"
    "    king.connect(hear, mine)\n    king.send(mine)",
    "disconnected before": f"class Shop: ...\n{HEAR}mine = Shop()\nking.connect(hear, mine)\n"
    "king.disconnect(hear, mine)\ndel mine",
}


@finds(LOST, NOT_LOST)
def test_a_filter_on_an_object_that_died_is_found(
    signalcli: SignalCli, code: str, found: Found
) -> None:
    application(signalcli, code + ACTS)

    assert found_at(findings(signalcli, "--request", "GET /"), "dead-sender") == found


WRONG = {
    "connect_via without a call": "@king.connect_via\ndef hear(sender): ...",
    "connect_via without a call, in a factory": "def setup():\n    @king.connect_via  # all\n"
    "    def hear(sender): ...\nsetup()",
    "connect_via with a sender, as a statement": f"{HEAR}king.connect_via(app)",
    "connect_via with the receiver, as a statement": f"{HEAR}def setup():\n    king.connect_via(hear)\n"
    "setup()",
    "connect of an application": "king.connect(app)",
    "connect of an application, as a decorator": "try:\n    @king.connect(app)\n"
    "    def hear(sender): ...\nexcept TypeError: ...",
    "connect of an object": "class Shop: ...\nmine = Shop()\nking.connect(mine)",
    "a method in the body of its class": "class Ear:\n    @king.connect\n"
    "    def hear(self, sender, **p): ...",
    "a method of a class": f"{EAR}king.connect(Ear.hear)",
    "a class method in the body of its class": "class Ear:\n    @king.connect_via('x')\n    @classmethod\n"
    "    def hear(cls, sender): ...",
    "a function that becomes a class method": "class Ear:\n    @classmethod\n    @king.connect\n"
    "    def hear(cls, sender): ...",
}

RIGHT = {
    "connect": "@king.connect\ndef hear(sender): ...",
    "connect above another decorator": "def plain(f): return lambda sender: f(sender)\n"
    "@king.connect\n@plain\ndef hear(sender): ...",
    "connect_via": "@king.connect_via(app)\ndef hear(sender): ...",
    "a function as a sender": f"def task(): ...\n@king.connect_via(task)\n{HEAR}",
    "connect_via, kept": f"{HEAR}on = king.connect_via\non(app)(hear)",
    "connect_via, applied at once": f"{HEAR}king.connect_via(app)(hear)",
    "connect_via, applied later": f"{HEAR}on = king.connect_via(app)\non(hear)",
    "a bound method": f"{EAR}ear = Ear()\nking.connect(ear.hear)",
    "a class method": "class Ear:\n    @classmethod\n    def hear(cls, sender): ...\n"
    "king.connect(Ear.hear)",
    "a static method": "class Ear:\n    @staticmethod\n    @king.connect\n    def hear(sender): ...",
    "a function in the body of a class": "class Ears:\n    @king.connect\n    def hear(sender, **p): ...",
    "an object that can be called": "class Ear:\n    def __call__(self, sender): ...\n"
    "ear = Ear()\nking.connect(ear)",
    "a class": "class Ear:\n    def __init__(self, sender): ...\nking.connect(Ear)",
}
ACT = "\ndef act(): king.send('x', gold=1)"


@pytest.mark.parametrize("code", WRONG.values(), ids=WRONG.keys())
def test_a_connect_of_the_wrong_object_is_found(signalcli: SignalCli, code: str) -> None:
    line = next(n for n, text in enumerate(code.splitlines(), 7) if "king.connect" in text)

    found = traced(signalcli, code + ACT)

    assert [(one["rule"], one["level"], one["where"]) for one in found] == [
        ("bare-connect-via", "error", f"shop.py:{line}")
    ]


SWAPPED = {
    "an application": (f"{HEAR}king.connect(app, hear)", "flask.app.Flask()", "shop.hear"),
    "by keywords": (
        f"{HEAR}king.connect(receiver=app, sender=hear)",
        "flask.app.Flask()",
        "shop.hear",
    ),
    "an object": (
        f"class Shop: ...\nmine = Shop()\n{HEAR}king.connect(mine, hear)",
        "shop.Shop()",
        "shop.hear",
    ),
    "a method": (
        f"class Shop: ...\nmine = Shop()\n{EAR}ear = Ear()\nking.connect(mine, ear.hear)",
        "shop.Shop()",
        "shop.Ear.hear",
    ),
}


@pytest.mark.parametrize("case", SWAPPED)
def test_arguments_in_the_wrong_order_are_found(signalcli: SignalCli, case: str) -> None:
    code, first, second = SWAPPED[case]
    application(signalcli, code)

    (found,) = findings(signalcli)
    result = signalcli("--app", "shop", "why", second.rpartition(".")[2], "--json")

    assert found["receiver"] == second
    assert found["message"] == (
        f"connect got {first} as the receiver of king, and {second} as its sender."
    )
    assert found["remedy"] == f"The receiver comes first: signal.connect({second}, sender=…)."
    assert (result.status, result.json["remedy"]) == (1, found["remedy"])
    assert result.json["steps"][-1]["found"] == f"connect at {found['where']} got it as the sender"


def test_a_class_method_is_to_be_connected_after_its_class(signalcli: SignalCli) -> None:
    application(signalcli, WRONG["a function that becomes a class method"])

    (found,) = findings(signalcli)

    assert found["message"] == (
        "shop.Ear.hear was connected to king before it became a class method: its cls gets the sender."
    )
    assert found["remedy"] == "Connect the class method after the class: signal.connect(Ear.hear)."


@pytest.mark.parametrize("code", RIGHT.values(), ids=RIGHT.keys())
def test_a_connect_of_a_receiver_is_no_finding(signalcli: SignalCli, code: str) -> None:
    application(signalcli, code)

    assert examined(signalcli, "--app", "shop")["findings"] == []


GROWING = {
    "a function in each request": (
        "def act():\n    def hear(sender): ...\n    king.connect(hear, weak=False)",
        2,
    ),
    "a decorated function in each of three requests": (
        "def act():\n    @king.connect_via(app)\n    def hear(sender): ...",
        3,
    ),
    "a method in each request": (f"{EAR}def act(): king.connect(Ear().hear, weak=False)", 2),
    "a method in each of three requests, until another disconnects it": (
        f"{EAR}ears = []\ndef act():\n    ears.append(Ear())\n    king.connect(ears[-1].hear, weak=False)\n"
        + "def leave(): king.disconnect(ears.pop().hear)",
        3,
    ),
    "a method in each application": (
        f"{EAR}def create_app(): king.connect(Ear().hear, weak=False)\ncreate_app()\ncreate_app()",
        1,
    ),
}

NOT_GROWING = {
    "disconnected": "def act():\n    def hear(sender): ...\n    king.connect(hear, weak=False)\n"
    "    king.disconnect(hear)",
    "for a while": "def act():\n    with king.connected_to(lambda sender: 1): ...",
    "the same function": f"{HEAR}def act(): king.connect(hear, weak=False)",
    "the same method": f"{EAR}ear = Ear()\ndef act(): king.connect(ear.hear, weak=False)",
    "once": f"{EAR}ears = []\ndef act():\n    if not ears:\n        ears.append(Ear())\n"
    "        king.connect(ears[0].hear, weak=False)",
    "weakly": "def act():\n    def hear(sender): ...\n    king.connect(hear)",
    "several objects at the start": f"{EAR}for ear in [Ear(), Ear()]:\n"
    "    king.connect(ear.hear, weak=False)\nact = list",
}


@pytest.mark.parametrize(("code", "count"), GROWING.values(), ids=GROWING.keys())
def test_receivers_that_pile_up_are_found(signalcli: SignalCli, code: str, count: int) -> None:
    application(signalcli, code + ACTS)

    found = findings(signalcli, *["--request", "GET /"] * count)

    assert [one["level"] for one in found if one["rule"] == "never-disconnected"] == ["warning"]


@pytest.mark.parametrize("code", NOT_GROWING.values(), ids=NOT_GROWING.keys())
def test_receivers_that_do_not_pile_up_are_no_finding(signalcli: SignalCli, code: str) -> None:
    application(signalcli, code)

    found = findings(signalcli, *["--request", "GET /"] * 3)

    assert found_at(found, "never-disconnected") == []


def test_a_saved_trace_of_several_requests_has_what_each_connects(signalcli: SignalCli) -> None:
    application(signalcli, GROWING["a method in each request"][0])
    signalcli(
        *("--app", "shop", "trace", "request", "GET", "/", "--then", "GET /", "--save", "t.json")
    )

    found = findings(signalcli, "--trace", "t.json")

    assert found_at(found, "never-disconnected") == [("warning", "shop.py:9")]


def test_a_function_in_each_request_is_connected_twice(signalcli: SignalCli) -> None:
    application(signalcli, GROWING["a function in each request"][0])

    found = findings(signalcli, "--request", "GET /", "--request", "GET /")

    assert found_at(found, "connected-twice") == [("error", "shop.py:9")]


def test_a_fault_of_a_library_is_a_warning_that_names_it(signalcli: SignalCli) -> None:
    library = signalcli.directory / "site-packages"
    library.mkdir()
    (library / "ears.py").write_text(
        f"from blinker import signal\n{HEAR}"
        "signal('king').connect(hear)\nsignal('king').disconnect(hear, 'x')\n"
    )
    signalcli.write("shop.py", "import sys\nsys.path.append('site-packages')\nimport ears\n")

    found = [one for one in findings(signalcli) if one["rule"] == "disconnect-missed"]

    assert [
        (one["level"], one["message"].endswith("This is in the package ears.")) for one in found
    ] == [("warning", True)]


def test_a_missed_disconnect_names_the_text_and_the_other_signal(signalcli: SignalCli) -> None:
    application(
        signalcli,
        f"{HEAR}{HEAR.replace('hear', 'listen')}king.connect(hear, 'x')\nking.disconnect(hear, 'queen')\n"
        "signal('queen').connect(listen)\nking.disconnect(listen)",
    )

    texts = [one["message"] for one in findings(signalcli) if one["rule"] == "disconnect-missed"]

    assert texts[0].startswith('disconnect(shop.hear, sender="queen") ended no connection: ')
    assert texts[1] == (
        "disconnect(shop.listen) ended no connection: shop.listen is connected to queen, not to king, "
        "and stays connected."
    )

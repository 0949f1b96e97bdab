"""Programs and applications that remove what Python itself needs, or whose objects raise."""

from __future__ import annotations

import shlex

import pytest

from tests.support.cli import SignalCli

pytestmark = pytest.mark.slow

SENDS = "import sys\nfrom blinker import signal\nking = signal('king')\nking.send(1)\n"
ODD_REPR = """\
class Odd:
    def __repr__(self): raise SystemExit(3)
    def __call__(self, sender): return self

@king.connect
def hears(sender): return Odd()
king.connect(hears, sender=(odd := Odd()))
king.send(odd)
"""
ODD = {
    "no stdout": "del sys.stdout",
    "stdout is None": "sys.stdout = None",
    "no stderr": "del sys.stderr",
    "no module": "del sys.modules[__name__]",
    "no path": "del sys.path, sys.argv",
    "no hook": "del sys.excepthook",
    "no hook of what can't be raised": "sys.unraisablehook = None",
    "repr exits": ODD_REPR,
}
RAISES = {
    "no stderr": "del sys.stderr\nraise ValueError('no')",
    "no hook": "del sys.excepthook\nraise ValueError('no')",
    "hook raises": "def hook(*a): 1 / 0\nsys.excepthook = hook\nraise ValueError('no')",
    "hook exits": "def hook(*a): sys.exit(9)\nsys.excepthook = hook\nraise ValueError('no')",
    "hook ends": "import os\nsys.excepthook = lambda *a: os._exit(9)\nraise ValueError('no')",
    "attributes exit": "class Odd:\n"
    "    def __getattr__(self, name): raise SystemExit(4)\n"
    "    def __call__(self, sender): ...\n"
    "odd = Odd()\nking.connect(odd)\nking.send(1)",
}


@pytest.mark.parametrize("how", ["", "--json"])
@pytest.mark.parametrize("text", [*ODD.values(), *RAISES.values()], ids=[*ODD, *RAISES])
def test_a_program_ends_as_in_python_but_is_shown(
    signalcli: SignalCli, text: str, how: str
) -> None:
    signalcli.write("odd.py", f"{SENDS}{text}\n")
    python = signalcli.python("odd.py")

    result = signalcli("trace", "run", *how.split(), "odd.py")

    assert result.status == python.status
    assert "king" in result.stdout
    assert "signalcli/" not in result.stderr


APPLICATIONS = {name: text for name, text in ODD.items() if name != "no module"}
"""The programs that Python can import."""


@pytest.mark.parametrize("command", ["list", "inspect", "graph"])
@pytest.mark.parametrize("text", APPLICATIONS.values(), ids=APPLICATIONS)
def test_an_application_is_looked_into(signalcli: SignalCli, text: str, command: str) -> None:
    signalcli.write("odd.py", f"{SENDS}{text}\n")

    result = signalcli.ok("--app", "odd", command)

    assert ("king" in result.stdout, result.stderr) == (True, "")


LONG = "長" * 40_000
TYPED_AT_LENGTH = (
    *(
        "{}",
        "--{}",
        "help {}",
        "help list {}",
        "list --lang {}",
        "list --theme {}",
        "list --save {}",
    ),
    *("inspect {}", "connect king {}", "send king a {}", "send king {}:=x", "send king a=@{}"),
    *("list --session {}/x", "--session={} list", "--app {} list", "--app x:{} list", "history {}"),
    *("history --since {}", "history --last {}", "tour {}", "why {}", "export {}", "import {}"),
    *(
        "receivers trust {}",
        "session use {}",
        "trace GET {}",
        "flask request {}",
        "doctor --explain {}",
    ),
    *("send king --times {}", "relay use 'a {}'", "completion {}", "list king '{0} {0}'"),
)


@pytest.mark.parametrize("lang", ["en", "zh"])
@pytest.mark.parametrize("line", TYPED_AT_LENGTH)
def test_an_error_quotes_the_start_of_a_very_long_text(
    signalcli: SignalCli, line: str, lang: str
) -> None:
    words = shlex.split(line.replace("{0}", "{}").replace("{}", "LONG"))

    result = signalcli(
        *(word.replace("LONG", LONG) for word in words), environment={"SIGNALCLI_LANG": lang}
    )

    assert len(result.stderr) < 2_000

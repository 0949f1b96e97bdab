"""Nothing of an application's code runs that would not have run without signalcli."""

from __future__ import annotations

import shutil
from collections import Counter
from pathlib import Path
from typing import NamedTuple

import pytest

from tests.support.cli import SignalCli

pytestmark = pytest.mark.slow

HOSTILE = Path(__file__).parents[1] / "support" / "hostile_app.py"

SENDERS = ["thing", "odd", "text", "number", "current", "resolving", "wrapped", "lazy", "module"]

LOOKS = [
    "list",
    "list --all --json",
    "inspect",
    "inspect --json",
    "inspect wide --sender x --sender :=5",
    "explain wide x",
    "explain wide x item=tea",
    "explain wide x --async",
    "explain ringing --wrap --on-error continue",
    "graph",
    "receivers",
    "receivers shop:*",
    "doctor",
    "export json",
    "export mermaid",
]

REQUEST = """
import shop
with shop.app.test_client() as client:
    assert client.get("/").status_code == 200
"""


class Ran(NamedTuple):
    """What of the application's code ran."""

    in_import: Counter[str]
    later: Counter[str]


class Notes:
    """The application in the directory of ``signalcli``, and what of its code runs."""

    def __init__(self, signalcli: SignalCli) -> None:
        self.signalcli = signalcli
        self._path = signalcli.directory / "notes"
        signalcli.environment |= {"NOTES": str(self._path), "SIGNALCLI_APP": "shop"}
        shutil.copy(HOSTILE, signalcli.directory / "shop.py")

    def of_command(self, *words: str, status: int | None = None) -> Ran:
        """What of it runs in a command, which succeeds if no other status is given."""
        result = self.signalcli(*words)
        assert result.status in ((0, 1) if status is None else (status,)), result.stderr
        return self._ran()

    def of_python(self, code: str) -> Ran:
        """What of it runs in a Python program."""
        assert self.signalcli.python("-c", code).status == 0
        return self._ran()

    def _ran(self) -> Ran:
        lines = self._path.read_text().splitlines()
        self._path.unlink()
        end = len(lines) - lines[::-1].index("imported") - 1
        return Ran(Counter(lines[:end]), Counter(lines[end + 1 :]))


WITHOUT_APPLICATION = """
from shop import Meta, Odd, OddCaller, current, module, note, odd, resolving, text, thing, wrapped

app = current
application = thing

def make(*given): ...
def set_up(): ...

make.__wrapped__ = current
make.__signature__ = thing
note("imported")
"""


@pytest.fixture
def notes(signalcli: SignalCli) -> Notes:
    return Notes(signalcli)


@pytest.mark.parametrize("command", LOOKS)
def test_a_look_runs_nothing(notes: Notes, command: str) -> None:
    assert notes.of_command(*command.split()).later == {}


@pytest.mark.parametrize("command", ["list", "trace GET /"])
def test_an_import_runs_what_it_runs_in_python(notes: Notes, command: str) -> None:
    ran = notes.of_command(*command.split())

    assert ran.in_import == notes.of_python("import shop").in_import
    assert ran.in_import != {}


@pytest.mark.parametrize(
    ("target", "status"),
    [
        ("bare", 0),
        ("bare:thing", 0),
        ("bare:odd", 0),
        ("bare:OddCaller", 0),
        ("bare:text", 0),
        ("bare:resolving", 0),
        ("bare:thin", 4),
        ("bare:make", 4),
    ],
)
def test_looking_for_the_application_asks_no_object(notes: Notes, target: str, status: int) -> None:
    notes.signalcli.write("bare.py", WITHOUT_APPLICATION)

    assert notes.of_command("--app", target, "list", status=status).later == {}


@pytest.mark.parametrize("sender", SENDERS)
def test_a_sender_object_is_looked_at_only(notes: Notes, sender: str) -> None:
    named = "--sender-object", f"shop:{sender}"

    assert notes.of_command("inspect", "king", *named).later == {}
    assert notes.of_command("explain", "king", *named).later == {}


@pytest.mark.parametrize("sender", ["thing", "odd", "current", "resolving", "wrapped"])
@pytest.mark.parametrize("options", [(), ("--on-error", "continue")], ids=["stop", "continue"])
def test_a_send_runs_what_it_runs_in_python(
    notes: Notes, sender: str, options: tuple[str, ...]
) -> None:
    sent = notes.of_command("send", "wide", "--sender-object", f"shop:{sender}", "--yes", *options)

    assert sent == notes.of_python(f"import shop; shop.wide.send(shop.{sender})")
    assert sent.later["called"] > 0


def test_a_counted_send_runs_what_it_runs_in_python(notes: Notes) -> None:
    sent = notes.of_command("send", "wide", "y", "--count", "3", "--yes")

    assert sent == notes.of_python("import shop\nfor _ in range(3): shop.wide.send('y')")


def test_a_traced_request_runs_what_it_runs_in_python(notes: Notes) -> None:
    traced = notes.of_command("trace", "request", "GET", "/")

    assert traced == notes.of_python(REQUEST)
    assert traced.later["called"] > 0


@pytest.mark.parametrize(
    "command", ["doctor --request /", "why Caller() --signal wide --request /"]
)
def test_a_diagnosis_runs_the_request_only(notes: Notes, command: str) -> None:
    assert notes.of_command(*command.split()) == notes.of_python(REQUEST)


def test_a_traced_program_runs_what_it_runs_in_python(notes: Notes) -> None:
    notes.signalcli.write("program.py", REQUEST)
    traced = notes.of_command("trace", "run", "program.py")

    assert traced == notes.of_python(REQUEST)

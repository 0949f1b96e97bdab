"""Files of an application with names of standard modules don't shadow those that signalcli needs."""

from __future__ import annotations

import copy
import shlex
import sys

import pytest

from tests.cli.test_flask_signals import FLASK, running
from tests.support.cli import COVERAGE, SignalCli

pytestmark = pytest.mark.integration

STUB = """\
import sys
sys.__stderr__.write(f"{__name__} was imported late\\n")
raise ImportError(f"{__name__} was imported late")
"""
SIGNALS = """\
import sys
from blinker import ANY, Namespace, signal

king = signal("king")
first, second = Namespace().signal("twice"), Namespace().signal("twice")

class Sender: ...
SENDER = Sender()

@king.connect
def hears(sender, **payload):
    return Sender()

@king.connect_via(SENDER)
def hears_one(sender, slogan=None): ...

async def awaits(sender, **payload): ...
king.connect(awaits, sender="async")
second.connect(lambda sender: None)  # which dies, for doctor to find
"""
FLASK_APP = """\
from flask import Flask

app = Flask("shop")

@app.get("/")
def index():
    king.send("view")
    return "in"

app.test_client().get("/")  # what Flask imports for a request is here
"""
SHADOWED = "sys.path.insert(0, 'shadows')\n"
"""What is imported from here on may be a stub."""


@pytest.fixture(scope="module")
def shadowed(tmp_path_factory: pytest.TempPathFactory) -> SignalCli:
    """Where every module of the standard library that isn't loaded yet has a stand-in that raises."""
    signalcli = SignalCli(tmp_path_factory.mktemp("shadowed"))
    (signalcli.directory / "shadows").mkdir()
    for name in sys.stdlib_module_names:
        (signalcli.directory / "shadows" / f"{name}.py").write_text(STUB, encoding="utf-8")
    sends = "king.send(SENDER)\nking.send('x')\n"
    for name, text in {
        "app": SIGNALS + SHADOWED,
        "shop": SIGNALS + FLASK_APP + SHADOWED,
        "raises": SIGNALS + SHADOWED + "1 / 0\n",
        "sends": SIGNALS + SHADOWED + sends,
        "fails": SIGNALS + SHADOWED + sends + "king.send('async')\n",
    }.items():
        signalcli.write(f"{name}.py", text)
    signalcli.write("lines.txt", "x\ny\n")
    signalcli.ok("trace", "run", "-q", "--save", "kept.json", "sends.py")
    return signalcli


@pytest.mark.parametrize("how", ["", "--json", "--save drawn.html", "--save drawn.svg"])
@pytest.mark.parametrize(
    ("line", "status"),
    [
        ("trace run sends.py", 0),
        ("trace run fails.py", 1),
        ("--app app list", 0),
        ("--app app inspect", 0),
        ("--app app inspect king", 0),
        ("--app app graph", 0),
        ("--app shop trace request GET /", 0),
    ],
)
def test_what_is_drawn_kept_and_saved(
    shadowed: SignalCli, line: str, status: int, how: str
) -> None:
    words = shlex.split(line)
    own = words.index("run") + 1 if "run" in words else len(words)

    result = shadowed(*words[:own], *how.split(), *words[own:])

    assert (result.status, "was imported late" in result.stderr) == (status, False), result.stderr
    assert result.stdout


@pytest.mark.parametrize("how", ["", "--json"])
@pytest.mark.parametrize(
    ("line", "status"),
    [
        ("--app app inspect kign", 2),
        ("--app app inspect twice", 2),
        ("--app app:kign list", 4),
        ("--app raises list", 4),
        ("--app raises --debug list", 4),
        ("--app app explain king", 0),
        ("--app app explain king async --async", 0),
        ("--app app send king --yes", 0),
        ("--app app send king async --yes --async --wrap", 0),
        ("--app app send king async --yes --wrap", 0),
        ("--app app send king --yes --count 3", 0),
        ("--app app send king --yes --lines lines.txt", 0),
        ("--app app doctor", 1),
        ("--app app doctor --trace kept.json", 1),
        ("--app app export --format json", 0),
        ("--app app export --format dot", 0),
    ],
)
def test_what_is_reported_and_sent(shadowed: SignalCli, line: str, status: int, how: str) -> None:
    how = "" if "export" in line else how

    result = shadowed(*shlex.split(line), *how.split())

    assert "was imported late" not in result.stderr
    assert result.status == status, result.stderr


def test_colour_changes_nothing(shadowed: SignalCli) -> None:
    coloured = copy.copy(shadowed)
    coloured.environment = {**shadowed.environment, "FORCE_COLOR": "1"}

    result = coloured.ok("trace", "run", "sends.py")

    assert ("\x1b[" in result.stdout, result.stderr) == (True, "")


@pytest.mark.parametrize("line", ["list", "inspect king", "trace GET /", "inspect kign"])
def test_the_flask_command_is_no_different(shadowed: SignalCli, line: str) -> None:
    result = running(shadowed, FLASK)("--app", "shop", "signals", *line.split())

    assert "was imported late" not in result.stderr
    assert result.status == (2 if "kign" in line else 0)


def test_a_stand_in_is_reported_when_it_is_imported(shadowed: SignalCli) -> None:
    """So that the tests above can fail."""
    name = "sends_late.py"
    (shadowed.directory / name).write_text(SHADOWED.join(["import sys\n", "import wave\n"]))

    result = shadowed("trace", "run", name)

    assert (result.status, result.stderr.splitlines()[0]) == (1, "wave was imported late")


ASGI = "async def app(scope, receive, send): ..."
WSGI = "def app(environ, start_response): ..."
FLASK_ONLY = "from flask import Flask\napp = Flask('shop')"


BY_COVERAGE = pytest.mark.skipif(bool(COVERAGE), reason="coverage imports it before")


@pytest.mark.parametrize("name", ["ssl", pytest.param("base64", marks=BY_COVERAGE), "email"])
@pytest.mark.parametrize(
    ("text", "blamed"),
    [
        (ASGI, "Requests to an application of ASGI are made by httpx, which can't be imported"),
        (WSGI, "Requests to an application of WSGI are made by werkzeug, which can't be imported"),
        (FLASK_ONLY, "The application 'shop' can't be imported, because shop.py:1 raises"),
    ],
)
def test_a_file_that_hides_a_module_of_python_is_blamed(
    signalcli: SignalCli, text: str, blamed: str, name: str
) -> None:
    file = signalcli.directory / f"{name}.py"
    file.write_text("own = 1\n", encoding="utf-8")
    signalcli.write("shop.py", text)

    result = signalcli("--app", "shop:app", "trace", "/")

    error = result.stderr.splitlines()[-1]
    assert (result.status, error[: len("Error: ") + len(blamed)]) == (4, f"Error: {blamed}")
    assert error.endswith(f"{file} hides the module {name} of Python. Give it another name.")
    assert "Install what is missing" not in error

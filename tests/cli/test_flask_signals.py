"""``flask signals``: our commands on the application that Flask chose, in Flask's own conventions."""

from __future__ import annotations

import copy
import json
import re
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import Result, SignalCli

FLASK = str(Path(sys.executable).with_name("flask"))

SHOP = """\
from blinker import Namespace
from flask import Flask, appcontext_pushed

print("importing shop")
registered = Namespace().signal("user-registered")
send = registered.send

def welcome(sender, **payload):
    print("welcome")

def pushed(sender, **payload):
    print("a context was pushed")

registered.connect(welcome)
registered.connect(welcome, sender="大象")

def create_app(name="made"):
    app = Flask(name)
    appcontext_pushed.connect(pushed, app)

    @app.get("/join")
    def join():
        send(app, user="monkey")
        return "in"

    return app

app = create_app("shop")
"""


@pytest.fixture
def shop(signalcli: SignalCli) -> SignalCli:
    """``signalcli``, where there is an application."""
    (signalcli.directory / "shop.py").write_text(SHOP, encoding="utf-8")
    return signalcli


def running(other: SignalCli, *program: str) -> SignalCli:
    """Runs another program in the same place."""
    runner = copy.copy(other)
    runner.program = program
    return runner


@pytest.fixture
def flask(shop: SignalCli) -> SignalCli:
    """The ``flask`` command, where there is an application."""
    return running(shop, FLASK)


def with_application(runner: SignalCli, source: str) -> None:
    """Put another application in the place of the shop."""
    (runner.directory / "shop.py").write_text(source, encoding="utf-8")


# The same answers.


@pytest.mark.parametrize(
    "line",
    [
        "list",
        "list --json",
        "list --all --json",
        "inspect",
        "inspect --json",
        "inspect user-registered --sender 大象 --sender x",
        "inspect user-registered --sender 大象 --json",
        "inspect user-registered --quiet",
    ],
)
def test_flask_answers_as_our_own_command_does(
    shop: SignalCli, flask: SignalCli, line: str
) -> None:
    ours = shop.ok("--app", "shop:app", *line.split())

    answered = flask.ok("--app", "shop:app", "signals", *line.split())

    assert answered == ours
    assert answered.stderr == "importing shop\n"


FACTORY = """\
from blinker import Signal
from flask import Flask

def create_app():
    app = Flask("made")
    app.ready = Signal()

    @app.ready.connect
    def on_ready(sender): ...

    app.on_ready = on_ready
    return app
"""


@pytest.mark.parametrize("line", ["list --json", "inspect ready --json", "graph ready"])
def test_what_a_factory_made_is_alive_while_it_is_looked_at(
    shop: SignalCli, flask: SignalCli, line: str
) -> None:
    """Nothing but us holds it: neither a module nor, by a name of its own, Flask's command."""
    with_application(shop, FACTORY)

    ours = shop.ok("--app", "shop:create_app", *line.split())

    assert "flask.app.Flask.ready#1" in ours.stdout
    if not line.startswith("graph"):
        assert flask.ok("--app", "shop", "signals", *line.split()) == ours


def without_times(text: str) -> str:
    return re.sub(r'"seconds": [^,}]+', '"seconds": 0', text)


def test_a_request_is_traced_as_by_our_own_command(shop: SignalCli, flask: SignalCli) -> None:
    ours = shop.ok("--app", "shop", "trace", "request", "GET", "/join", "--json")

    traced = flask.ok("--app", "shop", "signals", "trace", "GET", "/join", "--json")

    assert without_times(traced.stdout) == without_times(ours.stdout)
    assert traced.stderr == ours.stderr == "importing shop\na context was pushed\nwelcome\n"


DYING = """\
from blinker import signal
from flask import Flask

def create_app():
    def on_king(sender, **payload): ...
    signal("king").connect(on_king)
    return Flask("made")
"""


def test_doctor_sees_what_was_connected_in_the_import(shop: SignalCli, flask: SignalCli) -> None:
    with_application(shop, DYING)
    ours = shop("--app", "shop:create_app", "doctor", "--json")

    examined = flask("--app", "shop:create_app", "signals", "doctor", "--json")

    (finding,) = examined.json["findings"]
    assert (examined.status, finding["rule"]) == (1, "dead-receiver")
    keep, use = (
        "flask signals trace GET / --save trace.json",
        "flask signals doctor --trace trace.json",
    )
    told = re.sub('Keep one: .*?(?=")', f"Keep one: {keep}; and then: {use}", ours.stdout)
    assert examined.stdout == told != ours.stdout


def test_doctor_gives_the_next_command_of_flask(shop: SignalCli, flask: SignalCli) -> None:
    with_application(shop, DYING)

    result = flask("--app", "shop:create_app", "signals", "doctor")

    assert result.stderr.splitlines()[0].endswith(
        "What a rule means: flask signals doctor --explain dead-receiver"
    )


def test_doctor_reads_a_kept_trace_and_explains_its_rules(
    shop: SignalCli, flask: SignalCli
) -> None:
    flask.ok("--app", "shop", "signals", "trace", "GET", "/join", "--save", "kept.json")

    for line in ("doctor --trace kept.json --json", "doctor --explain dead-receiver"):
        ours = shop("--app", "shop", *line.split())

        assert flask("--app", "shop", "signals", *line.split()) == ours
        assert ours.stdout != ""


def test_a_send_that_was_bound_in_the_import_is_seen(flask: SignalCli) -> None:
    traced = flask.ok("--app", "shop", "signals", "trace", "GET", "/join", "--json").json

    signals = [event["signal"] for event in traced["events"] if event["calls"]]
    assert signals == ["flask/appcontext-pushed", "shop.registered"]


def test_a_receiver_that_raises_is_told_in_the_status(flask: SignalCli) -> None:
    with_application(flask, SHOP.replace('print("welcome")', "raise ValueError('no')"))

    traced = flask("--app", "shop", "signals", "trace", "GET", "/join")

    assert (traced.status, traced.stdout.splitlines()[0].split("  ")[0]) == (
        1,
        "GET /join → 500 Internal Server Error",
    )


def test_data_and_headers_are_sent(flask: SignalCli) -> None:
    with_application(
        flask,
        "from flask import Flask, request\n"
        "app = Flask('shop')\n"
        "@app.post('/join')\n"
        "def join(): return request.form['user'] + request.headers['X-Name']\n",
    )

    traced = flask.ok(
        *("--app", "shop", "signals", "trace", "post", "/join", "--json"),
        *("--data", "user=monkey", "--header", "X-Name: king"),
    )

    assert traced.json["body"] == "monkeyking"


@pytest.mark.parametrize("options", ["", "--all", "--json", "-q --all --json"])
def test_without_the_name_of_a_command_it_lists(flask: SignalCli, options: str) -> None:
    listed = flask.ok("--app", "shop", "signals", "list", *options.split())

    assert flask.ok("--app", "shop", "signals", *options.split()) == listed


def test_no_application_context_is_pushed(flask: SignalCli) -> None:
    """Flask pushes one for a command of its own, which sends a signal."""
    listed = flask.ok("--app", "shop", "signals", "inspect", "appcontext-pushed")

    assert ("shop.pushed" in listed.stdout, listed.stderr) == (True, "importing shop\n")


def test_what_is_drawn_is_saved_under_what_was_typed(flask: SignalCli) -> None:
    flask.ok("--app", "shop", "signals", "trace", "GET", "/join", "--save", "join.svg")

    picture = (flask.directory / "join.svg").read_text(encoding="utf-8").replace("&#160;", " ")
    assert ">flask --app shop signals trace GET /join<" in picture


# The application is Flask's to choose.


@pytest.mark.parametrize(
    "app", ["shop", "shop.py", "./shop.py:app", "shop:create_app", "shop:create_app('x')"]
)
def test_the_application_is_what_flask_takes_it_for(flask: SignalCli, app: str) -> None:
    listed = flask.ok("-A", app, "--debug", "signals", "list", "--json")

    assert "shop.registered" in [signal["signal"] for signal in listed.json["signals"]]


def test_it_may_come_from_flasks_variable(flask: SignalCli) -> None:
    refused = flask("signals", "inspect", "no", environment={"FLASK_APP": "shop:create_app"})

    assert refused == Result(
        2,
        "",
        "importing shop\n"
        "Error: No signal 'no' in application 'shop:create_app'. "
        "See them all: flask signals list\n",
    )


@pytest.mark.parametrize("file", ["wsgi.py", "app.py"])
def test_it_may_be_the_file_that_flask_looks_for(flask: SignalCli, file: str) -> None:
    (flask.directory / "shop.py").rename(flask.directory / file)

    refused = flask("signals", "inspect", "no")

    assert refused.stderr.splitlines()[1].startswith("Error: No signal 'no' in application 'shop'.")


@pytest.mark.parametrize(("file", "options"), [(".flaskenv", ()), ("my.env", ("-e", "my.env"))])
def test_it_may_come_from_a_file_of_variables(
    flask: SignalCli, file: str, options: tuple[str, ...]
) -> None:
    (flask.directory / file).write_text("FLASK_APP=shop:app\n")

    refused = flask(*options, "signals", "inspect", "no")

    assert "No signal 'no' in application 'shop:app'." in refused.stderr


def test_python_m_flask_does_the_same(shop: SignalCli, flask: SignalCli) -> None:
    listed = flask.ok("--app", "shop", "signals", "list", "--json")

    module = running(shop, sys.executable, "-m", "flask")

    assert module.ok("--app", "shop", "signals", "--json") == listed
    assert module("--app", "shop", "signals", "inspect", "no").stderr.endswith(
        "See them all: python -m flask signals list\n"
    )


MANAGE = """\
import click
from flask.cli import FlaskGroup

def create_app():
    from shop import create_app
    return create_app("managed")

@click.group(cls=FlaskGroup, create_app=create_app)
def cli(): ...

if __name__ == "__main__":
    cli()
"""


def test_a_projects_own_script_has_it_too(shop: SignalCli) -> None:
    (shop.directory / "manage.py").write_text(MANAGE, encoding="utf-8")
    manage = running(shop, sys.executable, "manage.py")

    traced = manage.ok("signals", "trace", "GET", "/join", "--json").json
    refused = manage("signals", "inspect", "no")

    called = {event["signal"]: event["sender"] for event in traced["events"] if event["calls"]}
    assert called == dict.fromkeys(
        ("flask/appcontext-pushed", "shop.registered"), "<Flask 'managed'>"
    )
    assert refused.stderr.endswith(
        "Error: No signal 'no' in application 'managed'. See them all: manage.py signals list\n"
    )


# Errors.


def test_of_a_script_what_was_not_seen_is_not_checked(shop: SignalCli) -> None:
    text = f"from blinker import signal\nsignal('early').connect(lambda sender: 1)\n{MANAGE}"
    (shop.directory / "manage.py").write_text(text, encoding="utf-8")

    found = running(shop, sys.executable, "manage.py").ok("signals", "doctor", "--json").json

    reason = "What the script connected before its application was made was not seen."
    assert found["findings"] == []
    assert [one["rule"] for one in found["not_checked"] if one["reason"] == reason] == [
        "dead-receiver",
        "sender-zero",
    ]


@pytest.mark.parametrize("options", ["", "--app nope", "--app shop:nope", "--app manage"])
def test_flask_tells_its_own_errors_in_its_own_way(flask: SignalCli, options: str) -> None:
    (flask.directory / "manage.py").write_text("import nothing_of_that_name\n")
    theirs = flask(*options.split(), "routes")

    ours = flask(*options.split(), "signals", "list")

    usage, _, rest = ours.stderr.rpartition("list --help' for help.\n")
    theirs_usage, _, sentence = theirs.stderr.rpartition("routes --help' for help.\n")
    assert (ours.status, ours.stdout, theirs.status) == (2, "", 2)
    assert rest.splitlines()[:2] == sentence.splitlines()[:2]
    assert usage.removeprefix("importing shop\n").startswith(
        "Usage: flask signals list [OPTIONS]\nTry 'flask signals "
    )
    assert theirs_usage.startswith("Usage: flask routes [OPTIONS]\nTry 'flask ")


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("lst", "No such command 'lst'."),
        ("list --lal", "No such option"),
        ("list king", "Got unexpected extra argument (king)"),
        ("trace GET", "Missing argument 'PATH'."),
        ("--session x", "No such option"),
    ],
)
def test_a_slip_is_told_as_flask_does(flask: SignalCli, line: str, message: str) -> None:
    refused = flask("--app", "shop", "signals", *line.split())

    lines = refused.stderr.splitlines()
    assert (refused.status, refused.stdout) == (2, "")
    assert lines[0].startswith("Usage: flask signals ")
    assert lines[-1].startswith(f"Error: {message}")


def test_what_our_types_refuse_is_told_in_a_sentence(flask: SignalCli) -> None:
    refused = flask("--app", "shop", "signals", "trace", "GET", "join")

    assert refused == Result(
        2, "", "Error: 'join' is not a path: those begin with a slash, as in /hello\n"
    )


def test_names_that_are_wrong_give_flasks_command(flask: SignalCli) -> None:
    with_application(
        flask,
        "from blinker import Signal\n"
        "from flask import Flask\n"
        "app = Flask('shop')\n"
        "class A: ready = Signal()\n"
        "class B: ready = Signal()\n",
    )

    several = flask("--app", "shop", "signals", "inspect", "ready")
    meta = flask("--app", "shop", "signals", "inspect", "A.ready:receiver_connected")

    assert several.stderr.endswith("Type one of these names: flask signals inspect shop.A.ready\n")
    assert meta.stderr.endswith("See those that are: flask signals list --all\n")


def test_ctrl_c_ends_in_its_status(flask: SignalCli) -> None:
    with_application(flask, "import sys, time\nprint('here')\ntime.sleep(60)\n")
    process = flask.start("--app", "shop", "signals", stdout=-1, stderr=subprocess.PIPE)
    assert process.stderr is not None
    assert process.stderr.readline() == b"here\n"

    process.send_signal(signal.SIGINT)
    stdout, stderr = process.communicate(timeout=60)

    assert (process.returncode, stdout, stderr) == (130, b"", b"Interrupted.\n")


def test_a_closed_pipe_ends_silently(flask: SignalCli) -> None:
    process = flask.start("--app", "shop", "signals", "--json", stdout=-1, stderr=-1)
    assert process.stdout is not None
    assert process.stderr is not None
    process.stdout.close()
    stderr = process.stderr.read()

    assert (process.wait(timeout=60), stderr) == (141, b"importing shop\n")
    process.stderr.close()


def test_a_full_disk_is_told(flask: SignalCli) -> None:
    with open("/dev/full", "wb") as full:
        process = flask.start("--app", "shop", "signals", stdout=full, stderr=-1)
        _, stderr = process.communicate(timeout=60)

    assert process.returncode == 4
    assert stderr == (
        b"importing shop\nError: Standard output can't be written: No space left on device.\n"
    )


# Applications that do as they like with the process.


@pytest.mark.parametrize(
    "line",
    [
        "sys.stdout.close()",
        "sys.stderr.close()",
        "sys.stdout = None",
        "os.write(1, b'by its descriptor')",
        "subprocess.run(['echo', 'by a child'])",
        "atexit.register(print, 'at the end')",
        "print('大象')",
    ],
)
def test_standard_output_has_only_the_data(flask: SignalCli, line: str) -> None:
    with_application(flask, "from flask import Flask\napp = Flask('shop')\n")
    plain = flask.ok("--app", "shop", "signals", "--json").stdout
    with_application(
        flask,
        f"import atexit, os, subprocess, sys\nfrom flask import Flask\n{line}\napp = Flask('shop')\n",
    )

    listed = flask("--app", "shop", "signals", "--json")

    assert (listed.status, listed.stdout) == (0, plain)


def test_a_thread_of_the_applications_does_not_keep_it_from_ending(flask: SignalCli) -> None:
    with_application(
        flask,
        "import threading, time\n"
        "from flask import Flask\n"
        "app = Flask('shop')\n"
        "threading.Thread(target=time.sleep, args=[600], name='poll').start()\n",
    )

    refused = flask("--app", "shop", "signals", "inspect", "no")

    assert refused.status == 2
    assert refused.stderr.endswith(
        "The application was ended 3 s after the command, because its thread 'poll' still ran.\n"
    )


def test_arguments_and_output_are_utf_8_whatever_the_locale(flask: SignalCli) -> None:
    flask.environment |= {"LC_ALL": "C", "PYTHONCOERCECLOCALE": "0", "PYTHONUTF8": "0"}

    inspected = flask.ok(
        "--app", "shop", "signals", "inspect", "user-registered", "--sender", "大象".encode()
    )

    assert re.findall(r"│ 大象 +│ True", inspected.stdout) == ["│ 大象              │ True"]


# Help and completion.


def test_help_is_flasks_and_imports_no_application(flask: SignalCli) -> None:
    shown = flask.ok("--app", "shop", "signals", "--help")

    commands = shown.stdout.partition("Commands:\n")[2].splitlines()
    assert shown.stdout.startswith(
        "Usage: flask signals [OPTIONS] COMMAND [ARGS]...\n\n  Show the "
    )
    assert [line.split()[0] for line in commands] == ["list", "inspect", "trace", "doctor"]
    assert shown.stderr == ""


@pytest.mark.parametrize(
    ("command", "options"),
    [
        ("list", ["--all", "--json", "--quiet", "--help"]),
        ("inspect", ["--sender", "--json", "--quiet", "--help"]),
        ("trace", ["--data", "--header", "--save", "--json", "--quiet", "--help"]),
        ("doctor", ["--trace", "--explain", "--json", "--quiet", "--help"]),
    ],
)
def test_a_command_takes_what_makes_sense_here(
    flask: SignalCli, command: str, options: list[str]
) -> None:
    shown = flask.ok("signals", command, "--help").stdout

    assert shown.startswith(f"Usage: flask signals {command} [OPTIONS]")
    assert re.findall(r"^  (?:-\w, )?(--[a-z]+)", shown, re.MULTILINE) == options


def test_flask_lists_it_beside_its_own(flask: SignalCli) -> None:
    shown = flask.ok("--app", "shop", "--help").stdout

    assert re.findall(r"^  (routes|signals) +(.*)", shown, re.MULTILINE) == [
        ("routes", "Show the routes for the app."),
        ("signals", "Show the signals of the app, who listens, and what is sent."),
    ]


def test_a_value_may_come_from_flasks_variables(flask: SignalCli) -> None:
    """Flask has one for every option of every command."""
    listed = flask.ok("--app", "shop", "signals", "--json")

    by_variable = flask("--app", "shop", "signals", environment={"FLASK_SIGNALS_LIST_AS_JSON": "1"})

    assert by_variable == listed


@pytest.mark.parametrize(
    ("typed", "completed"),
    [
        ("flask signals ", ["list", "inspect", "trace", "doctor"]),
        ("flask signals in", ["inspect"]),
        ("flask signals inspect --s", ["--sender"]),
        ("flask signals inspect ki", []),  # and no signal of a session
    ],
)
def test_a_shell_completes_it(
    shop: SignalCli, flask: SignalCli, typed: str, completed: list[str]
) -> None:
    shop.ok("define", "king")
    words = typed.split(" ")

    shown = flask(
        environment={
            "_FLASK_COMPLETE": "bash_complete",
            "COMP_WORDS": typed,
            "COMP_CWORD": str(len(words) - 1),
        }
    )

    assert re.findall("^plain,(.*)", shown.stdout, re.MULTILINE) == completed


# What it costs everybody who has it installed.

MODULES = """\
import json, sys
{before}
from flask.cli import cli
try:
    cli.main(sys.argv[1:], prog_name="flask")
finally:
    names = ("signalcli", "rich", "asyncio", "filelock")
    found = [name for name in sys.modules if name.partition(".")[0] in names]
    sys.stderr.write("\\n" + json.dumps(found))
"""


@pytest.mark.parametrize("line", ["--help", "routes", "signals"])
def test_flask_loads_nothing_for_it_until_it_is_called(shop: SignalCli, line: str) -> None:
    (shop.directory / "shop.py").write_text("from flask import Flask\napp = Flask('shop')\n")
    python = running(shop, sys.executable, "-c", MODULES.format(before=""))
    run = python("--app", "shop", line)
    loaded = set(json.loads(run.stderr.splitlines()[-1]))

    if line == "signals":
        assert {"signalcli.cli.flask_signals.plugin", "signalcli.cli.signals", "rich"} <= loaded
    else:
        assert loaded == {"signalcli", "signalcli.cli.flask_signals.plugin"}


def test_flask_works_where_signalcli_does_not(shop: SignalCli) -> None:
    broken = "sys.modules |= dict.fromkeys(['signalcli.cli', 'signalcli.errors', 'rich'])"
    python = running(shop, sys.executable, "-c", MODULES.format(before=broken))

    shown = python("--app", "shop", "--help")
    routes = python("--app", "shop", "routes")
    failed = python("--app", "shop", "signals")

    assert [shown.status, routes.status, failed.status] == [0, 0, 1]
    assert "/join" in routes.stdout


# Within a program.

WITHIN = """\
import os, sys
from click.testing import CliRunner
from flask.cli import FlaskGroup
import shop

before = sys.stdout
cli = FlaskGroup(create_app=lambda: shop.app)
listed = CliRunner().invoke(cli, ["signals", "list", "--json"])
refused = CliRunner().invoke(cli, ["signals", "inspect", "no"])
assert sys.stdout is before
sys.stdout.write(f"{listed.exit_code} {refused.exit_code}\\n{listed.stdout}")
sys.stdout.flush()
os.write(1, b"open\\n")
"""


def test_a_test_runner_gets_the_output_and_goes_on(shop: SignalCli, flask: SignalCli) -> None:
    listed = flask.ok("--app", "shop", "signals", "--json").stdout

    within = running(shop, sys.executable, "-c", WITHIN).ok()

    assert within.stdout == f"importing shop\n0 2\n{listed}open\n"


@pytest.mark.parametrize(
    ("source", "details", "sentence"),
    [
        (
            "def broken(:\n",
            ['  File "{file}", line 1'],
            "shop.py:1 raises SyntaxError: invalid syntax.",
        ),
        (
            "1 / 0\n",
            ["Traceback (most recent call last):", '  File "{file}", line 1, in <module>'],
            "shop.py:1 raises ZeroDivisionError: division by zero.",
        ),
    ],
)
def test_an_application_that_raises_is_told_with_its_own_frames(
    flask: SignalCli, source: str, details: list[str], sentence: str
) -> None:
    """The status is that of ``flask routes``."""
    with_application(flask, source)

    result = flask("--app", "shop", "signals")

    lines = result.stderr.splitlines()
    file = flask.directory / "shop.py"
    assert (result.status, flask("--app", "shop", "routes").status, result.stdout) == (1, 1, "")
    assert lines[: len(details)] == [line.format(file=file) for line in details]
    assert lines[-1].startswith(
        f"Error: The application 'shop' can't be imported, because {sentence}"
    )
    assert "site-packages" not in result.stderr.replace(lines[-1], "")

"""``flask signals``: our commands on the application that Flask chose, in Flask's own conventions."""

from __future__ import annotations

import copy
import json
import re
import shlex
import sys
from importlib import import_module
from pathlib import Path

import click
import pytest

from signalcli.cli.flask_signals.commands import COMMANDS
from tests.support.cli import Result, SignalCli

pytestmark = pytest.mark.slow

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
    signalcli.write("shop.py", SHOP)
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


# The same answers.


@pytest.fixture
def signals(shop: SignalCli) -> SignalCli:
    """The command ``flask --app shop signals``."""
    return running(shop, FLASK, "--app", "shop", "signals")


LINES = (
    *("list", "list --json", "list --all --json", "list user* --heard --sort receivers"),
    *("list --mine", "inspect", "inspect --json", "inspect user-registered --quiet"),
    "inspect user-registered --sender 大象 --sender x",
    "inspect user-registered --sender 大象 --json",
    *("explain user-registered 大象 user=monkey", "explain user-registered --json"),
    *("explain user-registered --sender-object app --json", "graph"),
    "graph user-registered --json",
)


@pytest.mark.parametrize("line", LINES)
def test_flask_answers_as_our_own_command(shop: SignalCli, flask: SignalCli, line: str) -> None:
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
    shop: SignalCli, signals: SignalCli, line: str
) -> None:
    """Nothing but us holds it: neither a module nor, by a name of its own, Flask's command."""
    shop.write("shop.py", FACTORY)

    ours = shop.ok("--app", "shop:create_app", "--quiet", *line.split())

    assert "flask.app.Flask.ready#1" in ours.stdout
    assert signals.ok(*line.split()) == ours


PLUGIN = """
from blinker import signal
def hear(sender): ...
def register(name): signal(name).connect(hear)
"""


def test_setup_functions_are_called_after_flask_loaded_the_application(signals: SignalCli) -> None:
    signals.write("shop.py", FACTORY)
    signals.write("plugin.py", PLUGIN)

    inspected = signals.ok("inspect", "king", "--setup", "plugin:register('king')", "--json")
    refused = signals("inspect", "king", "--setup", "plugin:registr")

    assert [receiver["receiver"] for receiver in inspected.json["receivers"]] == ["plugin.hear"]
    assert inspected.stderr == "signalcli called plugin.register('king').\n"
    assert refused.status == 2
    assert "Did you mean --setup plugin:register?" in refused.stderr


def without_times(text: str) -> str:
    return re.sub(r'"(seconds|started)": [^,}]+', r'"\1": 0', text)


def test_a_request_is_traced_as_by_our_own_command(shop: SignalCli, signals: SignalCli) -> None:
    ours = shop.ok("--app", "shop", "trace", "request", "GET", "/join", "--json")

    traced = signals.ok("trace", "GET", "/join", "--json")

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
    shop.write("shop.py", DYING)
    ours = shop("--app", "shop:create_app", "doctor", "--json")

    examined = flask("--app", "shop:create_app", "signals", "doctor", "--json")

    (finding,) = examined.json["findings"]
    assert (examined.status, finding["rule"]) == (1, "dead-receiver")
    reported = ours.stdout.replace(
        "signalcli doctor --app shop:create_app", "flask --app shop:create_app signals doctor"
    )
    assert examined.stdout == reported != ours.stdout


def test_doctor_gives_the_next_command_of_flask(shop: SignalCli, flask: SignalCli) -> None:
    shop.write("shop.py", DYING)

    result = flask("--app", "shop:create_app", "signals", "doctor")

    assert result.stderr.splitlines()[0].endswith(
        "Explain a rule: flask --app shop:create_app signals doctor --explain dead-receiver"
    )


def test_doctor_reads_a_kept_trace_and_explains_rules(shop: SignalCli, signals: SignalCli) -> None:
    signals.ok("trace", "GET", "/join", "--save", "kept.json")

    for line in ("doctor --trace kept.json --json", "doctor --explain dead-receiver"):
        ours = shop("--app", "shop", *line.split())

        assert signals(*line.split()) == ours
        assert ours.stdout != ""


def test_a_send_that_was_bound_in_the_import_is_seen(signals: SignalCli) -> None:
    traced = signals.read("trace GET /join")

    heard = [event["signal"] for event in traced["events"] if event["calls"]]
    assert heard == ["flask/appcontext-pushed", "shop.registered"]


def test_a_receiver_that_raises_changes_the_status(signals: SignalCli) -> None:
    signals.write("shop.py", SHOP.replace('print("welcome")', "raise ValueError('no')"))

    traced = signals("trace", "GET", "/join")

    heading = traced.stdout.splitlines()[0].split("  ")[0]
    assert (traced.status, heading) == (1, "GET /join → 500 Internal Server Error")


FORM = """
from flask import Flask, request
app = Flask('shop')
@app.post('/join')
def join(): return request.form['user'] + request.headers['X-Name']
"""


def test_data_and_headers_are_sent(signals: SignalCli) -> None:
    signals.write("shop.py", FORM)

    traced = signals.read("trace post /join --data user=monkey --header 'X-Name: king'")

    assert traced["body"] == "monkeyking"


@pytest.mark.parametrize("options", ["", "--all", "--json", "-q --all --json"])
def test_without_the_name_of_a_command_it_lists(signals: SignalCli, options: str) -> None:
    assert signals.ok(*options.split()) == signals.ok("list", *options.split())


def test_no_application_context_is_pushed(signals: SignalCli) -> None:
    """Flask pushes one for a command of its own, which sends a signal."""
    listed = signals.ok("inspect", "appcontext-pushed")

    assert ("shop.pushed" in listed.stdout, listed.stderr) == (True, "importing shop\n")


def test_what_is_drawn_is_saved_under_what_was_typed(signals: SignalCli) -> None:
    signals.ok("trace", "GET", "/join", "--save", "join.svg")

    picture = (signals.directory / "join.svg").read_text(encoding="utf-8").replace("&#160;", " ")
    assert ">flask --app shop signals trace GET /join<" in picture


# The application is Flask's to choose.


@pytest.mark.parametrize(
    "app", ["shop", "shop.py", "./shop.py:app", "shop:create_app", "shop:create_app('x')"]
)
def test_the_application_is_what_flask_takes_it_for(flask: SignalCli, app: str) -> None:
    listed = flask.ok("-A", app, "--debug", "signals", "list", "--json")

    assert "shop.registered" in [signal["signal"] for signal in listed.json["signals"]]


def test_the_application_may_come_from_flasks_variable(flask: SignalCli) -> None:
    refused = flask("signals", "inspect", "no", environment={"FLASK_APP": "shop:create_app"})

    unknown = "Error: No signal 'no' in application 'shop:create_app'."
    see = "See them all: flask signals list --all"
    assert refused == Result(2, "", f"importing shop\n{unknown} {see}\n")


@pytest.mark.parametrize("file", ["wsgi.py", "app.py"])
def test_the_application_may_be_the_file_that_flask_looks_for(flask: SignalCli, file: str) -> None:
    (flask.directory / "shop.py").rename(flask.directory / file)

    refused = flask("signals", "inspect", "no")

    assert refused.stderr.splitlines()[1].startswith("Error: No signal 'no' in application 'shop'.")


@pytest.mark.parametrize(("file", "options"), [(".flaskenv", ""), ("my.env", "-e my.env")])
def test_the_application_may_come_from_a_file_of_variables(
    flask: SignalCli, file: str, options: str
) -> None:
    flask.write(file, "FLASK_APP=shop:app\n")

    refused = flask(*options.split(), "signals", "inspect", "no")

    assert "No signal 'no' in application 'shop:app'." in refused.stderr


OPTIONS_OF_FLASK = (
    "--app shop",
    "-A 'shop:create_app(\"x\")'",
    "--env-file my.env --debug",
    "--app=shop --debug",
)


@pytest.mark.parametrize("options", OPTIONS_OF_FLASK)
@pytest.mark.parametrize(
    ("line", "suggested"),
    [
        ("why welcome", "inspect user-registered"),
        ("inspect no", "list --all"),
        ("doctor --request '/nope'", "doctor --explain"),
    ],
)
def test_suggested_commands_keep_the_options_that_chose_the_application(
    flask: SignalCli, options: str, line: str, suggested: str
) -> None:
    flask.write("my.env", "FLASK_APP=shop:app\n")

    shown = flask(*shlex.split(options), "signals", *shlex.split(line))

    text = shown.stdout + shown.stderr
    assert re.findall(r"flask (?!request).*signals", text), text
    assert f"flask {shlex.join(shlex.split(options))} signals " in text
    assert "flask signals" not in text


def test_python_m_flask_does_the_same(shop: SignalCli, signals: SignalCli) -> None:
    module = running(shop, sys.executable, "-m", "flask", "--app", "shop", "signals")

    assert module.ok("--json") == signals.ok("list", "--json")
    see = "See them all: python -m flask --app shop signals list --all\n"
    assert module("inspect", "no").stderr.endswith(see)


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
    shop.write("manage.py", MANAGE)
    manage = running(shop, sys.executable, "manage.py", "signals")

    traced = manage.read("trace GET /join")
    refused = manage("inspect", "no")

    called = {event["signal"]: event["sender"] for event in traced["events"] if event["calls"]}
    heard = ("flask/appcontext-pushed", "shop.registered")
    assert called == dict.fromkeys(heard, "<Flask 'managed'>")
    see = "See them all: manage.py signals list --all\n"
    assert refused.stderr.endswith(f"Error: No signal 'no' in application 'managed'. {see}")


# Errors.


def test_of_a_script_what_was_not_seen_is_not_checked(shop: SignalCli) -> None:
    text = f"from blinker import signal\nsignal('early').connect(lambda sender: 1)\n{MANAGE}"
    shop.write("manage.py", text)

    found = running(shop, sys.executable, "manage.py").read("signals doctor")

    reason = "What the script connected before it made the application was not recorded."
    unchecked = [one["rule"] for one in found["not_checked"] if one["reason"] == reason]
    assert found["findings"] == []
    assert unchecked == [
        *("dead-receiver", "sender-zero", "disconnect-missed", "connected-twice", "dead-sender"),
        *("bare-connect-via", "never-disconnected"),
    ]


@pytest.mark.parametrize("options", ["", "--app nope", "--app shop:nope", "--app manage"])
def test_flask_reports_its_own_errors_in_its_own_way(flask: SignalCli, options: str) -> None:
    flask.write("manage.py", "import nothing_of_that_name\n")
    theirs = flask(*options.split(), "routes")

    ours = flask(*options.split(), "signals", "list")

    usage, rest = re.split("list (?:-h|--help)' for help.\n", ours.stderr)
    theirs_usage, sentence = re.split("routes (?:-h|--help)' for help.\n", theirs.stderr)
    assert (ours.status, ours.stdout, theirs.status) == (2, "", 2)
    assert rest.splitlines()[:2] == sentence.splitlines()[:2]
    assert usage.removeprefix("importing shop\n").startswith(
        "Usage: flask signals list [OPTIONS] [PATTERN]...\nTry 'flask signals "
    )
    assert theirs_usage.startswith("Usage: flask routes [OPTIONS]\nTry 'flask ")


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("lst", "No such command 'lst'. Did you mean 'list'?"),
        ("ls", "No such command 'ls'. Did you mean 'list'?"),
        ("qqqq", "No such command 'qqqq'.\n"),
        ("list --lal", "No such option"),
        ("graph king queen", "Got unexpected extra argument (queen)"),
        ("trace", "Missing argument '[METHOD] PATH [ITEM]...'."),
        ("--session x", "No such option"),
    ],
)
def test_a_slip_is_reported_as_flask_does(signals: SignalCli, line: str, message: str) -> None:
    refused = signals(*line.split())

    lines = refused.stderr.splitlines()
    assert (refused.status, refused.stdout) == (2, "")
    assert lines[0].startswith("Usage: flask signals ")
    assert f"{lines[-1]}\n".startswith(f"Error: {message}")


def test_what_our_types_refuse_is_reported_in_a_sentence(signals: SignalCli) -> None:
    sentence = "'join' is not a path: those begin with a slash, as in /hello"
    assert signals.refused("trace GET join") == sentence


READY_TWICE = """
from blinker import Signal
from flask import Flask
app = Flask('shop')
class A: ready = Signal()
class B: ready = Signal()
"""


def test_names_that_are_wrong_give_flasks_command(signals: SignalCli) -> None:
    signals.write("shop.py", READY_TWICE)

    several = signals("inspect", "ready").stderr
    meta = signals("inspect", "A.ready:receiver_connected").stderr

    assert several.endswith(
        "Type one of these names: flask --app shop signals inspect shop.A.ready\n"
    )
    assert meta.endswith("List those that exist: flask --app shop signals list --all\n")


def test_ctrl_c_ends_in_its_status(signals: SignalCli) -> None:
    signals.write("shop.py", "import sys, time\nprint('here')\ntime.sleep(60)\n")

    assert signals.interrupted(after="here\n") == Result(130, "", "Interrupted.\n")


def test_a_closed_pipe_ends_silently(signals: SignalCli) -> None:
    with signals.start("--json", stdout=-1, stderr=-1) as process:
        process.stdout.close()
        stderr = process.stderr.read()

        assert (process.wait(timeout=60), stderr) == (141, b"importing shop\n")


def test_a_full_disk_is_reported(signals: SignalCli) -> None:
    with open("/dev/full", "wb") as full:
        ended = signals(stdout=full)

    error = "Error: Standard output can't be written: No space left on device.\n"
    assert ended == Result(4, "", f"importing shop\n{error}")


# Applications that do as they like with the process.


ACTING = (
    *("sys.stdout.close()", "sys.stderr.close()", "sys.stdout = None"),
    *("os.write(1, b'by its descriptor')", "subprocess.run(['echo', 'by a child'])"),
    *("atexit.register(print, 'at the end')", "print('大象')"),
)


@pytest.mark.parametrize("line", ACTING)
def test_standard_output_has_only_the_data(signals: SignalCli, line: str) -> None:
    made = "from flask import Flask\napp = Flask('shop')\n"
    signals.write("shop.py", made)
    plain = signals.ok("--json").stdout
    signals.write("shop.py", f"import atexit, os, subprocess, sys\n{line}\n{made}")

    listed = signals("--json")

    assert (listed.status, listed.stdout) == (0, plain)


def test_arguments_and_output_are_utf_8_whatever_the_locale(signals: SignalCli) -> None:
    signals.environment |= {"LC_ALL": "C", "PYTHONCOERCECLOCALE": "0", "PYTHONUTF8": "0"}

    inspected = signals.ok("inspect", "user-registered", "--sender", "大象".encode())

    assert re.findall(r"│ 大象 +│ True", inspected.stdout) == ["│ 大象              │ True"]


# Help and completion.


def test_help_is_flasks_and_imports_no_application(signals: SignalCli) -> None:
    shown = signals.ok("--help")

    commands = shown.stdout.partition("Commands:\n")[2].splitlines()
    usage = "Usage: flask signals [OPTIONS] COMMAND [ARGS]...\n\n  Show the "
    assert shown.stdout.startswith(usage)
    assert [line.split()[0] for line in commands] == list(COMMANDS)
    assert shown.stderr == ""


@pytest.mark.parametrize("name", COMMANDS)
def test_a_command_takes_what_it_takes_with_app(flask: SignalCli, name: str) -> None:
    module = import_module(f"signalcli.cli.commands.{name}")
    own = getattr(module, COMMANDS[name]).get_params(click.Context(click.Command(name)))
    # Flask itself chooses the interpreter, and loads and makes the application.
    of_flask = {"--session", "--app", "--no-factory", "--python", "--memory"}
    theirs = {spelling for parameter in own for spelling in parameter.opts} - of_flask

    shown = flask.ok("signals", name, "--help").stdout

    usage, _, options = shown.partition("Options:")
    assert usage.startswith(f"Usage: flask signals {name} [OPTIONS]")
    taken = set(re.findall(r"^  (--[a-z-]+)|^  (-[a-z]), (--[a-z-]+)", options, re.MULTILINE))
    assert {spelling for spellings in taken for spelling in spellings if spelling} == {
        spelling for spelling in theirs if spelling.startswith("-")
    }


def test_flask_lists_it_beside_its_own(flask: SignalCli) -> None:
    shown = flask.ok("--app", "shop", "--help").stdout

    assert re.findall(r"^  (routes|signals) +(.*)", shown, re.MULTILINE) == [
        ("routes", "Show the routes for the app."),
        ("signals", "Show the signals of the app, their receivers and their sends."),
    ]


def test_a_value_may_come_from_flasks_variables(signals: SignalCli) -> None:
    """Flask has one for every option of every command."""
    assert signals(environment={"FLASK_SIGNALS_LIST_AS_JSON": "1"}) == signals.ok("--json")


@pytest.mark.parametrize(
    ("typed", "completed"),
    [
        ("flask signals ", list(COMMANDS)),
        ("flask signals in", ["inspect"]),
        ("flask signals inspect --s", ["--sender", "--sender-object", "--save", "--setup"]),
        ("flask signals inspect ki", []),  # and no signal of a session
    ],
)
def test_a_shell_completes_it(
    shop: SignalCli, flask: SignalCli, typed: str, completed: list[str]
) -> None:
    shop.ok("define", "king")
    words = {"COMP_WORDS": typed, "COMP_CWORD": str(typed.count(" "))}

    shown = flask(environment={"_FLASK_COMPLETE": "bash_complete", **words})

    assert re.findall("^plain,(.*)", shown.stdout, re.MULTILINE) == completed


# What it costs each Flask command where it is installed.

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


PLUGIN_MODULES = {
    *("signalcli", "signalcli.cli", "signalcli.cli.flask_signals"),
    "signalcli.cli.flask_signals.plugin",
}


@pytest.mark.parametrize("line", ["--help", "routes", "signals"])
def test_flask_loads_nothing_for_it_until_it_is_called(shop: SignalCli, line: str) -> None:
    shop.write("shop.py", "from flask import Flask\napp = Flask('shop')\n")
    python = running(shop, sys.executable, "-c", MODULES.format(before=""))

    run = python("--app", "shop", line)

    loaded = set(json.loads(run.stderr.splitlines()[-1]))
    if line == "signals":
        used = {"signalcli.cli.flask_signals.plugin", "signalcli.cli.flask_signals.commands"}
        assert {*used, "rich"} <= loaded
    else:
        assert loaded == PLUGIN_MODULES


def test_flask_works_where_signalcli_does_not(shop: SignalCli) -> None:
    broken = "sys.modules |= dict.fromkeys(['signalcli.cli.main', 'signalcli.errors', 'rich'])"
    code = MODULES.format(before=broken)
    python = running(shop, sys.executable, "-c", code, "--app", "shop")

    shown, routes, failed = python("--help"), python("routes"), python("signals")

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


def test_a_test_runner_gets_the_output_and_goes_on(shop: SignalCli, signals: SignalCli) -> None:
    listed = signals.ok("--json").stdout

    within = running(shop, sys.executable, "-c", WITHIN).ok()

    assert within.stdout == f"importing shop\n0 2\n{listed}open\n"


TRACEBACK = "Traceback (most recent call last):"


@pytest.mark.parametrize(
    ("source", "details", "error"),
    [
        ("def broken(:\n", ['  File "{file}", line 1'], "SyntaxError: invalid syntax"),
        (
            "1 / 0\n",
            [TRACEBACK, '  File "{file}", line 1, in <module>'],
            "ZeroDivisionError: division by zero",
        ),
    ],
)
def test_an_application_that_raises_is_reported_with_its_own_frames(
    flask: SignalCli, source: str, details: list[str], error: str
) -> None:
    """The status is that of ``flask routes``."""
    flask.write("shop.py", source)

    result = flask("--app", "shop", "signals")

    lines = result.stderr.splitlines()
    file = flask.directory / "shop.py"
    assert (result.status, flask("--app", "shop", "routes").status, result.stdout) == (1, 1, "")
    assert lines[: len(details)] == [line.format(file=file) for line in details]
    because = f"because shop.py:1 raises {error}."
    assert lines[-1].startswith(f"Error: The application 'shop' can't be imported, {because}")
    assert "site-packages" not in result.stderr.replace(lines[-1], "")

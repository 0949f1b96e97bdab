"""``signalcli export``: what it prints, which options go together, and what it runs: nothing."""

from __future__ import annotations

import json

import pytest

from signalcli.session.document import parse_session
from tests.support.cli import Result, SessionWith, SignalCli
from tests.support.histories import past
from tests.support.imported import offer
from tests.support.scenario import prepare, write_session

pytestmark = pytest.mark.slow

SIMPLE = '''\
"""The session 'default' of signalcli, on plain blinker."""

from typing import Any

from blinker import signal


def _words(sender: object, payload: dict[str, Any]) -> str:
    news = "，".join(f"{key}是{value}" for key, value in payload.items())
    caller = "" if sender is None else f"{sender}"
    return f"{caller}大王有令" + (f"：{news}" if news else "")


'''

ANIMAL = '''\
def animal(sender: object, /, **payload: Any) -> str:
    """Hears that the king is back, and goes on patrol."""
    print(f"小钻风：{_words(sender, payload)}！大王回来了，我这就去巡山。")
    return "小钻风去巡山"
'''


def exported(signalcli: SignalCli, line: str) -> str:
    """Return an export without notes."""
    result = signalcli.ok("export", "--format", *line.split())
    assert result.stderr == ""
    return result.stdout


def ending(signalcli: SignalCli, lines: int = 1) -> str:
    """Return the last lines of an export."""
    return "\n".join(exported(signalcli, "python").splitlines()[-lines:])


def run_script(signalcli: SignalCli, text: str) -> Result:
    """Run a script in a process, as users do."""
    signalcli.write("script.py", text)
    ran = signalcli.python("script.py", env={"LC_ALL": "C.UTF-8"})
    assert ran.status == 0, ran
    return ran


def test_a_simple_session_gives_a_simple_script(session_with: SessionWith) -> None:
    script = exported(session_with("connect king animal --sender 大象"), "python")

    connected = 'king = signal("king")\nking.connect(animal, sender="大象")\n'
    assert script == f"{SIMPLE}{ANIMAL}\n\n{connected}"


DECORATED = f"""{SIMPLE.replace("import signal", "import ANY, Namespace, Signal, signal")}\
king = signal("king")
zoo = Namespace()
zoo_king = zoo.signal("king")
roar = Signal()
x = signal("x")


@king.connect_via("大象", weak=True)
@zoo_king.connect_via("1")
@roar.connect
@x.connect_via(ANY)
{ANIMAL}"""


def test_decorators_connect_where_a_function_is_defined(session_with: SessionWith) -> None:
    signalcli = session_with(
        "connect king animal --sender 大象; connect zoo/king animal --sender 1 --strong",
        "connect @roar animal; connect /x animal --strong",
    )

    assert exported(signalcli, "python --style decorator") == DECORATED


def test_decorators_give_way_to_calls_where_the_order_needs_it(session_with: SessionWith) -> None:
    signalcli = session_with(
        "connect one animal echo; connect two echo animal",
        "connect three animal --sender x; disconnect three animal --sender x",
    )

    script = exported(signalcli, "python --style decorator")

    assert script.count("@one.connect\n") == 2
    assert script.endswith(
        "\ntwo.connect(echo)\ntwo.connect(animal)\n\n"
        'three.connect(animal, sender="x")\nthree.disconnect(animal, sender="x")\n'
    )


def test_one_order_of_the_functions_is_found_for_several_signals(session_with: SessionWith) -> None:
    signalcli = session_with("connect one animal; connect two echo animal")

    script = exported(signalcli, "python --style decorator")

    assert script.index("def echo") < script.index("def animal")
    assert "one.connect(animal)" not in script


def test_many_senders_of_a_receiver_are_a_loop(session_with: SessionWith) -> None:
    signalcli = session_with("connect king animal --sender a --sender b --sender :=3 --sender d")

    loop = 'for sender in ("a", "b", 3, "d"):\n    king.connect(animal, sender=sender)'
    assert ending(signalcli, lines=2) == loop


def test_two_receivers_of_a_signal_keep_their_order(session_with: SessionWith) -> None:
    signalcli = session_with(
        "define king --doc 'The \"king\" is back'; connect king animal",
        "connect king echo --strong; connect @roar animal echo",
        "define mob --unordered; connect mob animal echo; mute mob",
    )

    assert exported(signalcli, "python").partition("king = ")[2] == (
        'default_namespace["king"] = OrderedNamedSignal("king", doc=\'The "king" is back\')\n'
        "king.connect(animal)\nking.connect(echo, weak=False)\n\n"
        "roar = OrderedSignal()\nroar.connect(animal)\nroar.connect(echo)\n\n"
        'mob = signal("mob")\nmob.connect(animal)\nmob.connect(echo)\nmob.is_muted = True\n'
    )


def test_what_stays_without_a_connection_is_there_too(session_with: SessionWith) -> None:
    """receivers is in the order a, b and the bucket in b, a, which no order of connections gives."""
    signalcli = session_with(
        "connect king animal echo --sender x; disconnect king animal --sender x",
        "connect king animal --sender x; define moon; disconnect moon echo --sender y",
    )

    assert exported(signalcli, "python").partition('OrderedNamedSignal("king")\n')[2] == (
        "# A receiver whose sender is deleted stays, without a connection.\n"
        "king.connect(animal, sender=DeletedSender())\n"
        'king.connect(echo, sender="x")\nking.connect(animal, sender="x")\n\n'
        'moon = signal("moon")\n'
        "# Empty buckets, as disconnect leaves them: has_receivers_for returns True.\n"
        'moon.disconnect(print, sender="y")\n'
    )


def test_a_dropped_receiver_is_let_go(session_with: SessionWith) -> None:
    signalcli = session_with(
        "connect king animal --strong; connect moon animal; drop animal",
        "send king --no-history; send king --connected-to animal",
    )

    assert ending(signalcli) == 'moon = signal("moon")'  # the last send ended its strong connection

    prepare(signalcli, "connect king animal --strong; drop animal")
    assert ending(signalcli) == "del animal"
    assert "del animal" not in exported(signalcli, "python --history 1")


def test_meta_signals_are_connected_last(session_with: SessionWith) -> None:
    signalcli = session_with(
        "connect king:receiver_connected animal echo; connect king qq --strong"
    )

    assert ending(signalcli, lines=6) == (
        'king = signal("king")\nking.connect(qq, weak=False)\n\n'
        "king.receiver_connected = OrderedSignal(king.receiver_connected.__doc__)\n"
        "king.receiver_connected.connect(animal)\nking.receiver_connected.connect(echo)"
    )
    assert run_script(signalcli, exported(signalcli, "python")).stdout == ""


OWN_RECEIVERS = """
def class_receiver(sender: object, /, **payload: Any) -> object:
    slogan = payload.get("slogan", "{slogan}")
    news = ", ".join(f"{key}={value}" for key, value in payload.items())
    print(f"{sender}: {slogan} ({news}) {{}}")
    return [1, None]


async def slow(sender: object, /) -> object:
    await asyncio.sleep(0.25)
    signal_text = sent_signal()
    print(f"{{slogan}} in {signal_text}")
    raise RuntimeError("no")
"""


def test_receivers_of_ones_own_are_code(session_with: SessionWith) -> None:
    signalcli = session_with(
        "receivers add class --says '{sender}: {slogan} ({payload}) {{}}' --returns '[1, null]'",
        "receivers add slow --sleeps 0.25 --raises no --async --strict --says '{slogan} in {signal}'",
        "receivers add quiet --raises ''; connect king class slow quiet",
    )

    script = exported(signalcli, "python")

    assert OWN_RECEIVERS in script
    assert '    raise RuntimeError("")\n' in script
    assert script.endswith('NAMES[king] = "king"\n')


SENDS = (
    *("send king 大象", "send king slogan=巡山 key-2=1 class:=[null]"),
    *("send king :=1 --async --wrap", "send king --wrap", "send king a=1 --on-error continue"),
    *("send king --async --on-error continue", "send king --muted --connected-to qq"),
)

REPEATED = """\
with errors_to_stderr():
    king.send(slogan="巡山", **{"key-2": "1", "class": [None]})
asyncio.run(king.send_async(1, _sync_wrapper=as_coroutine))
king.send(_async_wrapper=as_plain)
one_by_one(king, a="1")
asyncio.run(one_by_one_async(king))
with king.connected_to(qq), king.muted():
    king.send()
"""


def test_the_last_sends_are_repeated_with_their_options(session_with: SessionWith) -> None:
    signalcli = session_with("connect king animal strict coroutine")
    for line in SENDS:
        signalcli(*line.split())

    script = exported(signalcli, "python --history 6")

    assert script.partition("# The last sends, in order.\n")[2] == REPEATED
    assert run_script(signalcli, script).stderr.splitlines() == [
        "TypeError: strict() got an unexpected keyword argument 'slogan'",
        "TypeError: strict() got an unexpected keyword argument 'a'",
        "RuntimeError: Cannot send to a coroutine function.",
        "RuntimeError: Cannot send to a non-coroutine function.",
        "RuntimeError: Cannot send to a non-coroutine function.",
    ]


def test_what_can_not_be_repeated_is_left_out_with_a_note(session_with: SessionWith) -> None:
    signalcli = session_with(
        "connect king animal; connect moon animal; receivers add herald; send king --count 3",
        "send moon; send king --connected-to herald; remove moon; receivers remove herald",
    )
    run, moon, herald = (entry["id"] for entry in past(signalcli))

    result = signalcli.ok("export", "--format", "python", "--history", "3")

    again = f"{run} is a run of 3 sends, and isn't exported. Run it again: signalcli send king --count=3"
    assert result.stderr.splitlines() == [
        again,
        f"{moon} isn't exported: moon isn't defined any more.",
        f"{herald} isn't exported: there is no receiver herald any more.",
    ]
    assert result.stdout.endswith(f"# The last sends, in order.\n# {again}\n")


def test_python_as_json_has_the_text_and_the_notes(session_with: SessionWith) -> None:
    signalcli = session_with("connect king animal")

    document = signalcli.read("export --format python")

    assert document == {"format": "python", "text": exported(signalcli, "python"), "notes": []}


def test_json_is_the_session_itself(session_with: SessionWith) -> None:
    signalcli = session_with("connect king animal --sender 大象")

    text = exported(signalcli, "json")

    assert text == signalcli.session_path.read_text(encoding="utf-8")
    assert parse_session(json.loads(text))


def test_an_empty_session_is_nothing_but_its_name(signalcli: SignalCli) -> None:
    assert exported(signalcli, "python") == SIMPLE.splitlines(keepends=True)[0]


@pytest.mark.parametrize("kind", ["python", "pytest", "mermaid", "dot", "json"])
def test_the_format_needs_no_option(session_with: SessionWith, kind: str) -> None:
    signalcli = session_with("connect king animal")

    text = exported(signalcli, kind)

    assert "animal" in text
    assert signalcli.ok("export", kind).stdout == text


TRY = "Try: signalcli export --help"
PICTURE = "is a picture, and export prints text. Save one: signalcli graph --save signals.svg"
NOTHING = "it has no signals. Start with: signalcli connect king animal"
REFUSED = {
    "export": f"Missing FORMAT. Choose from: python, pytest, mermaid, dot, json. {TRY}",
    "export python --format json": f"Give the format once; got 'python' and --format json. {TRY}",
    "export --format pytest --style call": f"--style call is only for python; got pytest. {TRY}",
    "export python --style plugin": f"--style plugin is only for pytest; got python. {TRY}",
    "export json --history 1": f"--history is only for python and pytest; got json. {TRY}",
    "export svg": f"'svg' {PICTURE}",
    "export --format svg": f"'svg' {PICTURE}",
    "export png": f"'png' {PICTURE}",
    "export --format pytest": f"There is nothing to test in session 'default': {NOTHING}",
}


@pytest.mark.parametrize("line", REFUSED)
def test_what_can_not_be_exported_is_refused(signalcli: SignalCli, line: str) -> None:
    assert signalcli.refused(line) == REFUSED[line]


@pytest.mark.parametrize("style", ["call", "decorator"])
def test_ten_thousand_connections_are_exported_and_run(signalcli: SignalCli, style: str) -> None:
    buckets = [
        {"receivers": ["animal"], "senders": [f"a{number}" for number in range(5000)]},
        {"receivers": ["echo", "animal"], "senders": list(range(1, 2501))},
    ]
    king = {"receivers": {"animal": "weak", "echo": "weak"}, "buckets": buckets}
    write_session(signalcli, {"king": king})

    script = exported(signalcli, f"python --style {style}")
    ran = run_script(signalcli, f"{script}print(len(king._by_sender))\n")

    assert int(ran.stdout) in (7500, 7501)  # ANY has a bucket once it was asked for


# Imports. None of their code runs, whether or not they are trusted.

CODE = "print('it runs')\ndef on_king(sender, **payload): print('heard', sender)\n"


@pytest.fixture
def shop(signalcli: SignalCli) -> SignalCli:
    """A package and a file that print a line when they are imported."""
    desk = "class Desk:\n    @staticmethod\n    def bell(sender, **payload): print('bell')\n"
    signalcli.write("shop/__init__.py", "")
    signalcli.write("shop/handlers.py", f"{CODE}{desk}")
    signalcli.write("handlers.py", CODE)
    return signalcli


IMPORTING = """\
king = default_namespace["king"] = OrderedNamedSignal("king")

handlers = load_file("handlers.py")
on_king_receiver = handlers.on_king
bell = Desk.bell

king.connect(on_king)
king.connect(on_king_receiver)
king.connect(on_king_receiver, sender="x")
king.connect(bell)
"""


def test_imports_are_imported_by_the_script_and_by_nothing_else(shop: SignalCli) -> None:
    prepare(
        shop,
        "connect king shop.handlers:on_king handlers.py:on_king shop.handlers:Desk.bell",
        "connect king ./handlers.py:on_king --sender x",
    )

    script = exported(shop, "python --style decorator")

    assert "from shop.handlers import Desk, on_king\n" in script
    assert script.partition("    return module\n\n\n")[2] == IMPORTING
    ran = run_script(shop, f"{script}king.send('x')\n")
    assert ran.stdout == "it runs\nit runs\nheard x\nheard x\nbell\n"


@pytest.mark.parametrize(
    ("kind", "what"),
    [("python", "script imports it, and runs"), ("pytest", "tests import it, and run")],
)
def test_an_import_that_is_not_trusted_gets_a_note(shop: SignalCli, kind: str, what: str) -> None:
    names = {"shop.handlers:on_king": "weak", "gone.py:on_king": "weak"}
    write_session(shop, {"king": {"receivers": names, "any": [*names]}})

    result = shop.ok("export", "--format", kind)

    assert "it runs" not in result.stdout + result.stderr
    assert result.stderr.splitlines() == [
        f"{name} isn't trusted here, and the {what} its code." for name in names
    ]


def test_names_that_python_can_not_write_are_imported_all_the_same(signalcli: SignalCli) -> None:
    names = {"class.pass:on_king": "weak", "shop:def.x": "weak", "shop:Desk.import": "weak"}
    write_session(signalcli, {"king": {"receivers": names, "any": [*names]}})

    script = signalcli.ok("export", "--format", "python").stdout

    compile(script, "exported", "exec")
    for line in (
        'on_king = import_module("class.pass").on_king',
        'x = getattr(import_module("shop"), "def").x',
        'import_receiver = getattr(Desk, "import")',
    ):
        assert f"\n{line}\n" in script


def test_what_a_package_offers_is_found_in_its_metadata(signalcli: SignalCli) -> None:
    signalcli.write("bells.py", CODE)
    entry_points = offer(signalcli, "bells", "bell = bells:on_king [loud]")
    signalcli.environment["PYTHONPATH"] = str(signalcli.directory)
    signalcli.ok("connect", "king", "bell")

    assert exported(signalcli, "python") == (
        f"{SIMPLE.splitlines()[0]}\n\nfrom blinker import signal\n\nfrom bells import on_king\n\n"
        'king = signal("king")\nking.connect(on_king)\n'
    )

    entry_points.unlink()
    assert signalcli.refused("export --format python") == (
        "The receiver 'bell' can't be exported, because no installed package offers it any more; "
        "bells did. Install that, or disconnect it: signalcli disconnect king bell"
    )


def test_a_file_is_imported_once_and_can_import_what_is_beside_it(signalcli: SignalCli) -> None:
    signalcli.write("folder/beside.py", "WORD = 'beside'\n")
    code = "from beside import WORD\nprint('once')\ndef on_king(sender): print(WORD)\n"
    signalcli.write("folder/handlers.py", f"{code}def on_moon(sender): raise OSError('no moon')\n")
    prepare(
        signalcli,
        "connect king folder/handlers.py:on_king",
        "connect moon ./folder/../folder/handlers.py:on_moon",
    )
    for signal in ("king", "moon", "king"):
        signalcli("send", signal)

    script = exported(signalcli, "python --history 3")

    assert script.endswith("with errors_to_stderr():\n    king.send()\n")
    ran = run_script(signalcli, script)
    assert (ran.stdout, ran.stderr) == ("once\nbeside\nbeside\n", "OSError: no moon\n")

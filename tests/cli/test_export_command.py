"""``signalcli export``: what it prints, which options go together, and what it runs: nothing."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from signalcli.session.document import parse_session
from tests.conftest import Result, SignalCli
from tests.support.scenario import prepare

SIMPLE = '''\
"""The session 'default' of signalcli, on plain blinker."""

from typing import Any

from blinker import signal


def _words(sender: object, payload: dict[str, Any]) -> str:
    """Who calls and with what, as a small demon would repeat it."""
    news = "，".join(f"{key}是{value}" for key, value in payload.items())
    caller = "" if sender is None else f"{sender}"
    return f"{caller}大王有令" + (f"：{news}" if news else "")


'''
ANIMAL = '''\
def animal(sender: object, /, **payload: Any) -> str:
    """小钻风 hears that the king is back, and goes on patrol."""
    print(f"小钻风：{_words(sender, payload)}！大王回来了，我这就去巡山。")
    return "小钻风去巡山"
'''


def exported(signalcli: SignalCli, *arguments: str) -> str:
    """What a format looks like."""
    result = signalcli.ok("export", "--format", *arguments)
    assert result.stderr == ""
    return result.stdout


def ending(signalcli: SignalCli, *arguments: str, lines: int = 1) -> str:
    """The last lines of a format."""
    return "\n".join(exported(signalcli, *arguments).splitlines()[-lines:])


def run_script(directory: Path, text: str) -> subprocess.CompletedProcess[str]:
    """Run a script as a person does, where signalcli isn't known."""
    (directory / "script.py").write_text(text, encoding="utf-8")
    return subprocess.run(
        [sys.executable, "script.py"],
        check=True,
        capture_output=True,
        encoding="utf-8",
        cwd=directory,
        env={"LC_ALL": "C.UTF-8"},
    )


def test_a_simple_session_gives_a_simple_script(signalcli: SignalCli) -> None:
    signalcli.ok("connect", "king", "animal", "--sender", "大象")

    script = exported(signalcli, "python")

    assert (
        script
        == f'{SIMPLE}{ANIMAL}\n\nking = signal("king")\nking.connect(animal, sender="大象")\n'
    )


def test_decorators_connect_where_a_function_is_defined(signalcli: SignalCli) -> None:
    prepare(
        signalcli,
        "connect king animal --sender 大象",
        "connect zoo/king animal --sender 1 --strong",
        "connect @roar animal",
        "connect /x animal --strong",
    )

    script = exported(signalcli, "python", "--style", "decorator")

    start = SIMPLE.replace("import signal", "import ANY, Namespace, Signal, signal")
    assert (
        script
        == f"""{start}king = signal("king")
zoo = Namespace()
zoo_king = zoo.signal("king")
roar = Signal()
x = signal("x")


@king.connect_via("大象", weak=True)
@zoo_king.connect_via("1")
@roar.connect
@x.connect_via(ANY)
{ANIMAL}"""
    )


def test_decorators_give_way_to_calls_where_they_would_not_give_the_order(
    signalcli: SignalCli,
) -> None:
    prepare(
        signalcli,
        "connect one animal",
        "connect one echo",
        "connect two echo",
        "connect two animal",
        "connect three animal --sender x",
        "disconnect three animal --sender x",
    )

    script = exported(signalcli, "python", "--style", "decorator")

    assert script.count("@one.connect\n") == 2
    assert script.endswith(
        "\ntwo.connect(echo)\ntwo.connect(animal)\n\n"
        'three.connect(animal, sender="x")\nthree.disconnect(animal, sender="x")\n'
    )


def test_one_order_of_the_functions_is_found_for_several_signals(signalcli: SignalCli) -> None:
    prepare(
        signalcli,
        "connect one animal",
        "connect two echo",
        "connect two animal",
    )

    script = exported(signalcli, "python", "--style", "decorator")

    assert script.index("def echo") < script.index("def animal")
    assert "one.connect(animal)" not in script


def test_many_senders_of_a_receiver_are_a_loop(signalcli: SignalCli) -> None:
    prepare(signalcli, "connect king animal --sender a --sender b --sender :=3 --sender d")

    assert ending(signalcli, "python", lines=2) == (
        'for sender in ("a", "b", 3, "d"):\n    king.connect(animal, sender=sender)'
    )


def test_two_receivers_of_a_signal_keep_their_order(signalcli: SignalCli) -> None:
    prepare(
        signalcli,
        "define king --doc 'The \"king\" is back'",
        "connect king animal",
        "connect king echo --strong",
        "connect @roar animal",
        "connect @roar echo",
        "define mob --unordered",
        "connect mob animal",
        "connect mob echo",
        "mute mob",
    )

    assert exported(signalcli, "python").partition("king = ")[2] == (
        'default_namespace["king"] = OrderedNamedSignal("king", doc=\'The "king" is back\')\n'
        "king.connect(animal)\nking.connect(echo, weak=False)\n\n"
        "roar = OrderedSignal()\nroar.connect(animal)\nroar.connect(echo)\n\n"
        'mob = signal("mob")\nmob.connect(animal)\nmob.connect(echo)\nmob.is_muted = True\n'
    )


def test_what_stays_without_a_connection_is_there_too(signalcli: SignalCli) -> None:
    """The order of receivers is a, b; that of the bucket b, a: no order of connections gives it."""
    prepare(
        signalcli,
        "connect king animal --sender x",
        "connect king echo --sender x",
        "disconnect king animal --sender x",
        "connect king animal --sender x",
        "define moon",
        "disconnect moon echo --sender y",
    )

    script = exported(signalcli, "python")

    assert script.partition('OrderedNamedSignal("king")\n')[2] == (
        "# Whose sender is gone stays a receiver, and listens to nobody.\n"
        "king.connect(animal, sender=Gone())\n"
        'king.connect(echo, sender="x")\n'
        'king.connect(animal, sender="x")\n\n'
        'moon = signal("moon")\n'
        "# What a disconnect leaves: has_receivers_for these is True, and nobody is called.\n"
        'moon.disconnect(print, sender="y")\n'
    )


def test_a_dropped_receiver_is_let_go(signalcli: SignalCli) -> None:
    prepare(
        signalcli,
        "connect king animal --strong",
        "connect moon animal",
        "drop animal",
        "send king --no-history",
        "send king --connected-to animal",
    )

    assert ending(signalcli, "python") == "moon.connect(animal)"  # the last send took it again

    prepare(signalcli, "connect king animal --strong", "drop animal")
    assert ending(signalcli, "python") == "del animal"
    assert "del animal" not in exported(signalcli, "python", "--history", "1")


def test_meta_signals_are_connected_last(signalcli: SignalCli) -> None:
    prepare(
        signalcli,
        "connect king:receiver_connected animal",
        "connect king:receiver_connected echo",
        "connect king qq --strong",
    )

    assert ending(signalcli, "python", lines=6) == (
        'king = signal("king")\nking.connect(qq, weak=False)\n\n'
        "king.receiver_connected = OrderedSignal(king.receiver_connected.__doc__)\n"
        "king.receiver_connected.connect(animal)\nking.receiver_connected.connect(echo)"
    )
    assert run_script(signalcli.directory, exported(signalcli, "python")).stdout == ""


def test_receivers_of_ones_own_are_code(signalcli: SignalCli) -> None:
    prepare(
        signalcli,
        "receivers add class --says '{sender}: {slogan} ({payload}) {{}}' --returns '[1, null]'",
        "receivers add slow --sleeps 0.25 --raises no --async --strict --says '{slogan} in {signal}'",
        "connect king class",
        "connect king slow",
    )

    script = exported(signalcli, "python")

    assert (
        """
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
        in script
    )
    assert script.endswith('NAMES[king] = "king"\n')


def test_the_last_sends_are_repeated_with_their_options(signalcli: SignalCli) -> None:
    prepare(signalcli, "connect king animal", "connect king strict", "connect king coroutine")
    for line in (
        "send king 大象",
        "send king slogan=巡山 key-2=1 class:=[null]",
        "send king :=1 --async --wrap",
        "send king --wrap",
        "send king a=1 --on-error continue",
        "send king --async --on-error continue",
        "send king --muted --connected-to qq",
    ):
        signalcli(*line.split())

    script = exported(signalcli, "python", "--history", "6")

    assert (
        script.partition("# What was sent last, in order.\n")[2]
        == """\
with told():
    king.send(slogan="巡山", **{"key-2": "1", "class": [None]})
asyncio.run(king.send_async(1, _sync_wrapper=awaitable))
king.send(_async_wrapper=plain)
one_by_one(king, a="1")
asyncio.run(one_by_one_async(king))
with king.connected_to(qq), king.muted():
    king.send()
"""
    )
    ran = run_script(signalcli.directory, script)
    assert ran.stderr.splitlines() == [
        "TypeError: strict() got an unexpected keyword argument 'slogan'",
        "TypeError: strict() got an unexpected keyword argument 'a'",
        "RuntimeError: Cannot send to a coroutine function.",
        "RuntimeError: Cannot send to a non-coroutine function.",
        "RuntimeError: Cannot send to a non-coroutine function.",
    ]


def test_what_can_not_be_repeated_is_left_out_and_told(signalcli: SignalCli) -> None:
    prepare(
        signalcli,
        "connect king animal",
        "connect moon animal",
        "receivers add herald",
        "send king --count 3",
        "send moon",
        "send king --connected-to herald",
        "remove moon",
        "receivers remove herald",
    )
    run, moon, herald = (
        json.loads(line)["id"] for line in signalcli.ok("history", "--json").stdout.splitlines()
    )

    result = signalcli.ok("export", "--format", "python", "--history", "3")

    again = f"{run} is a run of 3 sends, and isn't exported. Run it again: signalcli send king --count=3"
    assert result.stderr.splitlines() == [
        again,
        f"{moon} isn't exported: moon isn't defined any more.",
        f"{herald} isn't exported: there is no receiver herald any more.",
    ]
    assert result.stdout.endswith(f"# What was sent last, in order.\n# {again}\n")


def test_python_as_json_has_the_text_and_the_notes(signalcli: SignalCli) -> None:
    signalcli.ok("connect", "king", "animal")

    document = signalcli.ok("export", "--format", "python", "--json").json

    assert document == {"format": "python", "text": exported(signalcli, "python"), "notes": []}


def test_json_is_the_session_itself(signalcli: SignalCli) -> None:
    signalcli.ok("connect", "king", "animal", "--sender", "大象")

    text = exported(signalcli, "json")

    assert text == signalcli.session_path.read_text(encoding="utf-8")
    assert parse_session(json.loads(text))


@pytest.mark.parametrize("kind", ["mermaid", "dot"])
def test_a_diagram_draws_the_session(signalcli: SignalCli, kind: str) -> None:
    signalcli.ok("connect", "king", "animal")

    assert "animal" in exported(signalcli, kind)


def test_an_empty_session_is_nothing_but_its_name(signalcli: SignalCli) -> None:
    assert exported(signalcli, "python") == SIMPLE.splitlines(keepends=True)[0]


@pytest.mark.parametrize(
    ("line", "what"),
    [
        ("export", "Missing option '--format'. Choose from: python, pytest, mermaid, dot, json."),
        (
            "export --format pytest --style call",
            "--style is for --format python, and not for pytest.",
        ),
        (
            "export --format json --history 1",
            "--history is for --format python or pytest, and not for json.",
        ),
    ],
)
def test_options_that_do_not_go_together(signalcli: SignalCli, line: str, what: str) -> None:
    result = signalcli(*line.split())

    assert result == Result(2, "", f"Error: {what} Try: signalcli export --help\n")


def test_ten_thousand_connections_are_exported_and_run(signalcli: SignalCli) -> None:
    buckets = [
        {"receivers": ["animal"], "senders": [f"a{number}" for number in range(5000)]},
        {"receivers": ["echo", "animal"], "senders": list(range(1, 2501))},
    ]
    king = {"receivers": {"animal": "weak", "echo": "weak"}, "buckets": buckets}
    signalcli.session_path.parent.mkdir(parents=True)
    signalcli.session_path.write_text(json.dumps({"version": 1, "signals": {"king": king}}))

    for style in ("call", "decorator"):
        script = exported(signalcli, "python", "--style", style)
        ran = run_script(signalcli.directory, f"{script}print(len(king._by_sender))\n")
        assert int(ran.stdout) in (7500, 7501)  # ANY has a bucket once it was asked for


# Imports. None of their code runs, whether or not they are trusted.

CODE = "print('it runs')\ndef on_king(sender, **payload): print('heard', sender)\n"


def shop(directory: Path) -> None:
    """A package, and files, that say so when they are imported."""
    (directory / "shop").mkdir()
    (directory / "shop" / "__init__.py").write_text("")
    (directory / "shop" / "handlers.py").write_text(
        f"{CODE}class Desk:\n    @staticmethod\n    def bell(sender, **payload): print('bell')\n"
    )
    (directory / "handlers.py").write_text(CODE)


def test_imports_are_imported_by_the_script_and_by_nothing_else(signalcli: SignalCli) -> None:
    shop(signalcli.directory)
    prepare(
        signalcli,
        "connect king shop.handlers:on_king",
        "connect king handlers.py:on_king",
        "connect king shop.handlers:Desk.bell",
        "connect king ./handlers.py:on_king --sender x",
    )

    script = exported(signalcli, "python", "--style", "decorator")

    assert "from shop.handlers import Desk, on_king\n" in script
    assert (
        script.partition("    return module\n\n\n")[2]
        == """\
king = default_namespace["king"] = OrderedNamedSignal("king")

handlers = module_of("handlers.py")
on_king_receiver = handlers.on_king
bell = Desk.bell

king.connect(on_king)
king.connect(on_king_receiver)
king.connect(on_king_receiver, sender="x")
king.connect(bell)
"""
    )
    ran = run_script(signalcli.directory, f"{script}king.send('x')\n")
    assert ran.stdout == "it runs\nit runs\nheard x\nheard x\nbell\n"


def test_an_import_that_is_not_trusted_gets_a_note(signalcli: SignalCli) -> None:
    shop(signalcli.directory)
    names = {"shop.handlers:on_king": "weak", "gone.py:on_king": "weak"}
    document = {"version": 1, "signals": {"king": {"receivers": names, "any": [*names]}}}
    signalcli.session_path.parent.mkdir(parents=True)
    signalcli.session_path.write_text(json.dumps(document))

    script = signalcli.ok("export", "--format", "python")
    tests = signalcli.ok("export", "--format", "pytest")

    assert "it runs" not in script.stdout + script.stderr + tests.stdout + tests.stderr
    assert [script.stderr.splitlines(), tests.stderr.splitlines()] == [
        [
            f"{name} isn't trusted here, and the script imports it, and runs its code."
            for name in names
        ],
        [
            f"{name} isn't trusted here, and the tests import it, and run its code."
            for name in names
        ],
    ]


def test_names_that_python_can_not_write_are_imported_all_the_same(signalcli: SignalCli) -> None:
    names = {"class.pass:on_king": "weak", "shop:def.x": "weak", "shop:Desk.import": "weak"}
    document = {"version": 1, "signals": {"king": {"receivers": names, "any": [*names]}}}
    signalcli.session_path.parent.mkdir(parents=True)
    signalcli.session_path.write_text(json.dumps(document))

    script = signalcli.ok("export", "--format", "python").stdout

    compile(script, "exported", "exec")
    for line in (
        'on_king = import_module("class.pass").on_king',
        'x = getattr(import_module("shop"), "def").x',
        'import_receiver = getattr(Desk, "import")',
    ):
        assert f"\n{line}\n" in script


def test_what_a_package_offers_is_found_in_its_metadata(signalcli: SignalCli) -> None:
    (signalcli.directory / "bells.py").write_text(CODE)
    information = signalcli.directory / "bells-1.0.dist-info"
    information.mkdir()
    (information / "METADATA").write_text("Metadata-Version: 2.1\nName: bells\nVersion: 1.0\n")
    (information / "entry_points.txt").write_text(
        "[signalcli.receivers.registry]\nbell = bells:on_king [loud]\n"
    )
    signalcli.environment["PYTHONPATH"] = str(signalcli.directory)
    signalcli.ok("connect", "king", "bell")

    script = exported(signalcli, "python")

    assert script == (
        f"{SIMPLE.splitlines()[0]}\n\nfrom blinker import signal\n\nfrom bells import on_king\n\n"
        'king = signal("king")\nking.connect(on_king)\n'
    )

    (information / "entry_points.txt").unlink()
    result = signalcli("export", "--format", "python")
    assert result == Result(
        2,
        "",
        "Error: The receiver 'bell' can't be exported, because no installed package offers it any "
        "more; bells did. Install that, or disconnect it: signalcli disconnect king bell\n",
    )


def test_a_file_is_imported_once_and_can_import_what_is_beside_it(signalcli: SignalCli) -> None:
    folder = signalcli.directory / "folder"
    folder.mkdir()
    (folder / "beside.py").write_text("WORD = 'beside'\n")
    code = "from beside import WORD\nprint('once')\ndef on_king(sender): print(WORD)\n"
    (folder / "handlers.py").write_text(f"{code}def on_moon(sender): raise OSError('no moon')\n")
    prepare(
        signalcli,
        "connect king folder/handlers.py:on_king",
        "connect moon ./folder/../folder/handlers.py:on_moon",
    )
    for signal in ("king", "moon", "king"):
        signalcli("send", signal)

    script = exported(signalcli, "python", "--history", "3")

    assert script.endswith("with told():\n    king.send()\n")
    ran = run_script(signalcli.directory, script)
    assert (ran.stdout, ran.stderr) == ("once\nbeside\nbeside\n", "OSError: no moon\n")


def test_a_receiver_that_raises_nothing_but_an_error_raises_it(signalcli: SignalCli) -> None:
    prepare(signalcli, "receivers add quiet --raises ''", "connect king quiet")

    assert '    raise RuntimeError("")\n' in exported(signalcli, "python")


def test_tests_of_nothing_are_refused(signalcli: SignalCli) -> None:
    result = signalcli("export", "--format", "pytest")

    assert result == Result(
        2,
        "",
        "Error: There is nothing to test in session 'default': it has no signals. "
        "Start with: signalcli connect king animal\n",
    )

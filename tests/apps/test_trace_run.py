"""``trace run``: a program runs as Python runs it, and every send of it is shown."""

from __future__ import annotations

import json
import os
import py_compile
import signal
import subprocess
import sys
import textwrap
import time
import zipfile
from pathlib import Path
from typing import Any

import pytest

from tests.support.cli import Result, SignalCli, Traced

pytestmark = pytest.mark.slow

SHOP = """\
import sys
from blinker import Signal, signal

ready = signal("ready")

class Bus:
    changed = Signal()

@ready.connect
def on_ready(sender, **payload):
    Bus.changed.send(sender, number=1)

@Bus.changed.connect
def on_changed(sender, number):
    return number

@ready.connect_via("other")
def never(sender): ...
"""


def program(signalcli: SignalCli, text: str, name: str = "shop.py") -> None:
    signalcli.write(name, textwrap.dedent(text))


def sent(result: Result) -> list[tuple[str, int, Any, list[tuple[str, str]]]]:
    return [
        (
            event["signal"],
            event["depth"],
            event["sender"],
            [(call["receiver"], call["outcome"]) for call in event["calls"]],
        )
        for event in result.json["events"]
    ]


def test_every_send_of_a_program_is_shown(traced: Traced) -> None:
    result = traced(SHOP + "ready.send('x', a=1, b=2)\nprint('done')\n")

    document = result.json
    assert (result.status, result.stderr) == (0, "done\n")
    assert {key: document[key] for key in ("program", "status", "error")} == {
        "program": ["shop.py"],
        "status": 0,
        "error": None,
    }
    assert document["events"][0]["payload_keys"] == ["a", "b"]
    assert sent(result) == [
        ("ready", 0, "x", [("__main__.on_ready", "returned"), ("__main__.never", "skipped")]),
        ("__main__.Bus.changed", 1, "x", [("__main__.on_changed", "returned")]),
    ]


def test_a_person_sees_a_table(signalcli: SignalCli) -> None:
    program(signalcli, SHOP + "ready.send('x')\n")

    shown = signalcli.ok("trace", "run", "shop.py", "--loud").stdout

    assert shown.startswith("shop.py --loud → status 0")
    assert "│   __main__.Bus.changed " in shown
    assert "● __main__.on_changed → 1" in shown
    assert "○ __main__.never: listens only to other" in shown


PYTHON_SAYS = """\
import json, os, sys
spec = __spec__
reported = [sys.argv, __name__, __file__, __package__, spec and spec.name, sys.path[0]]
reported += [sys.modules["__main__"].__dict__ is globals(), sorted(globals())]
reported += [globals().get("__cached__"), type(__loader__).__name__, sys.path]
json.dump(reported, open(os.environ["TOLD"], "w"))
"""


@pytest.mark.parametrize(
    ("file", "line"),
    [
        ("plain.py", "plain.py a --json -h -- -m"),
        ("deep/er/plain.py", "deep/er/plain.py --save x.svg"),
        ("pack/__main__.py", "-m pack a"),
        ("pack/mod.py", "-m pack.mod --session s"),
        ("directory/__main__.py", "directory a"),
        ("plain", "plain a"),
        ("notes.txt", "notes.txt a"),
        ("plain.py", "/dev/stdin a"),
    ],
)
@pytest.mark.parametrize("safe", ["", "1"])
def test_a_program_finds_what_python_gives_it(
    signalcli: SignalCli, file: str, line: str, safe: str
) -> None:
    """Also where ``PYTHONSAFEPATH`` says so, for Python 3.11."""
    program(signalcli, PYTHON_SAYS, file)
    if file.startswith("pack"):
        program(signalcli, "", "pack/__init__.py")
    variables = {"PYTHONPATH": str(signalcli.directory)} if safe else {}
    reported = []
    for command in ([sys.executable], [sys.executable, "-m", "signalcli", "trace", "run", "-q"]):
        with (signalcli.directory / file).open("rb") as stdin:
            subprocess.run(
                [*command, *line.split()],
                check=True,
                cwd=signalcli.directory,
                env={
                    **signalcli.environment,
                    **variables,
                    "TOLD": str(signalcli.directory / "reported"),
                    "PYTHONSAFEPATH": safe,
                },
                stdin=stdin,
                stdout=subprocess.DEVNULL,
            )
        found = signalcli.load("reported")
        names = set(found.pop(7))
        reported.append((found, names - {"__annotations__"}))

    assert reported[1] == reported[0]


SENDS = "from blinker import signal\nsignal('a').send('x')\n"


def test_a_compiled_program_is_run_whatever_its_name(signalcli: SignalCli) -> None:
    program(signalcli, SENDS)
    for name in ("shop.pyc", "compiled"):
        py_compile.compile(str(signalcli.directory / "shop.py"), str(signalcli.directory / name))

        result = signalcli("trace", "run", "--json", name)

        assert (result.status, result.stderr, sent(result)) == (0, "", [("a", 0, "x", [])])


@pytest.mark.parametrize(
    "first",
    [
        "#!/usr/bin/env -S uv run --script\n",
        "#!/bin/sh\n'''exec' \"/a b/bin/python\" \"$0\" \"$@\"\n' '''\n",
        "#!/bin/sh\n",
        "",
    ],
)
def test_a_file_is_run_whatever_its_first_line_names(signalcli: SignalCli, first: str) -> None:
    program(signalcli, first.replace("\\", "") + SENDS, "tool")

    assert sent(signalcli.ok("trace", "run", "--json", "tool")) == [("a", 0, "x", [])]


def test_an_archive_is_run_whatever_its_name(signalcli: SignalCli) -> None:
    with zipfile.ZipFile(signalcli.directory / "tool", "w") as archive:
        archive.writestr("__main__.py", SENDS)

    assert sent(signalcli.ok("trace", "run", "--json", "tool")) == [("a", 0, "x", [])]


def test_a_program_is_read_once_from_a_pipe(signalcli: SignalCli) -> None:
    os.mkfifo(signalcli.directory / "pipe")
    process = signalcli.start("trace", "run", "--json", "pipe", stdout=subprocess.PIPE)

    signalcli.write("pipe", SENDS)
    stdout, _ = process.communicate(timeout=30)

    assert [event["signal"] for event in json.loads(stdout)["events"]] == ["a"]


def test_a_binary_that_is_named_by_its_path_fails_as_in_python(signalcli: SignalCli) -> None:
    (signalcli.directory / "tool").write_bytes(b"\x7fELF\0\0")

    result = signalcli("trace", "run", "tool")

    assert result.status == 1
    assert result.stderr.splitlines()[-1].endswith(" cannot contain null bytes")


def test_an_installed_program_that_is_no_python_is_reported(signalcli: SignalCli) -> None:
    tool = signalcli.directory / "bin" / "tool"
    tool.parent.mkdir()
    tool.write_bytes(b"#!/bin/sh\nif true; then echo; fi\n")
    tool.chmod(0o755)

    assert signalcli.refused("trace run tool", environment={"PATH": str(tool.parent)}) == (
        f"'tool' is {tool}, which is not a Python program. "
        f"Name a file, or a module: signalcli trace run -m tool"
    )


@pytest.mark.parametrize(
    ("line", "advice"),
    [
        ("python tidy.py --all", "leave out 'python', as in: signalcli trace run tidy.py --all"),
        ("python3 -m pack", "leave out 'python3', as in: signalcli trace run -m pack"),
        ("python", "leave out 'python', as in: signalcli trace run tidy.py"),
        ("python -c pass", "Code of -c isn't traced. Write it to a file, and name that."),
    ],
)
def test_python_before_the_program_is_to_be_left_out(
    signalcli: SignalCli, line: str, advice: str
) -> None:
    assert signalcli.refused(f"trace run {line}").endswith(advice)


def test_a_directory_may_have_the_name_of_an_interpreter(signalcli: SignalCli) -> None:
    program(signalcli, SENDS, "python/__main__.py")

    assert sent(signalcli.ok("trace", "run", "--json", "./python")) == [("a", 0, "x", [])]


@pytest.mark.parametrize("line", ["-mpack a", "-q -mpack a", "--save t.json -mpack a"])
def test_a_module_may_be_attached_to_its_option(signalcli: SignalCli, line: str) -> None:
    program(signalcli, "", "pack/__init__.py")
    program(signalcli, SENDS, "pack/__main__.py")

    result = signalcli.ok("trace", "run", "--json", *line.split())

    assert result.json["program"] == ["-m", "pack", "a"]


def test_arguments_of_the_program_stay_whole(signalcli: SignalCli) -> None:
    program(signalcli, SENDS)

    result = signalcli.ok("trace", "run", "--json", "shop.py", "-mpack", "--", "-m")

    assert result.json["program"] == ["shop.py", "-mpack", "--", "-m"]


@pytest.mark.parametrize("call", ["execv(path, ['echo'])", "execvp('echo', ['echo'])"])
def test_another_program_in_its_place_is_not_followed(traced: Traced, call: str) -> None:
    result = traced(f"{SENDS}import os, shutil\npath = shutil.which('echo')\nos.{call}\n")

    assert (result.status, result.stderr) == (0, "\n")
    assert sent(result) == [("a", 0, "x", [])]


def test_another_program_that_is_not_there_is_an_error_of_the_programs(
    signalcli: SignalCli,
) -> None:
    program(
        signalcli, "import os\ntry:\n    os.execv('/gone', ['x'])\nexcept OSError: print('no')\n"
    )

    result = signalcli("trace", "run", "shop.py")

    assert (result.status, result.stderr) == (0, "no\n")


def test_a_function_at_the_end_may_end_the_process(traced: Traced) -> None:
    """And those that were to be called after it aren't."""
    result = traced("""\
        import atexit, os
        from blinker import signal

        atexit.register(print, "never")
        atexit.register(os._exit, 6)
        atexit.register(signal("end").send)
    """)

    assert (result.status, result.stderr, sent(result)) == (6, "", [("end", 0, None, [])])


def test_a_script_that_is_installed_is_run_by_its_name(signalcli: SignalCli) -> None:
    result = signalcli("trace", "run", "flask", "--version")

    assert result.status == 0
    assert "Werkzeug" in result.stderr
    assert result.stdout.startswith("flask --version → status 0")


@pytest.mark.parametrize(
    ("text", "status", "printed"),
    [
        ("import sys; sys.exit(3)", 3, ""),
        ("import sys; sys.exit(259)", 3, ""),
        ("import sys; sys.exit('no more')", 1, "no more\n"),
        ("import sys; sys.exit()", 0, ""),
        ("import os; os._exit(7)", 7, ""),
        ("raise SystemExit", 0, ""),
    ],
)
def test_the_status_is_the_programs(traced: Traced, text: str, status: int, printed: str) -> None:
    result = traced(f"from blinker import signal\nsignal('a').send(1)\n{text}\n")

    assert (result.status, result.json["status"]) == (status, status)
    assert (result.stderr, sent(result)) == (printed, [("a", 0, 1, [])])


def test_an_exception_is_shown_as_python_shows_it(signalcli: SignalCli, traced: Traced) -> None:
    result = traced("""\
        from blinker import signal

        king = signal("king")

        @king.connect
        def fails(sender):
            raise ValueError("no")

        king.send(1)
    """)

    assert result.status == 1
    lines = [line for line in result.stderr.splitlines() if set(line) - set(" ^~")]
    here = signalcli.directory / "shop.py"
    assert lines[0] == "Traceback (most recent call last):"
    assert lines[1:3] == [f'  File "{here}", line 9, in <module>', "    king.send(1)"]
    wrapper = '  File "<signalcli importlib._bootstrap>", line '
    assert wrapper in result.stderr
    assert lines[-3:] == [
        f'  File "{here}", line 7, in fails',
        '    raise ValueError("no")',
        "ValueError: no",
    ]
    assert result.json["error"] == {"type": "ValueError", "message": "no", "where": "shop.py:7"}
    assert sent(result) == [("king", 0, 1, [("__main__.fails", "raised")])]


def test_a_receiver_that_raises_and_is_caught_gives_status_1_on_demand(
    signalcli: SignalCli,
) -> None:
    text = """\
    from blinker import signal

    def fails(sender):
        raise ValueError("no")

    signal("king").connect(fails)
    try:
        signal("king").send()
    except ValueError:
        pass
    """
    program(signalcli, text)

    asked = signalcli("trace", "run", "--json", "--fail-raised", "shop.py")

    assert (asked.status, asked.json["status"]) == (1, 0)
    assert signalcli("trace", "run", "shop.py").status == 0


def test_a_syntax_error_is_the_programs(signalcli: SignalCli) -> None:
    program(signalcli, "def broken(:\n")

    result = signalcli("trace", "run", "shop.py")

    assert result.status == 1
    assert result.stderr.splitlines()[-1].startswith("SyntaxError: ")
    assert "No signal was sent." in result.stdout


def test_what_comes_after_the_last_line_is_seen_too(traced: Traced) -> None:
    result = traced("""\
        import atexit, threading, time
        from concurrent.futures import ThreadPoolExecutor
        from blinker import signal

        end = signal("end")
        atexit.register(end.send, "atexit")

        def late():
            time.sleep(0.2)
            end.send("thread")

        threading.Thread(target=late).start()
        ThreadPoolExecutor(2).submit(lambda: (time.sleep(0.1), end.send("pool")))
        end.send("main")
    """)

    senders = [sender for _, _, sender, _ in sent(result)]
    assert (result.status, result.stderr) == (0, "")
    assert senders == ["main", "pool", "thread", "atexit"]


def test_processes_that_it_starts_are_followed(traced: Traced) -> None:
    result = traced("""\
        import os, multiprocessing, sys
        from blinker import signal

        def work(number):
            signal("child").send(number)
            return number

        if __name__ == "__main__":
            child = os.fork()
            if not child:
                signal("forked").send()
                sys.exit(5)
            assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 5
            with multiprocessing.get_context("spawn").Pool(1) as pool:
                signal("parent").send(pool.map(work, [1, 2]))
    """)

    assert (result.status, result.stderr) == (0, "")
    assert sent(result) == [
        ("forked", 0, None, []),
        ("child", 0, 1, []),
        ("child", 0, 2, []),
        ("parent", 0, [1, 2], []),
    ]
    processes = [event["process"] for event in result.json["events"]]
    main, forked, spawned = (one["process"] for one in result.json["processes"])
    assert processes == [forked, spawned, spawned, main]
    assert [one["parent"] for one in result.json["processes"][1:]] == [main] * 2


def test_standard_input_is_the_programs(signalcli: SignalCli) -> None:
    program(signalcli, "from blinker import signal\nsignal('a').send(input())\n")
    reported = signalcli.directory / "reported"
    reported.write_text("大象\n", encoding="utf-8")

    with reported.open("rb") as stdin:
        result = signalcli("trace", "run", "--json", "shop.py", stdin=stdin)

    assert sent(result) == [("a", 0, "大象", [])]


def test_ctrl_c_ends_the_program_and_shows_what_was_sent(signalcli: SignalCli) -> None:
    text = """\
    import time
    from blinker import signal
    signal("a").send(1)
    print("waiting", flush=True)
    while True: time.sleep(0.05)  # a signal just before a long sleep does not end it
    """
    program(signalcli, text)

    ended = signalcli.interrupted("trace", "run", "--json", "shop.py", after="waiting\n")

    assert ended.status == 130
    assert ended.stderr.endswith("\nKeyboardInterrupt\nInterrupted.\n")  # the first is Python's
    assert [event["signal"] for event in ended.json["events"]] == ["a"]


@pytest.mark.parametrize(
    ("line", "status", "sentence"),
    [
        ("gone.py", 2, "Error: No program 'gone.py'. Name a file, or a module:"),
        ("-- -c pass", 2, "Error: Code of -c isn't traced. Write it to a file, and name that."),
        ("-m gone", 1, f"{sys.executable}: No module named gone"),
        ("-m pack", 1, f"{sys.executable}: No module named pack.__main__;"),
        ("empty", 1, f"{sys.executable}: can't find '__main__' module in"),
    ],
)
def test_what_is_no_program_is_reported(
    signalcli: SignalCli, line: str, status: int, sentence: str
) -> None:
    """Python itself reports what it can't run."""
    program(signalcli, "", "pack/__init__.py")
    (signalcli.directory / "empty").mkdir()

    result = signalcli("trace", "run", *line.split())

    assert result.status == status
    assert result.stderr.startswith(sentence)


# What is kept.


def test_a_trace_without_sends_replaces_none_with_sends(signalcli: SignalCli) -> None:
    program(signalcli, SENDS)
    program(signalcli, "", "silent.py")
    silent = "trace", "run", "--save", "trace.json", "silent.py"
    signalcli.ok("trace", "run", "--save", "trace.json", "shop.py")
    before = (signalcli.directory / "trace.json").read_bytes()

    kept = signalcli(*silent)

    sentence = "trace.json has sends and this trace has none, so it was kept as it is.\n"
    assert (kept.status, kept.stderr) == (0, sentence)
    assert (signalcli.directory / "trace.json").read_bytes() == before
    (signalcli.directory / "trace.json").unlink()
    assert signalcli(*silent).stderr == "Saved trace.json.\n"


def test_a_trace_without_sends_replaces_none_that_cannot_be_read(
    signalcli: SignalCli, traced: Traced
) -> None:
    newer = '{\n  "version": 99,\n  "events": []\n}\n'
    file = signalcli.write("trace.json", newer)
    result = traced("import blinker", "--save", "trace.json")

    assert result.status == 0
    assert "it was kept as it is." in result.stderr
    assert file.read_text() == newer


def test_a_trace_is_kept_as_the_document_that_it_is(signalcli: SignalCli, traced: Traced) -> None:
    result = traced(SHOP + "ready.send('x')\n", "--save", "trace.json")

    assert signalcli.load("trace.json") == {"version": 1, **result.json}
    assert result.stderr == "Saved trace.json.\n"


@pytest.mark.parametrize("name", ["trace.png", "trace.json.gz", "日志.txt"])
def test_an_unknown_ending_is_refused_before_the_program_runs(
    signalcli: SignalCli, name: str
) -> None:
    program(signalcli, "open('ran', 'w')")

    refused = signalcli.refused(f"trace run --save kept.json --save {name} shop.py")

    assert refused == (
        f"'{name}' is no name for a trace: it must end in .json, .html, .md, .svg or .perfetto.json, "
        f"or have no ending"
    )
    assert [path.name for path in signalcli.directory.iterdir() if path.is_file()] == ["shop.py"]


def test_a_trace_is_kept_in_each_form_that_was_asked_for(signalcli: SignalCli) -> None:
    program(signalcli, "import sys\nassert sys.argv[1:] == ['--save', 'x.png']\n" + SENDS)
    words = "--save", "trace", "--save", "trace.html", "shop.py", "--save", "x.png"

    result = signalcli.ok("trace", "run", *words)

    page = (signalcli.directory / "trace.html").read_text(encoding="utf-8")
    assert result.stderr.endswith("Saved trace.\nSaved trace.html.\n")
    assert "<title>shop.py --save x.png</title>" in page
    assert signalcli.ok("trace", "show", "trace").stdout == result.stdout


def test_a_trace_is_kept_where_it_was_asked_for(signalcli: SignalCli) -> None:
    program(signalcli, "import os\nos.mkdir('other')\nos.chdir('other')\n")

    signalcli.ok("trace", "run", "--save", "trace.json", "shop.py")

    assert (signalcli.directory / "trace.json").is_file()


@pytest.mark.parametrize("name", ["trace.svg", "trace.html"])
def test_a_picture_is_saved_by_its_name(signalcli: SignalCli, name: str) -> None:
    program(signalcli, SHOP + "ready.send('x')\n")

    signalcli.ok("trace", "run", "--save", name, "shop.py")

    content = (signalcli.directory / name).read_text(encoding="utf-8")
    assert "on_changed" in content
    assert not content.startswith("{")


@pytest.mark.parametrize(
    ("name", "why"), [("no/where.json", "there is no directory 'no'"), (".", "it is a directory")]
)
def test_nothing_runs_if_the_trace_could_not_be_kept(
    signalcli: SignalCli, name: str, why: str
) -> None:
    program(signalcli, "print('ran')\n")

    assert signalcli.refused(f"trace run --save {name} shop.py").startswith(
        f"'{name}' can't be saved: {why}"
    )


@pytest.mark.parametrize("name", ["notes", "notes.json"])
def test_nothing_but_a_trace_is_replaced_by_one(signalcli: SignalCli, name: str) -> None:
    program(signalcli, "print('ran')\n")
    program(signalcli, "{my notes}", name)
    before = (signalcli.directory / name).read_bytes()

    assert signalcli.refused(f"trace run --save {name} shop.py").startswith(
        f"'{name}' is there and is no trace, and so isn't"
    )
    assert (signalcli.directory / name).read_bytes() == before


def test_a_trace_is_replaced_by_the_next(signalcli: SignalCli) -> None:
    program(signalcli, "from blinker import signal\nsignal('a').send(1)\n")
    (signalcli.directory / "trace.json").touch()

    for _ in range(2):
        signalcli.ok("trace", "run", "--save", "trace.json", "shop.py")

    document = signalcli.load("trace.json")
    assert [event["signal"] for event in document["events"]] == ["a"]


def test_of_very_many_sends_a_person_sees_the_first(signalcli: SignalCli) -> None:
    text = "from blinker import signal\nfor number in range(5_100): signal('a').send(number)\n"
    program(signalcli, text)

    shown = signalcli.ok("trace", "run", "--save", "trace.json", "shop.py").stdout

    kept = signalcli.load("trace.json")
    assert len(kept["events"]) == 5_100
    assert shown.count("no receivers") == 5_000
    assert "100 more sends aren't drawn: --json and --save FILE have them all." in shown


def test_a_daemon_thread_may_go_on_sending(signalcli: SignalCli) -> None:
    text = """\
    import threading
    from blinker import signal

    busy = signal("busy")
    started = threading.Event()

    def send():
        while True:
            busy.send()
            started.set()

    threading.Thread(target=send, daemon=True).start()
    started.wait()
    """
    program(signalcli, text)
    began = time.monotonic()

    result = signalcli("trace", "run", "-q", "shop.py")

    assert result.status == 0
    assert "busy" in result.stdout
    assert time.monotonic() - began < 50


def test_the_environment_of_a_program_is_its_own(signalcli: SignalCli, traced: Traced) -> None:
    result = traced("import os\nfrom blinker import signal\nsignal('a').send(os.getcwd())\n")

    assert sent(result) == [("a", 0, os.path.realpath(signalcli.directory), [])]
    assert not Path(signalcli.home, ".config").exists()


def test_a_thread_that_ends_the_process_is_reported_and_the_trace_kept(
    signalcli: SignalCli,
) -> None:
    text = """\
    import os, threading
    from blinker import signal

    def end():
        signal("last").send(1)
        os._exit(3)

    thread = threading.Thread(target=end)
    thread.start()
    thread.join()
    """
    program(signalcli, text)

    result = signalcli("trace", "run", "--json", "--save", "trace.json", "shop.py")

    assert (result.status, result.stderr) == (3, "Saved trace.json.\n")
    assert sent(result) == [("last", 0, 1, [])]
    kept = signalcli.load("trace.json")
    assert kept["events"] == result.json["events"]


def test_a_crash_is_named_and_no_send_is_denied(signalcli: SignalCli) -> None:
    program(signalcli, f"{SENDS}import os, signal\nos.kill(os.getpid(), signal.SIGKILL)\n")

    result = signalcli("trace", "run", "shop.py")

    assert result.status == -signal.SIGKILL
    assert "No signal was sent." not in result.stdout
    assert result.stderr == "SIGKILL ended the program: sends just before that may be missing.\n"
    assert f"{signalcli('trace', 'run', '--json', 'shop.py').json['cut']}\n" == result.stderr


def test_a_program_may_close_every_descriptor(signalcli: SignalCli, traced: Traced) -> None:
    result = traced("""\
        import os, time
        from blinker import signal

        signal("a").send(1)
        time.sleep(0.3)
        os.closerange(3, 256)
        files = [open(f"own{number}", "w") for number in range(8)]
        signal("a").send(2)
        time.sleep(0.1)
    """)

    assert (result.status, result.json["cut"]) == (0, None)
    assert [event["sender"] for event in result.json["events"]] == [1, 2]
    assert [(signalcli.directory / f"own{n}").read_text() for n in range(8)] == [""] * 8


def test_an_integer_that_python_cannot_write_is_described(traced: Traced) -> None:
    result = traced("from blinker import signal\nfor n in (1, 10**5000): signal('a').send(n)\n")

    assert [event["sender"] for event in result.json["events"]] == [1, "<int of 16610 bits>"]

"""``trace run``: a program runs as Python runs it, and every send of it is shown."""

from __future__ import annotations

import json
import os
import py_compile
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from tests.support.cli import SignalCli, Traced
from tests.support.programs import SENDS, SHOP, program, sent

pytestmark = pytest.mark.slow


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
    signalcli.environment |= {"TOLD": str(signalcli.directory / "reported"), "PYTHONSAFEPATH": safe}
    if safe:
        signalcli.environment["PYTHONPATH"] = str(signalcli.directory)
    reported = []
    for command in ([], ["-m", "signalcli", "trace", "run", "-q"]):
        with (signalcli.directory / file).open("rb") as stdin:
            assert signalcli.python(*command, *line.split(), stdin=stdin).status == 0
        found = signalcli.load("reported")
        names = set(found.pop(7))
        reported.append((found, names - {"__annotations__"}))

    assert reported[1] == reported[0]


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
        ("python --version", "leave out 'python --version', as in: signalcli trace run tidy.py"),
        (
            "python -W error tidy.py",
            "leave out 'python -W error', as in: signalcli trace run tidy.py",
        ),
        ("python -Bm pack", "leave out 'python -Bm', as in: signalcli trace run -m pack"),
        ("python -mtidy --all", "leave out 'python', as in: signalcli trace run -m tidy --all"),
        ("python -Werror x.py", "leave out 'python -Werror', as in: signalcli trace run x.py"),
        ("python -uc pass", "Code of -c isn't traced. Write it to a file, and name that."),
        ("python -W error -c x", "Write it to a file, and name that."),
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


def test_a_script_that_is_installed_is_run_by_its_name(signalcli: SignalCli) -> None:
    result = signalcli.ok("trace", "run", "flask", "--version")

    assert "Werkzeug" in result.stderr
    assert result.stdout.startswith("flask --version → status 0")


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


def test_the_environment_of_a_program_is_its_own(signalcli: SignalCli, traced: Traced) -> None:
    result = traced("import os\nfrom blinker import signal\nsignal('a').send(os.getcwd())\n")

    assert sent(result) == [("a", 0, os.path.realpath(signalcli.directory), [])]
    assert not Path(signalcli.home, ".config").exists()


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


def test_the_help_of_trace_says_that_request_is_its_default(signalcli: SignalCli) -> None:
    words = signalcli.ok("trace", "--help").stdout.split()
    assert "trace GET / is trace request GET /." in " ".join(words)

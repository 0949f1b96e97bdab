"""``trace run --save``: where a trace is kept, in which form, and what it never replaces."""

from __future__ import annotations

import pytest

from tests.support.cli import SignalCli, Traced
from tests.support.programs import SENDS, SHOP, program

pytestmark = pytest.mark.slow


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

"""Recording past sends, and finding some of them."""

from __future__ import annotations

import re
from datetime import datetime, timedelta, timezone
from typing import Any

import pytest

from signalcli.text import UNSAFE
from tests.support.cli import Result, SessionWith, SignalCli
from tests.support.histories import (
    ago,
    an_entry,
    documents,
    journal_path,
    lines_of,
    past,
    senders,
    table,
)
from tests.support.scenario import prepare, without

ADDED = ("id", "time", "run", "replay_of")
"""What an entry has beside the keys of a delivery."""
NOTHING = "No past sends here. Make one: signalcli send king\n"
NONE_LIKE_THAT = "No past send matches. See them all: signalcli history\n"

# An entry.


def test_an_entry_is_the_delivery_with_an_id_and_a_time(signalcli: SignalCli) -> None:
    prepare(signalcli, "connect king animal --sender 大象; connect king failing; mute king")
    prepare(signalcli, "connect king qq --sender 狮子")
    before = datetime.now(timezone.utc)
    sent = [
        signalcli("send", "king", *arguments, "--json").json
        for arguments in (["大象", "count:=3"], [":=1", "--connected-to=echo"], ["--muted"])
    ]
    signalcli.ok("unmute", "king")
    sent.append(signalcli("send", "king", "大象", "--on-error", "continue", "--json").json)
    after = datetime.now(timezone.utc)

    entries = past(signalcli)

    assert [without(entry, *ADDED) for entry in entries] == sent
    assert [(entry["run"], entry["replay_of"]) for entry in entries] == [(None, None)] * 4
    times = [datetime.fromisoformat(entry["time"]) for entry in entries]
    assert [time.utcoffset() for time in times] == [timedelta(0)] * 4
    assert times == sorted(times)
    assert before - timedelta(milliseconds=1) <= times[0] <= times[-1] <= after
    ids = [entry["id"] for entry in entries]
    assert [id_ for id_ in ids if not re.fullmatch("[0-9a-f]{10}", id_)] == []
    assert len(set(ids)) == 4


@pytest.mark.parametrize(
    ("zone", "offset"), [("Asia/Kolkata", "+05:30"), ("XXX+03:30", "-03:30"), ("UTC", "+00:00")]
)
def test_the_time_has_the_offset_of_the_place(
    echoing_session: SignalCli, zone: str, offset: str
) -> None:
    now = datetime.now(timezone.utc)
    echoing_session("send", "king", environment={"TZ": zone})

    (entry,) = past(echoing_session)

    assert entry["time"].endswith(offset)
    assert abs(datetime.fromisoformat(entry["time"]) - now) < timedelta(minutes=1)


def test_the_history_is_a_table_with_the_newest_last(signalcli: SignalCli) -> None:
    prepare(signalcli, "connect king animal --sender 大象; connect king failing --sender 大象")
    prepare(signalcli, "connect king echo; define zoo/quiet")
    signalcli("send", "king", "大象", "count:=3", "slogan=巡山")
    signalcli("send", "king", "1")
    signalcli("send", "zoo/quiet", ":=1")
    signalcli("send", "king", "--count", "1200", "--on-error", "continue")

    rows = table(signalcli.ok("history").stdout)

    assert rows[0] == ["id", "time", "signal", "sender", "payload", "what it did"]
    assert [row[2:] for row in rows[1:]] == [
        ["king", "大象", "count=3 slogan=巡山", "2 returned, 1 raised"],
        ["king", '"1"', "", "1 returned, 2 skipped"],
        ["zoo/quiet", "1", "", "no receivers"],
        ["king", "None", "", "1,200 sends"],
    ]
    entries = past(signalcli)
    assert [row[0] for row in rows[1:]] == [entry["id"] for entry in entries]
    assert [row[1] for row in rows[1:]] == [entry["time"][11:19] for entry in entries]


def test_the_date_of_another_day_is_in_the_table(echoing_session: SignalCli) -> None:
    echoing_session.ok("send", "king")
    journal = journal_path(echoing_session)
    journal.write_text(re.sub(r"\d{4}-\d\d-\d\dT", "2020-02-29T", journal.read_text("utf-8")))

    rows = table(echoing_session.ok("history").stdout)

    assert [row[1][:11] for row in rows[1:]] == ["2020-02-29 "]


@pytest.mark.parametrize("options", [[], ["--json"]], ids=["table", "JSON"])
@pytest.mark.parametrize("arguments", [[], ["king"], ["--last", "3"]], ids=" ".join)
def test_without_past_sends_only_a_note_is_shown(
    echoing: SignalCli, arguments: list[str], options: list[str]
) -> None:
    assert echoing("history", *arguments, *options) == Result(0, "", NOTHING)


def test_looking_creates_nothing(signalcli: SignalCli) -> None:
    for command in (["history"], ["history", "--json"], ["history", "show", "last"]):
        signalcli(*command)

    assert list(signalcli.home.iterdir()) == []


EXACT: list[tuple[list[str | bytes], Any, dict[str, Any]]] = [
    ([":=1", "k:=12345678901234567890123456789012345678901234567890"], 1, {"k": 12345678901234567890123456789012345678901234567890}),
    (["1", "k=1"], "1", {"k": "1"}),
    ([":=1.0", "k:=1e308"], 1.0, {"k": 1e308}),
    ([":=true", "k:=[true,1,1.0,null]"], True, {"k": [True, 1, 1.0, None]}),
    ([':={"a":{"b":[{"c":[]}]}}', "k:={}"], {"a": {"b": [{"c": []}]}}, {"k": {}}),
    ([b"\xff\xfe\xe5", b"\xff=\xe5\xa4"], "\udcff\udcfe\udce5", {"\udcff": "\udce5\udca4"}),
    ([r':="\ud83d"', r'k:="\udca4\ud83d"'], "\ud83d", {"k": "\udca4\ud83d"}),
    (["🐘👩\u200d🚀", "🦁=大象"], "🐘👩\u200d🚀", {"🦁": "大象"}),
    (["\x1b[2J\r\n\t\x7f\x85\u2028\u202e", "\x1b=\n"], "\x1b[2J\r\n\t\x7f\x85\u2028\u202e", {"\x1b": "\n"}),
    ([r':=["\u001b]0;x\u0007"]', 'k:={"\\u202e":{"\\u0000":"\\u009b"}}'], ["\x1b]0;x\x07"], {"k": {"\u202e": {"\0": "\x9b"}}}),
    (["", "id=x", "time=y", "run:=1", "sender=z", "signal="], "", {"id": "x", "time": "y", "run": 1, "sender": "z", "signal": ""}),
    (["[red]x[/red]", "k=:smile:"], "[red]x[/red]", {"k": ":smile:"}),
]  # fmt: skip


@pytest.mark.parametrize(
    ("arguments", "sender", "payload"), EXACT, ids=lambda value: ascii(value)[:20]
)
def test_what_was_sent_is_kept_exactly(
    echoing_session: SignalCli, arguments: list[str | bytes], sender: Any, payload: dict[str, Any]
) -> None:
    """A replay sends it again exactly, too."""
    echoing_session.ok("send", "king", *arguments)

    (entry,) = past(echoing_session)
    again = echoing_session.read("replay last")["replays"][0]["now"]
    shown = (
        echoing_session.ok("history", "show", "last").stdout + echoing_session.ok("history").stdout
    )

    sent = {"sender": sender, "payload": payload}
    kept = {key: entry[key] for key in sent}
    assert repr([kept, again["calls"][0]["value"]]) == repr([sent, sent])
    content = journal_path(echoing_session).read_text("utf-8")
    assert re.findall(UNSAFE, content) == ["\n"] * 2
    assert re.findall(UNSAFE, shown.replace("\n", "")) == []


def test_what_is_nested_deeply_is_kept_exactly_and_sent_again_so(session_with: SessionWith) -> None:
    """Deeper than what is shown as JSON."""
    code = (
        "def depth(sender, k):\n    n = 0\n    while k:\n        k = k[0]; n += 1\n    return n\n"
    )
    signalcli = session_with("connect king handlers.py:depth", handlers=code)
    signalcli.ok("send", "king", "k:=" + "[" * 300 + "]" * 300)

    again = signalcli.read("replay last")["replays"][0]

    assert (again["now"]["calls"][0]["value"], again["differences"]) == (299, [])


def test_a_send_can_be_left_out(echoing_session: SignalCli) -> None:
    echoing_session.ok("send", "king", "1")
    echoing_session.ok("send", "king", "2", "--no-history")
    echoing_session.ok("send", "king", "3")

    assert senders(echoing_session) == ["1", "3"]


def test_what_only_looks_is_not_in_the_history(echoing_session: SignalCli) -> None:
    prepare(echoing_session, "explain king; inspect king; list; connect king qq; mute king")

    assert past(echoing_session) == []


@pytest.mark.parametrize(
    ("arguments", "letters"),
    [
        ([], "abcdefgh"),
        (["king"], "acdfg"),
        (["zoo/king"], "bh"),
        (["/king"], "acdfg"),
        (["gone"], "e"),
        (["unsent"], ""),
        (["--last", "3"], "fgh"),
        (["--last", "100"], "abcdefgh"),
        (["--last", "0"], ""),
        (["king", "--last", "2"], "fg"),
        (["--sender", "大象"], "ab"),
        (["--sender", "1"], "c"),
        (["--sender", ":=1"], "df"),
        (["--sender", ":=true"], "df"),
        (["--sender", ":=null"], "g"),
        (["--sender", "大象", "--sender", "狮子"], "abh"),
        (["--sender", "nobody"], ""),
        (["--since", "3600s"], "h"),
        (["--since", "180m"], "gh"),
        (["--since", "7.5h"], "fgh"),
        (["--since", "20h"], "efgh"),
        (["--since", "2d"], "defgh"),
        (["--since", "50d"], "cdefgh"),
        (["--since", "0s"], ""),
        (["--since", "2020-02-29"], "abcdefgh"),
        (["--since", "2020-02-29T00:00:00Z"], "abcdefgh"),
        (["--since", "2020-02-29T00:00:01Z"], "bcdefgh"),
        (["--since", "2020-02-29T22:30:00+00:00"], "bcdefgh"),
        (["--since", "2020-02-29T22:30:01+00:00"], "cdefgh"),
        (["--since", "2020-03-01T00:31:00+02:00"], "cdefgh"),
        pytest.param(["--since", ago(hours=6)], "fgh", id="since six hours ago"),
        (["king", "--sender", ":=1", "--since", "2d", "--last", "1"], "f"),
        (["king", "--sender", ":=1", "--since", "1h"], ""),
        (["zoo/king", "--sender", "大象", "--last", "1"], "b"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else value,
)
def test_past_sends_are_found_by_signal_sender_time_and_number(
    archive: SignalCli, arguments: list[str], letters: str
) -> None:
    result = archive.ok("history", "--json", *arguments)

    assert "".join(entry["id"][0] for entry in documents(result.stdout)) == letters
    assert result.stderr == ("" if letters else NONE_LIKE_THAT)


def test_a_time_without_offset_is_that_of_the_place(archive: SignalCli) -> None:
    command = ("history", "--since", "2020-02-29T00:00:01", "--json")

    found = {
        zone: documents(archive(*command, environment={"TZ": zone}).stdout)[0]["id"][0]
        for zone in ("XXX-01", "XXX+01")
    }

    assert found == {"XXX-01": "a", "XXX+01": "b"}


@pytest.mark.parametrize(
    "arguments",
    [
        *(["--last", number] for number in ("-1", "x", "1.5")),
        *(["--since", moment] for moment in ("", "yesterday", "5", "5w", "-5m", "2020-13-01", "1e9s")),
        ["--sender", ":=x"],
        ["king", "zoo"],
        ["show", "a", "b"],
    ],
    ids=" ".join,
)  # fmt: skip
def test_what_makes_no_sense_is_an_error(archive: SignalCli, arguments: list[str]) -> None:
    result = archive("history", *arguments)

    assert (result.status, result.stdout) == (2, "")
    assert result.stderr.startswith("Error: ")


def test_a_signal_that_neither_session_nor_history_has_is_an_error(archive: SignalCli) -> None:
    meant = {"kin": " Did you mean 'king'?", "gon": " Did you mean 'gone'?", "elephant": ""}

    for name, suggestion in meant.items():
        sentence = f"No signal '{name}' in session 'default'.{suggestion}"
        assert archive.refused(f"history {name}") == f"{sentence} See them all: signalcli list"


# One of them.


def test_one_is_shown_whole(signalcli: SignalCli) -> None:
    prepare(signalcli, "connect king animal_one; connect king failing")
    sent = signalcli("send", "king", "大象", "count:=3")
    entry = past(signalcli)[0]

    shown = signalcli.ok("history", "show", entry["id"])

    time = entry["time"][:19].replace("T", " ")
    printed, *lines = sent.stdout.splitlines()
    heading, last = f"{entry['id']}  {time}", f"animal_one printed: {printed}"
    assert shown.stdout.splitlines() == [heading, *lines, last]
    assert (shown.stderr, printed) == ("", "小钻风：大象大王有令：count是3，我记住了！")


def test_a_run_is_shown_whole(signalcli: SignalCli) -> None:
    prepare(signalcli, "connect king echo")
    sent = signalcli("send", "king", "大象", "--count", "3")

    shown = signalcli.ok("history", "show", "last")

    assert shown.stdout.splitlines()[1:] == sent.stdout.splitlines()


@pytest.mark.parametrize("json_", [True, False], ids=["JSON", "table"])
@pytest.mark.parametrize(
    ("typed", "letter"), [("c000000000", "c"), ("c", "c"), ("c0000", "c"), ("last", "h")]
)
def test_one_is_found_by_its_id_or_the_beginning_of_it(
    archive: SignalCli, typed: str, letter: str, json_: bool
) -> None:
    shown = archive.ok("history", "show", typed, *["--json"] * json_)

    found = shown.json["id"] if json_ else shown.stdout.split()[0]
    assert (found, shown.stderr) == (f"{letter}000000000", "")


@pytest.mark.parametrize(
    ("typed", "shown"),
    [
        ("x", "'x'."),
        ("", "''."),
        ("C000000000x", "'C000000000x'. Did you mean 'c000000000'?"),
        ("\x1b[2J", r"'\x1b[2J'."),
    ],
)
def test_an_id_that_there_is_not_is_an_error(archive: SignalCli, typed: str, shown: str) -> None:
    result = archive("history", "show", typed, "--json")

    error = f"Error: No past send {shown} See them all: signalcli history\n"
    assert result == Result(2, "", error)


def test_a_beginning_that_several_ids_have_is_an_error(signalcli: SignalCli) -> None:
    prepare(signalcli, "define king")
    entries = [an_entry(id=id_) for id_ in ("ab00000000", "ac00000000", "b000000000")]
    journal_path(signalcli).write_bytes(lines_of(*entries))

    results = [signalcli("history", "show", typed) for typed in ("a", "ab", "b")]

    several = (
        "Several past sends have an id that begins with 'a', such as ac00000000 and ab00000000. "
        "Type more of it."
    )
    assert results[0] == Result(2, "", f"Error: {several}\n")
    assert [result.stdout.split()[0] for result in results[1:]] == ["ab00000000", "b000000000"]


def test_a_signal_can_be_called_show(signalcli: SignalCli) -> None:
    prepare(signalcli, "define show; send show 大象; define king; send king 狮子")

    assert senders(signalcli, "show") == ["大象"]

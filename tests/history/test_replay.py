"""``replay``: past sends again, on today's connections, and what differs from then."""

from __future__ import annotations

import json
import shlex
from shutil import copytree
from typing import Any

import pytest

from signalcli.receivers.demos import LOST
from tests.support.cli import SessionWith, SignalCli
from tests.support.expected import OPTIONS
from tests.support.histories import journal_path, past, table
from tests.support.scenario import prepare, without
from tests.support.terminal import on_terminal

pytestmark = pytest.mark.slow

NEW = ("id", "time", "seconds", "replay_of")
"""What differs of a send and its replay."""


def differences(document: Any) -> list[list[tuple[str, str]]]:
    """The receivers that differ, and in what, for each replay."""
    return [
        [(difference["receiver"], difference["what"]) for difference in replay["differences"]]
        for replay in document["replays"]
    ]


@pytest.fixture(scope="module")
def patrol(shared_session: SessionWith) -> SignalCli:
    """Three sends to ``king``, which ``animal`` and ``echo`` heard, or ``echo`` alone."""
    return shared_session(
        "connect king animal --sender 大象; connect king echo",
        "send king 大象 count:=3; send king 狮子; send king :=1 k:=[1,null]",
    )


@pytest.fixture
def patrolled(signalcli: SignalCli, patrol: SignalCli) -> SignalCli:
    """The session of ``patrol``, for one test alone."""
    copytree(patrol.session_path.parent, signalcli.session_path.parent)
    return signalcli


# Which.


@pytest.mark.parametrize(
    ("typed", "sent"),
    [
        ("ID0", ["大象"]),
        ("ID1 ID0", ["狮子", "大象"]),
        ("ID0 ID0", ["大象", "大象"]),
        ("last", [1]),
        ("last ID1", [1, "狮子"]),
        ("--last 1", [1]),
        ("--last 2", ["狮子", 1]),
        ("--last 9", ["大象", "狮子", 1]),
        ("--all", ["大象", "狮子", 1]),
    ],
)
def test_past_sends_are_sent_again_in_the_order_that_is_asked_for(
    patrolled: SignalCli, typed: str, sent: list[Any]
) -> None:
    """``ID0`` and ``ID1`` stand for the beginnings of the first two ids."""
    for number, entry in enumerate(past(patrolled)[:2]):
        typed = typed.replace(f"ID{number}", entry["id"][:6])

    result = patrolled.ok("replay", *typed.split(), "--json")

    assert [replay["now"]["sender"] for replay in result.json["replays"]] == sent
    assert result.stderr == ""


@pytest.mark.parametrize(
    ("arguments", "found"),
    [
        ("", ""),
        ("--to king", ""),
        ("last --last 1", " in one way"),
        ("last --all", " in one way"),
        ("--last 1 --all", " in one way"),
    ],
)
def test_a_selection_is_typed_in_one_way_only(
    patrolled: SignalCli, arguments: str, found: str
) -> None:
    refused = patrolled.refused(f"replay {arguments}")

    sentence = f"Choose the sends to replay{found}: by their ids, with --last, or with --all."
    assert refused == f"{sentence} See them: signalcli history"
    assert len(past(patrolled)) == 3


@pytest.mark.parametrize("arguments", ["--last 0", "--last x", "last xyz", "''"])
def test_what_is_not_there_is_an_error_and_not_sent(patrolled: SignalCli, arguments: str) -> None:
    assert patrolled.refused(f"replay {arguments} --json")
    assert len(past(patrolled)) == 3


@pytest.mark.parametrize("arguments", [["--all"], ["--last", "2"]], ids=" ".join)
def test_without_past_sends_nothing_is_sent(signalcli: SignalCli, arguments: list[str]) -> None:
    prepare(signalcli, "connect king echo")

    result = signalcli.ok("replay", *arguments, "--json")

    assert result.json["replays"] == []


# What is sent.


def test_a_replay_is_the_same_send_and_shows_both(patrolled: SignalCli) -> None:
    before = past(patrolled)

    document = patrolled.read("replay --all")

    again = past(patrolled)[3:]
    assert [replay["then"] for replay in document["replays"]] == before
    assert [replay["now"] for replay in document["replays"]] == again
    assert without(again, *NEW) == without(before, *NEW)
    assert [entry["replay_of"] for entry in again] == [entry["id"] for entry in before]
    assert len({entry["id"] for entry in [*before, *again]}) == 6
    assert (document["notes"], differences(document)) == ([], [[], [], []])


def test_a_replay_can_be_left_out_of_the_history(patrolled: SignalCli) -> None:
    patrolled.ok("replay", "--all", "--no-history")

    assert len(past(patrolled)) == 3


def test_a_replay_can_be_replayed(patrolled: SignalCli) -> None:
    patrolled.ok("replay", "last")
    patrolled.ok("replay", "last")

    *_, first, second, third = past(patrolled)
    assert [second["replay_of"], third["replay_of"]] == [first["id"], second["id"]]


def test_a_replay_can_go_to_another_signal(patrolled: SignalCli) -> None:
    prepare(patrolled, "connect zoo/queen qq; remove king")

    document = patrolled.read("replay --last 2 --to zoo/queen")

    now = [replay["now"] for replay in document["replays"]]
    assert [(d["signal"], d["sender"], d["payload"]) for d in now] == [
        ("zoo/queen", "狮子", {}),
        ("zoo/queen", 1, {"k": [1, None]}),
    ]
    changed = [(name, "connection") for name in ("qq", "echo", "animal")]
    assert differences(document)[0] == changed
    assert [entry["signal"] for entry in past(patrolled)[3:]] == ["zoo/queen"] * 2


def test_what_was_sent_to_a_signal_that_is_gone_is_left_out_of_many(patrolled: SignalCli) -> None:
    prepare(patrolled, "define que; send que; remove que")
    gone = past(patrolled)[-1]["id"]

    document = patrolled.read("replay --last 2")

    assert [replay["then"]["signal"] for replay in document["replays"]] == ["king"]
    note = (
        f"{gone} isn't replayed: que isn't defined any more. To send it to another signal: "
        f"signalcli replay {gone} --to king"
    )
    assert document["notes"] == [note]


@pytest.mark.parametrize(("arguments", "name"), [("last", "que"), ("--all --to queen", "queen")])
def test_an_unknown_signal_is_an_error_before_anything_is_sent(
    patrolled: SignalCli, arguments: str, name: str
) -> None:
    prepare(patrolled, "define que; send que; remove que; define queens")

    sentence = patrolled.refused(f"replay {arguments} --json")

    assert sentence.startswith(f"No signal '{name}' in session 'default'.")
    assert len(past(patrolled)) == 4


def test_a_replay_keeps_the_options_but_not_muted_and_connected_to(signalcli: SignalCli) -> None:
    prepare(signalcli, "connect king coroutine; connect king echo; connect king failing")
    options = ["--on-error continue", "--async", "--wrap", "--muted", "--connected-to qq"]
    for option in options:
        signalcli("send", "king", *option.split())
    prepare(signalcli, "unmute king")

    document = signalcli("replay", "--all", "--json").json

    assert [replay["now"]["options"] for replay in document["replays"]] == [
        {**OPTIONS, "on_error": "continue"},
        {**OPTIONS, "async": True},
        {**OPTIONS, "wrap": True},
        OPTIONS,
        OPTIONS,
    ]
    outcomes = [[c["outcome"] for c in r["now"]["calls"]] for r in document["replays"][:4]]
    assert outcomes == [
        ["raised", "returned", "raised"],
        ["returned", "raised", "not_reached"],
        ["returned", "returned", "raised"],
        ["raised", "not_reached", "not_reached"],
    ]


def test_a_replay_leaves_the_session_as_it_is(patrolled: SignalCli) -> None:
    prepare(patrolled, "send king --connected-to echo --muted")
    saved = patrolled.session_path.read_bytes()

    patrolled.ok("replay", "--all")

    assert patrolled.session_path.read_bytes() == saved


@pytest.mark.parametrize(("receiver", "status"), [("failing", 1), ("echo", 0)])
def test_the_status_says_if_one_raised(signalcli: SignalCli, receiver: str, status: int) -> None:
    prepare(signalcli, "connect king failing")
    signalcli("send", "king")
    prepare(signalcli, f"disconnect king failing; connect king {receiver}")

    assert signalcli("replay", "last").status == status


# What differs.


def test_every_kind_of_difference_is_reported(session_with: SessionWith) -> None:
    signalcli = session_with(
        "receivers add speaker --says one --returns 1; receivers add valuer --returns [1]",
        "receivers add grumpy --raises one; receivers add turncoat --returns 1",
        "connect king speaker valuer turncoat qq echo grumpy",
    )
    signalcli("send", "king", "大象")
    own = ("speaker", "valuer", "turncoat", "grumpy")
    prepare(signalcli, *(f"disconnect king {name}" for name in (*own, "qq", "echo")))
    prepare(signalcli, *(f"receivers remove {name}" for name in own))
    prepare(
        signalcli,
        "receivers add speaker --says two --returns 1; receivers add valuer --returns [1.5]",
        "receivers add grumpy --raises two; receivers add turncoat --raises oh",
        "connect king speaker valuer echo wechat grumpy turncoat",
    )

    result = signalcli("replay", "last", "--json")

    (replay,) = result.json["replays"]
    assert differences(result.json) == [
        [
            ("speaker", "output"),
            ("valuer", "value"),
            ("wechat", "connection"),
            ("grumpy", "error"),
            ("turncoat", "outcome"),
            ("qq", "connection"),
        ]
    ]
    for difference in replay["differences"]:
        for when in ("then", "now"):
            calls = {call["receiver"]: call for call in replay[when]["calls"]}
            assert difference[when] == calls.get(difference["receiver"])


@pytest.mark.parametrize(
    ("lines", "differing"),
    [
        (
            "disconnect king echo; connect king echo",
            {"qq": "order", "wechat": "order", "echo": "order"},
        ),
        (
            "disconnect king qq; connect king animal_one",
            {"animal_one": "connection", "qq": "connection"},
        ),
    ],
    ids=["another order", "one that came in between moves no other"],
)
def test_the_order_of_receivers_is_compared(
    session_with: SessionWith, lines: str, differing: dict[str, str]
) -> None:
    signalcli = session_with("connect king echo qq wechat; send king", lines)

    assert differences(signalcli.read("replay last")) == [[*differing.items()]]


@pytest.mark.parametrize(("value", "other"), [("1", "true"), ("1", "1.0"), ("[1]", "[true]")])
def test_values_of_different_json_differ(session_with: SessionWith, value: str, other: str) -> None:
    signalcli = session_with(
        f"receivers add one --returns {value}; connect king one; send king; disconnect king one",
        f"receivers remove one; receivers add one --returns {other}; connect king one",
    )

    assert differences(signalcli.read("replay last")) == [[("one", "value")]]


def test_what_differs_is_a_table_under_the_send(patrolled: SignalCli) -> None:
    prepare(patrolled, "disconnect king animal; connect king animal --sender 狮子")
    first, second, _ = past(patrolled)

    result = patrolled.ok("replay", first["id"], "last")

    lines = result.stdout.splitlines()
    assert table(result.stdout)[3:5] == [
        ["receiver", "differs in", "then", "now"],
        ["animal", "outcome", "● returned: listens to 大象", "○ skipped: listens only to 狮子"],
    ]
    time = first["time"][:19].replace("T", " ")
    assert lines[0] == f"{first['id']}  {time}  sent again"
    assert lines[-1] == "Nothing differs from then."
    assert second["id"] not in result.stdout


def test_a_note_says_that_nothing_differs(patrolled: SignalCli) -> None:
    result = patrolled.ok("replay", "last")

    assert result.stdout.splitlines()[-1] == "Nothing differs from then."
    assert result.stdout.count("differs in") == 0


def test_under_json_what_receivers_print_stays_in_the_document(patrolled: SignalCli) -> None:
    plain, as_json = (patrolled.ok("replay", "--all", *o) for o in ([], ["--json"]))

    printed = "小钻风：大象大王有令：count是3！大王回来了，我这就去巡山。\n"
    assert plain.stdout.startswith(printed)
    assert as_json.json["replays"][0]["now"]["calls"][1]["output"] == printed


def test_a_replay_is_drawn_on_a_terminal(patrolled: SignalCli) -> None:
    shown = on_terminal(patrolled, "replay", "last", environment={"NO_COLOR": "1"})

    assert shown.status == 0
    assert shown.text.splitlines()[-1] == "Nothing differs from then."


def test_an_exception_is_compared_without_its_place(session_with: SessionWith) -> None:
    raises = "def f(sender):\n    raise ValueError('x')\n"
    signalcli = session_with("connect king handlers.py:f", handlers=raises)
    signalcli("send", "king")
    signalcli.write("handlers.py", f"\n\n{raises}")

    result = signalcli("replay", "last", "--json")

    assert (result.status, differences(result.json)) == (1, [[]])
    assert LOST not in result.stdout


# Runs.


@pytest.mark.parametrize("json_", [True, False], ids=["JSON", "table"])
def test_runs_are_left_out_and_the_command_is_given(patrolled: SignalCli, json_: bool) -> None:
    patrolled.ok("send", "king", "--count", "4")
    run = past(patrolled)[-1]

    result = patrolled.ok("replay", "--last", "2", *["--json"] * json_)

    note = (
        f"{run['id']} is a run of 4 sends, and isn't replayed. "
        f"Run it again: signalcli send king --count=4"
    )
    assert len(past(patrolled)) == 5
    if json_:
        assert [r["now"]["sender"] for r in result.json["replays"]] == [1]
        assert result.json["notes"] == [note]
    else:
        assert result.stderr == f"{note}\n"


RUNS = [
    ["king", "--count", "3"],
    ["king", "大象", "--count", "2"],
    ["king", "大象", "slogan=去 巡山", "count:=3", "--count", "2"],
    ["king", ":=1", "--count", "2"],
    ["king", "--sender=a=b", "--count", "2"],
    ["king", "--lines", "my senders.txt"],
    ["king", "--lines", "my senders.txt", "slogan=巡山"],
    ["king", "--jsonl", "it's.jsonl"],
    ["the king's", "--count", "1"],
]


@pytest.mark.parametrize("arguments", RUNS, ids=" ".join)
def test_the_command_given_runs_the_same_again(signalcli: SignalCli, arguments: list[str]) -> None:
    prepare(signalcli, """connect king echo; connect "the king's" echo""")
    signalcli.write("my senders.txt", "大象\n狮子\n")
    signalcli.write("it's.jsonl", '{"sender": 1}\n')
    signalcli.ok("send", *arguments)

    (note,) = signalcli.read("replay last")["notes"]
    program, *command = shlex.split(note.partition("Run it again: ")[2])
    signalcli.ok(*command)

    first, second = past(signalcli)
    assert program == "signalcli"
    assert without(first, *NEW) == without(second, *NEW)


def test_a_run_in_a_foreign_journal_gives_no_other_command(signalcli: SignalCli) -> None:
    """What is given to be typed has nothing in it that a shell would run."""
    prepare(signalcli, "define king; send king --count 2")
    journal = journal_path(signalcli)
    entry = json.loads(journal.read_text().splitlines()[-1])
    entry["run"] |= {"from": "x; touch ran; #", "file": "$(touch ran)"}
    journal.write_text(json.dumps(entry) + "\n")

    result = signalcli("replay", "--all")

    assert "; touch ran" not in result.stdout + result.stderr
    assert " $(touch ran)" not in result.stdout + result.stderr

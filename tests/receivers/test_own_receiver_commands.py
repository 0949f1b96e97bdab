"""Adding, removing and showing receivers that the user writes."""

from __future__ import annotations

import shlex

import pytest

from signalcli.receivers.demos import DEMOS
from signalcli.receivers.registry import ReceiverSet
from signalcli.values.receiver_specs import OwnReceiver
from tests.receivers.conftest import WORD
from tests.support.cli import Result, SessionWith, SignalCli
from tests.support.expected import called, changed, connections, listed, listening
from tests.support.histories import table
from tests.support.scenario import prepare, without
from tests.support.sends import unchanged
from tests.test_hostile_text import UNSAFE, safe, typed

pytestmark = pytest.mark.slow

BY_DEFAULT = OwnReceiver()


# Adding one on the command line.


ADDED = {
    "": (BY_DEFAULT, "Returns null."),
    "--says x": (OwnReceiver(says="x"), 'Says "x", returns null.'),
    "--says ''": (OwnReceiver(says=""), 'Says "", returns null.'),
    "--returns null": (BY_DEFAULT, "Returns null."),
    "--returns '[1.5, {\"大\": true}]'": (
        OwnReceiver(returns=[1.5, {"大": True}]), 'Returns [1.5, {"大": true}].'
    ),
    "--raises 迷路": (OwnReceiver(raises="迷路"), 'Raises RuntimeError("迷路").'),
    "--raises x --returns 1": (OwnReceiver(raises="x", returns=1), 'Raises RuntimeError("x").'),
    "--sleeps 0.25 --says '{sender}' --returns '\"a\"' --async --strict": (
        OwnReceiver(says="{sender}", returns="a", sleeps=0.25, is_async=True, strict=True),
        'Sleeps 0.25 s, says "{sender}", returns "a", takes no payload.',
    ),
}  # fmt: skip


@pytest.mark.parametrize("options", ADDED)
def test_one_is_added_with_all_that_was_asked_for(signalcli: SignalCli, options: str) -> None:
    own, sentence = ADDED[options]

    added = signalcli("receivers", "add", "herald", *shlex.split(options), "--json")

    of_its_own = {**own.to_json(), "connections": []}
    entry = {**listed("herald", sentence, "own", is_async=own.is_async), **of_its_own}
    change = changed(f"Added herald: {sentence}")
    assert (added.status, added.json, added.stderr) == (0, change, "")
    assert signalcli.read("receivers show herald") == entry


def test_an_own_receiver_that_was_added_is_called_like_any_other(signalcli: SignalCli) -> None:
    prepare(
        signalcli,
        "receivers add herald --says '{sender}大王：{slogan}' --returns '[1]'",
        "receivers add grumpy --raises 今天不巡山; connect king herald --sender 大象",
        "connect king grumpy --strong",
    )

    result = signalcli("send", "king", "大象", "slogan=巡山", "--on-error", "continue", "--json")
    shown = signalcli("send", "king", "大象", "slogan=巡山", "--on-error", "continue", "-q")

    error = {"type": "RuntimeError", "message": "今天不巡山", "where": None}
    assert (result.status, result.stderr) == (1, "")
    assert without(result.json["calls"], "seconds") == [
        called("grumpy", outcome="raised", error=error),
        called("herald", "listens to 大象", value=[1], output="大象大王：巡山\n"),
    ]
    assert shown.stdout.splitlines()[0] == "大象大王：巡山"


def test_an_own_receiver_is_seen_like_any_other(signalcli: SignalCli) -> None:
    prepare(signalcli, "receivers add herald --says hi --async; connect king herald --strong")

    receivers = signalcli.read("inspect king")["receivers"]

    doc = 'Says "hi", returns null.'
    assert receivers == [listening("herald", weak=False, is_async=True, doc=doc)]


def test_an_own_receiver_that_is_a_coroutine_function_needs_an_async_send(
    signalcli: SignalCli,
) -> None:
    prepare(signalcli, "receivers add herald --says hi --async; connect king herald")

    results = [signalcli("send", "king", *options, "--json") for options in ([], ["--async"])]

    calls = [result.json["calls"][0] for result in results]
    assert [result.status for result in results] == [1, 0]
    assert [(call["outcome"], call["output"]) for call in calls] == [
        ("raised", ""),
        ("returned", "hi\n"),
    ]
    assert calls[0]["error"]["message"] == "Cannot send to a coroutine function."


def test_many_sends_call_it_each_time(signalcli: SignalCli) -> None:
    prepare(signalcli, "receivers add herald --says '{sender} {n}'; connect king herald")

    result = signalcli.ok("send", "king", "大象", "n:=7", "--count", "3", "--threads", "2")

    assert result.stdout.splitlines()[:3] == ["大象 7"] * 3


# Adding one that can't be, or that is there.


def of_name(name: str, what: str) -> str:
    return f"The name '{name}' is {what}. Choose another one for a receiver of your own."


SEE_ALL = "See them all: signalcli receivers"
THERE = (
    "There is a receiver 'herald' already, which does something else. "
    "Remove it first: signalcli receivers remove herald"
)
UNKNOWN = f"No receiver 'herld'. Did you mean 'herald'? {SEE_ALL}"
REFUSED = {
    "receivers add ''": of_name("", "empty"),
    "receivers add shop:on_king": of_name("shop:on_king", "an import's"),
    "receivers add :": of_name(":", "an import's"),
    "receivers add animal": of_name("animal", "that of a demo"),
    "receivers add failing --raises x": of_name("failing", "that of a demo"),
    **{
        f"receivers add x --sleeps={seconds}": (
            f"'{seconds}' is not a time in seconds, from 0 to 86400."
        )
        for seconds in ("-1", "nan", "inf", "1e400", "86400.1", "soon", "")
    },
    "receivers add herald": THERE,
    "receivers add herald --says hi": THERE,
    "receivers add herald --says hi --returns true": THERE,
    "receivers add herald --says hi --returns 1.0": THERE,
    "receivers add herald --returns 1 --async": THERE,
    "receivers remove herald": (
        "herald is connected to king. Disconnect it first: signalcli disconnect king herald"
    ),
    "receivers remove guard": (
        "guard is connected to king:receiver_connected. "
        "Disconnect it first: signalcli disconnect king:receiver_connected guard"
    ),
    "receivers remove animal": f"animal is a demo receiver, and those stay. {SEE_ALL}",
    "receivers remove herld": (
        f"No receiver of your own 'herld'. Did you mean 'herald'? {SEE_ALL}"
    ),
    "receivers remove os:system": f"No receiver of your own 'os:system'. {SEE_ALL}",
    "receivers remove ''": f"No receiver of your own ''. {SEE_ALL}",
    "receivers show herld": UNKNOWN,
    "receivers show anmal": f"No receiver 'anmal'. Did you mean 'animal'? {SEE_ALL}",
    "connect king herld": UNKNOWN,
    "disconnect king herld": UNKNOWN,
    "drop herld": UNKNOWN,
    "send king --connected-to herld": UNKNOWN,
    "receivers show qqqqqq": f"No receiver 'qqqqqq'. {SEE_ALL}",
}


@pytest.mark.parametrize("line", REFUSED)
def test_what_can_not_be_is_an_error_and_changes_nothing(
    own_receivers: SignalCli, line: str
) -> None:
    with unchanged(own_receivers):
        assert own_receivers.refused(f"{line} --json") == REFUSED[line]


@pytest.mark.parametrize("arguments", ["''", "animal", "x --sleeps=-1", "x --returns {"])
def test_what_can_not_be_added_makes_no_session(signalcli: SignalCli, arguments: str) -> None:
    assert signalcli("receivers", "add", *shlex.split(arguments)).status == 2
    assert not signalcli.session_path.exists()


def test_the_longest_sleep_that_is_named_is_the_longest_that_is_taken(signalcli: SignalCli) -> None:
    """What a first error says may be typed isn't refused by a second one."""
    refused = signalcli("receivers", "add", "x", "--sleeps", "-1").stderr
    longest = refused.rstrip(".\n").rpartition(" to ")[2]

    assert signalcli("receivers", "add", "x", f"--sleeps={longest}").status == 0, longest


@pytest.mark.parametrize(
    ("json_text", "reason", "place"),
    [
        ("{", "expecting property name enclosed in double quotes", 1),
        ("[1, x]", "expecting value", 4),
        ("text", "expecting value", 0),
        ("", "expecting value", 0),
        ("NaN", "NaN is not a JSON value", 0),
        ("[1, 1e999]", "the number 1e999 is too large", 4),
        ("[大象]", "expecting value", 1),
        ('{"a": 1, "a": 2}', "the key 'a' is given twice", 9),
    ],
)
def test_bad_json_has_a_caret(
    own_receivers: SignalCli, json_text: str, reason: str, place: int
) -> None:
    result = own_receivers("receivers", "add", "x", "--returns", json_text, "--json")

    typed_line = f"--returns {json_text}"
    sentence = f"Error: '{typed_line}' is not JSON: {reason}. Text is quoted: "
    first, line, caret = result.stderr.splitlines()
    assert (result.status, result.stdout) == (2, "")
    assert first.startswith(sentence)
    assert (line, caret) == (f"  {typed_line}", " " * (12 + place) + "^")


@pytest.mark.parametrize(
    ("json_text", "sentence"),
    [
        ("9" * 5000, "the integer of 5000 digits is too large"),
        ("[" * 200 + "]" * 200, "x can't return what is nested deeper than 100 levels."),
        ("[" * 100_000, "it is nested too deeply"),
    ],
    ids=["large", "deep", "deeper"],
)
def test_what_is_too_large_or_too_deep_to_return_is_refused(
    signalcli: SignalCli, json_text: str, sentence: str
) -> None:
    result = signalcli("receivers", "add", "x", "--returns", json_text)

    assert (result.status, result.stdout) == (2, "")
    assert sentence in result.stderr
    assert "Traceback" not in result.stderr


def test_adding_the_same_again_changes_nothing(session_with: SessionWith) -> None:
    same = "receivers add herald --says hi --returns '[1]' --sleeps 0.5 --strict"
    signalcli = session_with(same)

    with unchanged(signalcli):
        again = signalcli.read(same)

    assert again == changed("herald is that already: nothing changed.", changed=False)


# Removing one.


def test_an_own_receiver_that_is_connected_to_nothing_can_be_removed(signalcli: SignalCli) -> None:
    prepare(signalcli, "receivers add herald; connect king herald; disconnect king herald")

    removed = signalcli.read("receivers remove herald")

    assert removed == changed("Removed herald.")
    assert "herald" not in signalcli.session_path.read_text()
    assert signalcli("connect", "king", "herald").status == 2


def test_the_command_that_a_refused_removal_names_can_be_typed(signalcli: SignalCli) -> None:
    """Whatever the names are."""
    name, signal = "my herald", "$(touch pwned)"
    signalcli.ok("receivers", "add", name)
    signalcli.ok("connect", signal, name)

    command = signalcli("receivers", "remove", name).stderr.rstrip("\n").rpartition(": ")[2]

    assert shlex.split(command) == ["signalcli", "disconnect", signal, name]


def test_resetting_a_session_keeps_them(signalcli: SignalCli) -> None:
    prepare(signalcli, "receivers add herald --says hi; connect king herald; reset --yes")

    assert signalcli.read("receivers show herald")["says"] == "hi"


def test_an_own_receiver_that_was_removed_and_added_anew_does_the_new_thing(
    signalcli: SignalCli,
) -> None:
    prepare(
        signalcli,
        "receivers add herald --returns 1; connect king herald; disconnect king herald",
        "receivers remove herald; receivers add herald --returns 2; connect king herald",
    )

    assert [call["value"] for call in signalcli.read("send king")["calls"]] == [2]


# Looking at them.


def test_the_catalog_keeps_its_keys_and_lists_them_after_the_demos(signalcli: SignalCli) -> None:
    prepare(signalcli, "receivers add herald --says hi; receivers add grumpy --raises x")

    entries = signalcli.read("receivers")["receivers"]
    shown = signalcli.ok("receivers").stdout

    assert [entry["receiver"] for entry in entries] == [*DEMOS, "herald", "grumpy"]
    keys = {"receiver", "async", "doc", "teaches", "where"}
    assert [keys - set(entry) for entry in entries] == [set()] * len(entries)
    doc, animal = "Hears that the king is back, and goes on patrol.", DEMOS["animal"]
    assert entries[0] == listed(
        "animal", doc, "demo", teaches=animal.teaches, where=entries[0]["where"]
    )
    assert entries[-2]["doc"] in shown


def test_one_is_shown_with_where_it_is_connected(signalcli: SignalCli) -> None:
    prepare(
        signalcli,
        "receivers add herald --says hi; connect king herald --sender 大象 --sender :=1",
        "connect moon herald --strong",
    )

    document = signalcli.read("receivers show herald")
    shown = signalcli.ok("receivers", "show", "herald").stdout

    assert document["connections"] == [
        {"signal": "king", "weak": True, "connections": connections("大象", 1)},
        {"signal": "moon", "weak": False, "connections": connections()},
    ]
    assert table(shown)[1:] == [["king", "大象, 1", "weakly"], ["moon", "ANY", "strongly"]]


def test_own_receivers_are_copied_with_their_session(signalcli: SignalCli) -> None:
    prepare(
        signalcli,
        "receivers add herald --says '{sender}!' --returns '[1]'; receivers add unused --raises x",
        "connect king herald; session copy default monkey",
    )

    call = signalcli.read("--session monkey send king 大象")["calls"][0]
    entries = signalcli.read("--session monkey receivers")["receivers"]

    assert (call["output"], call["value"]) == ("大象!\n", [1])
    assert [each["receiver"] for each in entries[len(DEMOS) :]] == ["herald", "unused"]


def test_removing_one_that_was_dropped_leaves_a_readable_session(signalcli: SignalCli) -> None:
    """Such as a session that was edited by hand may hold."""
    own = '"receivers": {"herald": {}}, "dropped": ["herald"]'
    signalcli.write("x.json", f'{{"version": 1, "signals": {{}}, {own}}}')

    prepare(signalcli, "--session x.json receivers remove herald")

    listing = signalcli("--session", "x.json", "list", "--json")
    assert listing == Result(0, '{"signals": []}\n', "")


HOSTILE_WORDS = [
    *("", "show NAME", "remove NAME", "remove xNAME", "add NAME --says other", "add NAME:NAME"),
    *("add NAME --says {NAME.x}", "add NAME --says NAME --raises NAME"),
    *("add xNAME --returns [NAME]", "add xNAME --sleeps NAME"),
]


@pytest.mark.parametrize("line", HOSTILE_WORDS)
def test_hostile_words_are_shown_literally(hostile: SignalCli, line: str) -> None:
    words = [typed(word.replace("NAME", WORD)) for word in line.split()]

    result = safe(hostile("receivers", *words))

    assert r"h[red]x\x1b[2J" in result.stdout + result.stderr


@pytest.mark.parametrize("command", ["send", "explain", "inspect"])
def test_what_a_hostile_one_does_reaches_no_terminal_raw(hostile: SignalCli, command: str) -> None:
    shown = hostile(command, "king")
    document = safe(hostile(command, "king", "--json")).json

    assert UNSAFE.findall(shown.stdout.replace("\t", "") + shown.stderr) == []
    calls = document["receivers" if command == "inspect" else "calls"]
    assert [call["receiver"] for call in calls] == [WORD, f"r{WORD}"]
    if command == "send":
        value = "h[red]x\x1b[2J\u202e\u2028\udcff"
        assert (calls[0]["output"], calls[0]["value"]) == (f"{WORD}\n", value)
        assert calls[1]["error"]["message"] == WORD


def test_a_receiver_in_the_place_of_one_that_died_has_its_own_name() -> None:
    """Python gives the address of a function that is gone to the next one."""
    receivers = ReceiverSet()

    names = []
    for _ in range(50):
        for name in ("animal", "echo", "strict"):
            receiver = receivers.find(name)
            names.append((name, receivers.session_name_of(receiver)))
            del receiver

    assert [(name, found) for name, found in names if found != name] == []

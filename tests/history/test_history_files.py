"""The files of the history: rotation, sessions, links, and sends that are killed."""

from __future__ import annotations

import random
import subprocess
import time

import pytest

from tests.support.cli import PROGRAM, SessionWith, SignalCli
from tests.support.histories import documents, journal_path, past, senders
from tests.support.scenario import prepare

pytestmark = pytest.mark.slow

# Two generations.


def test_a_history_that_became_too_large_begins_a_new_file(echoing_session: SignalCli) -> None:
    """Entries of both are read, and only the oldest go."""
    kept = []
    for number in range(9):
        echoing_session.ok("send", "king", str(number), "--history-size", "1kB")
        kept.append(senders(echoing_session) if number > 3 else [])
    rotated = journal_path(echoing_session).with_name("default.history.1.jsonl")

    assert [found[-1] for found in kept[4:]] == [str(number) for number in range(4, 9)]
    assert kept[-1] == [str(number) for number in range(9 - len(kept[-1]), 9)]
    assert 2 < len(kept[-1]) < 9
    assert len(rotated.read_text().splitlines()) == 3
    assert senders(echoing_session, "--last", "2") == ["7", "8"]


def test_the_size_can_come_from_the_environment(echoing_session: SignalCli) -> None:
    rotated = journal_path(echoing_session).with_name("default.history.1.jsonl")
    environment = {"SIGNALCLI_HISTORY_SIZE": "0"}

    echoing_session("send", "king", "1", "--history-size", "1GB", environment=environment)
    before = rotated.exists()
    echoing_session("send", "king", "2", environment=environment)

    assert (before, rotated.exists()) == (False, True)
    assert senders(echoing_session) == ["1", "2"]


@pytest.mark.parametrize("size", ["x", "-1", "1.5MB", ""])
def test_a_size_that_is_none_is_an_error_and_nothing_is_sent(
    echoing_session: SignalCli, size: str
) -> None:
    result = echoing_session("send", "king", "--history-size", size)

    assert (result.status, result.stdout, past(echoing_session)) == (2, "", [])


# Sessions.


def test_each_session_has_its_own_history(echoing_session: SignalCli) -> None:
    prepare(echoing_session, "session copy default moon; send king 1; send king 2 --session moon")
    prepare(echoing_session, "session copy default ./here.json; send king 3 --session ./here.json")

    found = [
        senders(echoing_session, "--session", s) for s in ("default", "moon", "./here.json", "new")
    ]

    assert found == [["1"], ["2"], ["3"], []]
    assert (echoing_session.directory / "here.history.jsonl").exists()


def test_a_link_to_a_session_has_its_history(echoing_session: SignalCli) -> None:
    (echoing_session.directory / "real").mkdir()
    prepare(echoing_session, "session copy default real/king.json")
    (echoing_session.directory / "link.json").symlink_to("real/king.json")

    prepare(
        echoing_session, "send king 1 --session link.json; send king 2 --session real/king.json"
    )

    assert senders(echoing_session, "--session", "link.json") == ["1", "2"]
    assert not (echoing_session.directory / "link.history.jsonl").exists()


def test_deleting_a_session_deletes_its_history(echoing_session: SignalCli) -> None:
    prepare(echoing_session, "session copy default moon; send king 1; send king 1 --session moon")
    prepare(
        echoing_session, "send king 2 --session moon --history-size 0; session delete moon --yes"
    )

    prepare(echoing_session, "session copy default moon")

    assert (senders(echoing_session, "--session", "moon"), senders(echoing_session)) == ([], ["1"])
    left = [path.name for path in echoing_session.session_path.parent.glob("moon.history*")]
    assert left == ["moon.history.jsonl"], "and that one has only the copy"


def test_deleting_a_link_leaves_the_history_of_the_session(echoing_session: SignalCli) -> None:
    (echoing_session.directory / "link.json").symlink_to(echoing_session.session_path)

    prepare(echoing_session, "send king 1; session delete link.json --yes")

    assert senders(echoing_session) == ["1"]


def test_removing_signals_leaves_their_history(echoing_session: SignalCli) -> None:
    prepare(echoing_session, "send king 1; reset --yes")

    assert senders(echoing_session, "king") == ["1"]


# At once, and killed.


def test_two_terminals_that_send_at_once_lose_no_entry(echoing_session: SignalCli) -> None:
    script = 'for i in 1 2 3 4 5 6 7 8; do "$@" "$0$i" || exit; done'
    command = [*PROGRAM, "send", "king", "-q", "payload=" + "x" * 5000]
    shells = [
        subprocess.Popen(
            ["sh", "-c", script, name, *command],
            stdout=subprocess.DEVNULL,
            cwd=echoing_session.directory,
            env=echoing_session.environment,
        )
        for name in "ab"
    ]

    statuses = [shell.wait(60) for shell in shells]

    result = echoing_session.ok("history", "--json")
    found = [entry["sender"] for entry in documents(result.stdout)]
    assert (statuses, result.stderr) == ([0, 0], "")
    for name in "ab":
        of_one = [sender for sender in found if sender[0] == name]
        assert of_one == [f"{name}{number}" for number in range(1, 9)]


def test_a_send_killed_at_any_moment_leaves_a_readable_history(echoing_session: SignalCli) -> None:
    moments = random.Random(500)
    start = time.monotonic()
    echoing_session.ok("send", "king", "0", f"payload={'x' * 100_000}")
    duration = time.monotonic() - start

    for number in range(1, 11):
        command = ["send", "king", str(number), f"payload={'x' * 100_000}"]
        process = echoing_session.start(*command, stdout=subprocess.DEVNULL)
        time.sleep(moments.uniform(0.5, 1.1) * duration)
        process.kill()
        process.wait()
    echoing_session.ok("send", "king", "11")

    found = list(map(int, senders(echoing_session)))
    assert found == sorted(set(found))
    assert (found[0], found[-1]) == (0, 11)


def test_a_run_that_is_killed_leaves_the_history_before_it(echoing_session: SignalCli) -> None:
    echoing_session.ok("send", "king", "1")
    command = ["send", "king", "--count", "100000000"]

    process = echoing_session.start(*command, stdout=subprocess.DEVNULL)
    time.sleep(0.3)
    process.kill()
    process.wait()

    assert senders(echoing_session) == ["1"]


GROWS = "def grow(sender, /, **payload):\n    payload['list'].append(1)\n    sender.append(2)\n"


def test_the_history_holds_what_was_sent_whatever_a_receiver_makes_of_it(
    session_with: SessionWith,
) -> None:
    signalcli = session_with("connect king handlers.py:grow -q", handlers=GROWS)

    prepare(signalcli, "send king list:='[]' --sender=:=[]; replay last; replay last")

    sent = [(entry["sender"], entry["payload"]) for entry in past(signalcli)]
    assert sent == [([], {"list": []})] * 3

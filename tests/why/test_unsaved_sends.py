"""What ``why``, ``history`` and ``doctor`` say of sends that a session doesn't save: those of requests."""

from __future__ import annotations

import pytest

from tests.support.cli import SessionWith, SignalCli

NOT_SAVED = "no send of flask/request-started is saved in this session"
TRACED = "signalcli flask request / --save trace.json"


@pytest.fixture
def requested(session_with: SessionWith) -> SignalCli:
    """A session with a send of king, and with a receiver that a request to the demo called."""
    signalcli = session_with(
        "connect flask/request-started wechat; connect king animal; connect moon echo; send king"
    )
    signalcli.ok("flask", "request", "/hello")
    return signalcli


def test_why_does_not_say_that_an_unsaved_send_was_not_made(requested: SignalCli) -> None:
    document = requested.read("why wechat")

    step = document["steps"][-1]
    assert (document["called"], step["state"], step["found"]) == (None, "unknown", NOT_SAVED)
    assert step["evidence"] == [
        "requests to the demo application are saved only in traces, for --trace"
    ]
    assert document["next"] == TRACED


def test_a_signal_that_only_sessions_send_may_have_been_sent_without_the_history(
    requested: SignalCli,
) -> None:
    requested.ok("send", "moon", "--no-history")

    document = requested.read("why echo")

    assert document["steps"][-1]["found"] == "no send of moon is saved in this session"
    assert document["next"] == "signalcli explain moon"


@pytest.mark.parametrize(
    ("receiver", "signal", "path"),
    [
        ("wechat", "flask/request-started", "/"),
        ("qq", "flask/got-request-exception", "/raises"),
        ("echo", "flask/msg", "/msg"),
    ],
)
def test_why_reads_the_trace_of_a_request_that_it_suggests(
    session_with: SessionWith, receiver: str, signal: str, path: str
) -> None:
    signalcli = session_with(f"connect {signal} {receiver}")
    suggested = signalcli.read(f"why {receiver}")["next"]
    assert suggested == f"signalcli flask request {path} --save trace.json"

    signalcli(*suggested.split()[1:])

    assert signalcli.read(f"why {receiver} --trace trace.json")["called"] is True


@pytest.mark.parametrize(
    ("signal", "path"), [("flask/request-started", "/"), ("flask/msg", "/msg")]
)
def test_history_says_where_sends_of_requests_are(
    requested: SignalCli, signal: str, path: str
) -> None:
    requested.ok("connect", "flask/msg", "echo")

    assert requested.ok("history", signal).stderr.endswith(
        "Requests to the demo application are saved only in traces: "
        f"signalcli flask request {path} --save trace.json\n"
    )


def test_an_empty_history_says_it_too(session_with: SessionWith) -> None:
    signalcli = session_with("connect flask/msg echo")

    assert "demo application" in signalcli.ok("history").stderr


@pytest.mark.parametrize("words", ["history moon", "history --sender 大象"])
def test_history_of_other_signals_says_nothing_of_requests(
    requested: SignalCli, words: str
) -> None:
    assert "demo application" not in requested.ok(*words.split()).stderr


def test_doctor_says_that_it_looked_at_saved_sends(requested: SignalCli) -> None:
    notes = requested.ok("doctor").stderr

    assert "such as flask/request-started, were not sent in a history of 1 send: rules" in notes
    assert "checked rules, in a history of 1 send." in notes


def test_a_request_is_saved_as_markdown_too(signalcli: SignalCli) -> None:
    signalcli.ok("flask", "request", "/hello", "--save", "request.md")

    text = (signalcli.directory / "request.md").read_text(encoding="utf-8")
    assert "| flask/request-started |" in text

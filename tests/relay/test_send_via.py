"""Sends that leave the process: where they go, how many, and what happens when they can't."""

from __future__ import annotations

import json
import time
from pathlib import Path

import pytest

from tests.support.cli import SignalCli
from tests.support.environments import hide_packages
from tests.support.histories import documents
from tests.support.listening import listening
from tests.support.nats_servers import NatsServer, free_port, nats_server

LINES = "".join(f"{number}\n" for number in range(3000))


def stored(signalcli: SignalCli) -> int:
    number = signalcli.read("relay status")["stored"]
    assert isinstance(number, int)
    return number


@pytest.mark.parametrize(
    "words", [["king", "--via", "URL"], ["king", "--via"], ["--via", "--", "king"]]
)
def test_the_url_may_be_left_out(relayed: SignalCli, nats: NatsServer, words: list[str]) -> None:
    relayed.ok("send", *[word.replace("URL", nats.url) for word in words])

    assert stored(relayed) == 1


def test_a_variable_names_the_server_and_sends_nothing_there(relayed: SignalCli) -> None:
    relayed.ok("send", "king")

    assert stored(relayed) == 0


def test_receivers_here_run_too(relayed: SignalCli) -> None:
    sent = relayed.read("send king 狮子 --via")

    assert {call["receiver"]: call["outcome"] for call in sent["calls"]} == {
        "echo": "returned",
        "animal": "skipped",
    }
    assert (sent["receipts"], sent["known_listeners"], sent["answered"]) == (None, None, None)


def test_receivers_here_are_left_out(relayed: SignalCli) -> None:
    # queen need not be defined here
    sent = relayed.ok("send", "queen", "狮子", "--via", "--remote-only")

    assert sent.stdout == "queen ← 狮子\n"


def test_an_unknown_signal_is_not_sent(relayed: SignalCli) -> None:
    assert "No signal 'kng'" in relayed.refused("send kng --via")
    assert stored(relayed) == 0


@pytest.mark.parametrize(
    ("line", "sentence"),
    [
        ("send king :=0 --via", "This sender can't be relayed: blinker takes 0 for ANY."),
        ("send king :=false --via", "This sender can't be relayed: blinker takes false for ANY."),
        ("send king :=[1] --via", "and is an array."),
        ("send @roar --via --remote-only", "'@roar' is an anonymous signal"),
        ("send king --wait 2", "--wait is for a send that leaves this process. Add: --via"),
        ("send king --remote-only", "--remote-only is for a send that leaves this process"),
        ("send king --via --wait 2 --count 2", "--wait is for one send"),
        ("send king --via http://a", "'http://a' is no URL of a NATS server"),
        ("send king --via 大象", "No NATS server answers at nats://大象:4222"),
    ],
)
def test_what_is_refused(relayed: SignalCli, line: str, sentence: str) -> None:
    status = 4 if "answers" in sentence else 2

    assert sentence in relayed.refused(line, status)
    assert stored(relayed) == 0


@pytest.mark.parametrize(
    "line", ["send king --via", "explain king --via", "listen", "relay status"]
)
def test_no_server_answers(relayed: SignalCli, line: str) -> None:
    url = f"nats://127.0.0.1:{free_port()}"
    began = time.monotonic()

    sentence = relayed.refused(line, 4, environment={"SIGNALCLI_VIA": url})

    assert sentence.startswith(f"No NATS server answers at {url}: ")
    assert sentence.endswith("Start one: signalcli relay serve")
    assert time.monotonic() - began < 5
    assert relayed("history", "--json").stdout == "", "no receiver was called"


def test_a_server_that_never_answers(relayed: SignalCli) -> None:
    from contextlib import closing
    from socket import create_server

    with closing(create_server(("127.0.0.1", 0))) as silent:
        url = f"nats://127.0.0.1:{silent.getsockname()[1]}"
        sentence = relayed.refused("send king --via", 4, environment={"SIGNALCLI_VIA": url})

    assert sentence.startswith(f"No NATS server answers at {url} within 4 s.")


@pytest.mark.parametrize(
    "line", ["send king --via", "explain king --via", "listen", "relay status"]
)
def test_without_the_package_there_is_one_sentence(relayed: SignalCli, line: str) -> None:
    hide_packages(relayed, "nats")

    sentence = relayed.refused(line, 4)

    assert "needs the package nats-py, which isn't installed. Install it: pip install" in sentence


@pytest.mark.integration
def test_a_full_stream_says_what_was_done(tmp_path: Path, signalcli: SignalCli) -> None:
    limit = "jetstream { max_file_store: 1024 }"
    with nats_server(tmp_path / "nats", limit, jetstream=False) as server:
        signalcli.environment["SIGNALCLI_VIA"] = server.url
        signalcli.ok("connect", "king", "echo")
        sentence = signalcli.refused("send king --via", 4)

    assert "The server at" in sentence


def test_a_message_that_is_too_large(relayed: SignalCli) -> None:
    relayed.write("large.txt", "x" * 2**20)

    sentence = relayed.refused("send king text=@large.txt --via --remote-only", 4)

    assert "bytes, and the server at" in sentence


SECRET = "s3cret"


def test_a_secret_is_shown_nowhere(relayed: SignalCli, tmp_path: Path) -> None:
    with nats_server(
        tmp_path / "other", f'authorization {{ user: king, password: "{SECRET}" }}'
    ) as server:
        url = server.url.replace("//", f"//king:{SECRET}@")
        relayed.environment["SIGNALCLI_VIA"] = url
        with listening(relayed, "king") as listener:
            results = [
                relayed("send", "king", "--via", "--wait", "20", "--json"),
                relayed("send", "king", "--via", "--wait", "20"),
                relayed("relay", "status"),
                relayed("relay", "listeners", "--json"),
            ]
            heard = json.dumps(listener.take(2))
            command_line = Path(f"/proc/{listener.process.pid}/cmdline").read_bytes().decode()
        server.kill()
        results.append(relayed("send", "king", "--via"))
        results.append(relayed("send", "king", "--via", "--debug"))
        wrong = server.url.replace("//", f"//king:wrong{SECRET}@")
        server.start()
        results.append(relayed("send", "king", "--via", environment={"SIGNALCLI_VIA": wrong}))
        typed = relayed("send", "king", "--via", url)
        results.append(typed)
    assert [result.status for result in results] == [0, 0, 0, 0, 4, 4, 4, 2]
    history = relayed.ok("history", "--json").stdout
    shown = "".join(result.stdout + result.stderr for result in results)
    assert SECRET not in shown + heard + command_line + history


def test_a_secret_is_read_from_standard_input(relayed: SignalCli, tmp_path: Path) -> None:
    del relayed.environment["SIGNALCLI_VIA"]
    with nats_server(tmp_path / "other", f'authorization {{ token: "{SECRET}" }}') as server:
        url = server.url.replace("//", f"//{SECRET}@")
        used = relayed("relay", "use", "-", stdin=None, input=f"{url}\n".encode())
        assert (used.status, used.stderr) == (0, f"Now using {server.url}.\n")
        assert stored(relayed) == 0

    kept = list((relayed.home / ".config" / "signalcli" / "relay").iterdir())
    assert [(path.name, path.stat().st_mode & 0o777) for path in kept] == [
        ("server-in-use.json", 0o600)
    ]
    relayed.ok("relay", "use", "local")
    assert "your own doesn't run" in relayed.refused("relay status", 4)


@pytest.mark.parametrize("remote_only", [True, False])
@pytest.mark.parametrize("kind", ["--lines", "--jsonl", "--count"])
def test_many_sends_are_all_stored(relayed: SignalCli, kind: str, *, remote_only: bool) -> None:
    relayed.write("many.txt", LINES if kind == "--lines" else '{"sender": "a"}\n' * 3000)
    source = "3000" if kind == "--count" else "many.txt"
    options = ["--remote-only"] if remote_only else []

    sent = relayed.ok("send", "king", kind, source, "--via", *options)

    assert "3,000 messages stored at nats://127.0.0.1:" in sent.stderr
    assert "Nobody heard it" not in sent.stdout, "others may have"
    assert stored(relayed) == 3000


def test_many_sends_come_in_order(relayed: SignalCli) -> None:
    relayed.write("senders.txt", LINES)
    with listening(relayed, "king", "--no-history") as listener:
        relayed.ok("send", "king", "--lines", "senders.txt", "--via", "--remote-only")
        heard = listener.take(3000)

    assert [delivery["sender"] for delivery in heard] == LINES.split()


def test_a_pipe_is_sent_as_it_comes(relayed: SignalCli) -> None:
    import subprocess

    with listening(relayed, "king") as listener:
        command = ("send", "king", "--lines", "-", "--via", "--remote-only")
        with relayed.start(*command, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL) as process:
            for sender in ("one", "two"):
                process.stdin.write(f"{sender}\n".encode())
                process.stdin.flush()
                assert listener.next()["sender"] == sender
            process.stdin.close()
            assert process.wait(30) == 0


@pytest.mark.parametrize(("option", "number"), [("stop", 1), ("continue", 2)])
def test_a_bad_message_among_many(relayed: SignalCli, option: str, number: int) -> None:
    lines = '{"sender": "a"}\n{"sender": 0}\n{"sender": "b"}\n'
    relayed.write("many.jsonl", lines)

    sent = relayed(
        "send", "king", "--jsonl", "many.jsonl", "--via", "--remote-only", "--on-error", option
    )

    assert (
        "Message 2 wasn't sent. This sender can't be relayed: blinker takes 0 for ANY."
        in sent.stderr
    )
    assert stored(relayed) == number
    assert "1 line was bad, and not sent." in sent.stdout


def test_a_server_that_goes_away_among_many(relayed: SignalCli, nats: NatsServer) -> None:
    import subprocess

    line = "send king --lines - --via --remote-only"
    with relayed.piped(line, stdin=subprocess.PIPE) as process:
        process.stdin.write(b"one\n")
        process.stdin.flush()
        while stored(relayed) < 1:
            pass
        nats.kill()
        process.stdin.write(b"two\n")
        stdout, stderr = process.communicate(timeout=30)

    assert (process.returncode, stdout) == (4, b""), stderr.decode()
    assert b"Error: No NATS server answers at" in stderr


def test_json_has_a_line_for_each_send_here(relayed: SignalCli) -> None:
    sent = relayed.ok("send", "king", "--count", "3", "--via", "--json")

    assert len(documents(sent.stdout)) == 3


def test_past_sends_are_sent_again_to_others(relayed: SignalCli) -> None:
    for sender in ("大象", "狮子"):
        relayed.ok("send", "king", sender, f"number:={len(sender)}", "--no-history", "-q")
        relayed.ok("send", "king", sender, f"number:={len(sender)}", "-q")
    with listening(relayed, "king", "--no-history") as listener:
        replayed = relayed("replay", "--all", "--via", "--json")
        heard = listener.take(2)

    assert "2 messages stored at nats://127.0.0.1:" in replayed.stderr + replayed.stdout
    now = [replay["now"]["id"] for replay in replayed.json["replays"]]
    assert [(one["sender"], one["payload"]) for one in heard] == [
        ("大象", {"number": 2}),
        ("狮子", {"number": 2}),
    ]
    assert [one["id"] for one in heard] == now


def test_watching_a_relay_shows_what_passes(relayed: SignalCli) -> None:
    with relayed.piped("watch 'k*' --via --count 2") as process:
        assert process.stderr.readline().startswith(b"Watching k* at nats://127.0.0.1:")
        assert relayed.read("relay listeners")["listeners"] == []
        for name in ("king", "queen", "kite"):
            relayed.ok("send", name, "大象", "--via", "--remote-only")
        stdout, _ = process.communicate(timeout=30)

    assert process.returncode == 0
    assert [line for line in stdout.decode().splitlines() if "←" in line] == [
        "king ← 大象",
        "kite ← 大象",
    ]


def test_watching_a_relay_times_out(relayed: SignalCli) -> None:
    watched = relayed("watch", "--via", "--timeout", "0.2", "--json")

    assert (watched.status, watched.stdout) == (1, "")
    assert watched.stderr.endswith("Timed out: no send came within 0.2 s.\n")


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        (["king", "x", "k\udce9=1"], "its key is not valid Unicode"),
        (["king", "x", "k=\udce9"], "its value is not valid Unicode"),
        (["king", "x\udce9"], "it is not valid Unicode"),
        (["k\udce9", "x"], "its name is not valid Unicode"),
    ],
)
def test_what_is_no_text_is_refused(relayed: SignalCli, words: list[str], reason: str) -> None:
    refused = relayed("send", *words, "--via", "--remote-only")

    assert (refused.status, refused.stdout) == (2, "")
    assert reason in refused.stderr
    assert stored(relayed) == 0


def test_a_line_whose_key_is_no_text_is_refused(relayed: SignalCli, tmp_path: Path) -> None:
    (tmp_path / "lines").write_text('{"payload": {"a\\ud800": 1}}\n{"payload": {"b": 1}}\n')

    sent = relayed(
        "send",
        "king",
        "--jsonl",
        str(tmp_path / "lines"),
        "--on-error=continue",
        "--via",
        "--remote-only",
    )

    assert "its key is not valid Unicode" in sent.stderr
    assert stored(relayed) == 1


def test_changes_do_not_pass_a_relay(relayed: SignalCli) -> None:
    assert "--via shows sends only" in relayed.refused("watch --via --only changes --timeout 0")

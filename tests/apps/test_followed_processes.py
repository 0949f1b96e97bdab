"""``trace run`` of programs with child processes, compared with what the processes themselves count."""

from __future__ import annotations

import os
import signal
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

import pytest

from tests.support.cli import Result, SignalCli
from tests.support.real_servers import free_port, get, until

pytestmark = pytest.mark.slow

COUNTING = """\
import os
from blinker import signal

ordered = signal("ordered")

@ordered.connect
def count(sender, **payload):
    with open("counted", "a") as file:
        file.write(f"{os.getpid()}\\n")
"""
SHOP = f"""\
{COUNTING}
from flask import Flask

app = Flask("shop")

@app.get("/")
def index():
    ordered.send(app)
    return "ok"
"""


def counted(signalcli: SignalCli) -> Counter[int]:
    """The sends of each process, as the program counted them."""
    return Counter(map(int, (signalcli.directory / "counted").read_text().split()))


def traced(result: Result) -> Counter[int]:
    """The sends of each process in a trace."""
    sends = [event for event in result.json["events"] if event["signal"] == "ordered"]
    return Counter(event["process"] for event in sends)


@contextmanager
def running(signalcli: SignalCli, *words: str) -> Iterator[Callable[[], Result]]:
    """Run a program until the block calls for its end, which SIGTERM to signalcli demands."""
    out = signalcli.directory / "out.json"
    with out.open("wb") as stdout, (signalcli.directory / "err.txt").open("wb") as stderr:
        process = signalcli.start(
            *("trace", "run", "--json", *words),
            stdout=stdout,
            stderr=stderr,
            start_new_session=True,
        )

        def end() -> Result:
            process.send_signal(signal.SIGTERM)
            status = process.wait(60)
            return Result(status, out.read_text(), (signalcli.directory / "err.txt").read_text())

        try:
            yield end
        finally:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def test_workers_of_gunicorn(signalcli: SignalCli) -> None:
    signalcli.write("shop.py", SHOP)
    port = free_port()
    options = "--no-control-socket", "-w", "2", "-b", f"127.0.0.1:{port}"

    with running(signalcli, "-m", "gunicorn", *options[1:], "shop:app") as end:
        until(lambda: get(port))
        for _ in range(20):
            assert get(port) == "ok"
        result = end()

    assert result.status == 0
    assert sum(counted(signalcli).values()) == 21
    assert traced(result) == counted(signalcli)


def test_a_reload_of_flask(signalcli: SignalCli) -> None:
    signalcli.write("shop.py", SHOP)
    port = free_port()

    with running(signalcli, "-m", "flask", "-A", "shop", "run", "--debug", "-p", str(port)) as end:
        until(lambda: get(port))
        (first,) = counted(signalcli)
        os.utime(signalcli.directory / "shop.py", times=(time.time() + 10,) * 2)
        until(lambda: get(port) and len(counted(signalcli)) == 2)
        result = end()

    lost = counted(signalcli) - traced(result)
    assert lost.total() <= 1  # the reloader's parent kills its child, maybe right after a send
    assert traced(result)[first] == counted(signalcli)[first]


def test_a_program_that_starts_its_own_reloader(signalcli: SignalCli) -> None:
    port = free_port()
    signalcli.write("shop.py", f"{SHOP}\napp.run(debug=True, port={port})\n")

    with running(signalcli, "--save", "trace.json", "shop.py") as end:
        until(lambda: get(port))
        assert get(port) == "ok"
        time.sleep(1)  # the reloader kills its child before the end of it
        result = end()

    assert sum(counted(signalcli).values()) == 2
    assert traced(result) == counted(signalcli)
    kept = signalcli.load("trace.json")
    assert kept["events"] == result.json["events"]


def test_a_child_that_alone_sends(signalcli: SignalCli) -> None:
    code = "if os.fork() == 0:\n    ordered.send('child')\n    os._exit(0)\nos.wait()\n"
    signalcli.write("shop.py", f"{COUNTING}\n{code}")

    result = signalcli("trace", "run", "--json", "shop.py")

    assert sum(counted(signalcli).values()) == 1
    assert traced(result) == counted(signalcli)


def test_prefork_workers_of_celery(signalcli: SignalCli) -> None:
    text = f"""\
{COUNTING}
from celery import Celery

app = Celery("tasks", broker="filesystem://")
app.conf.broker_transport_options = {{"data_folder_in": "spool", "data_folder_out": "spool"}}

@app.task
def work(number):
    ordered.send(number)
"""
    signalcli.write("tasks.py", text)
    (signalcli.directory / "spool").mkdir()
    ask = "from tasks import work\nfor number in range(8): work.delay(number)"

    words = "-m", "celery", "-A", "tasks", "worker", "-c", "2", "-P", "prefork"
    with running(signalcli, *words) as end:
        assert signalcli.python("-c", ask).status == 0
        until(lambda: (signalcli.directory / "counted").exists())
        until(lambda: sum(counted(signalcli).values()) == 8)
        result = end()

    assert traced(result) == counted(signalcli)


def test_processes_of_xdist(signalcli: SignalCli) -> None:
    signalcli.write(
        "test_shop.py",
        f"{COUNTING}\nimport pytest\n\n@pytest.mark.parametrize('n', range(8))\n"
        "def test_order(n): ordered.send(n)\n",
    )

    words = "-m", "pytest", "-q", "-n", "2", "-p", "no:cacheprovider", "test_shop.py"
    result = signalcli.ok("trace", "run", "--json", *words)

    assert len(counted(signalcli)) == 2
    assert traced(result) == counted(signalcli)


@pytest.mark.parametrize("method", ["fork", "spawn", "forkserver"])
def test_processes_of_multiprocessing(signalcli: SignalCli, method: str) -> None:
    text = f"""\
{COUNTING}
import multiprocessing

def work(number):
    ordered.send(number)

if __name__ == "__main__":
    with multiprocessing.get_context("{method}").Pool(2) as pool:
        pool.map(work, range(8), 1)
        pool.close()
        pool.join()
    ordered.send("parent")
"""
    signalcli.write("shop.py", text)

    result = signalcli.ok("trace", "run", "--json", "shop.py")

    assert sum(counted(signalcli).values()) == 9
    assert traced(result) == counted(signalcli)
    times = [event["started"] for event in result.json["events"]]
    assert times == sorted(times)
    connected = {
        one["process"] for one in result.json["changes"] if one["receiver"][-5:] == "count"
    }
    if method == "spawn":  # each process connects its own
        assert connected >= set(traced(result))
    elif method == "fork":
        assert len(connected & set(traced(result))) == len(connected) == 1


ENDINGS = f"""\
{COUNTING}
import signal, sys, time
ordered.send("x")

def again(): ordered.send("child")

how = sys.argv[1]
if how in ("SIGTERM", "SIGHUP", "SIGINT", "SIGKILL"):
    if how == "SIGKILL": time.sleep(1)
    os.kill(os.getpid(), getattr(signal, how))
    time.sleep(5)
elif how == "_exit": os._exit(3)
elif how == "exit": sys.exit(5)
elif how == "raise": raise ValueError(how)
elif how == "abort": os.abort()
elif how == "exec": os.execv(sys.executable, [sys.executable, "-c", "raise SystemExit(7)"])
elif how == "fork":
    if os.fork() == 0:
        again()
        os._exit(0)
    os.wait()
elif how == "run":
    import subprocess
    raise SystemExit(subprocess.run([sys.executable, __file__, "exit"]).returncode)
elif how == "kill child":
    child = os.fork()
    if child == 0:
        again()
        time.sleep(60)
    while open("counted").read().count("\\n") < 2: time.sleep(0.01)
    time.sleep(1)
    os.kill(child, signal.SIGKILL)
    os.wait()
"""


@pytest.mark.parametrize(
    ("how", "sends"),
    [
        ("SIGTERM", 1),
        ("SIGHUP", 1),
        ("SIGINT", 1),
        ("SIGKILL", 1),
        ("_exit", 1),
        ("exit", 1),
        ("raise", 1),
        ("abort", 1),
        ("exec", 1),
        ("fork", 2),
        ("run", 2),
        ("kill child", 2),
    ],
)
def test_an_end_is_that_of_python_and_loses_no_send(
    signalcli: SignalCli, how: str, sends: int
) -> None:
    signalcli.write("ends.py", ENDINGS)
    plain = signalcli.python("ends.py", how)
    (signalcli.directory / "counted").unlink()

    result = signalcli("trace", "run", "--json", "--save", "trace.json", "ends.py", how)

    interrupted = how == "SIGINT"  # as every command of signalcli
    assert result.status == (130 if interrupted else plain.status)
    assert len(result.json["events"]) == sends == sum(counted(signalcli).values())
    kept = signalcli.load("trace.json")
    assert kept["events"] == result.json["events"]


def test_a_program_goes_on_if_signalcli_is_killed(signalcli: SignalCli) -> None:
    text = f"""\
{COUNTING}
import time
while not os.path.exists("killed"):
    ordered.send(1)
    time.sleep(0.01)
ordered.send(2)
open("done", "w").close()
"""
    signalcli.write("shop.py", text)
    process = signalcli.start("trace", "run", "shop.py", start_new_session=True)
    until((signalcli.directory / "counted").exists)

    process.kill()
    process.wait()
    before = sum(counted(signalcli).values())
    until(lambda: sum(counted(signalcli).values()) > before + 10)
    (signalcli.directory / "killed").touch()

    until((signalcli.directory / "done").exists)


def test_another_sitecustomize_runs_and_the_path_is_the_programs(signalcli: SignalCli) -> None:
    site = signalcli.write("site/sitecustomize.py", "import os\nos.environ['CUSTOMIZED'] = 'yes'\n")
    signalcli.environment["PYTHONPATH"] = str(site.parent)
    text = "import os, sys\nprint(os.environ['CUSTOMIZED'], sys.modules['sitecustomize'].__file__)"
    signalcli.write("shop.py", f"{text}\nprint(sys.path)")

    plain = signalcli.python("shop.py")
    result = signalcli("trace", "run", "shop.py")

    assert (plain.status, result.stderr) == (0, plain.stdout)


def test_a_change_just_before_forks_is_recorded_once(signalcli: SignalCli) -> None:
    text = f"""\
{COUNTING}
for number in range(3):
    if os.fork() == 0:
        ordered.send(number)
        os._exit(0)
    os.wait()
ordered.send("parent")
"""
    signalcli.write("shop.py", text)

    result = signalcli("trace", "run", "--json", "shop.py")

    assert traced(result) == counted(signalcli)
    (change,) = result.json["changes"]
    assert change["process"] == result.json["events"][-1]["process"]

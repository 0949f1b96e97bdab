"""Common options that a command would ignore are refused; variables that it would ignore are not."""

from __future__ import annotations

import json

import pytest

from tests.support.cli import SessionWith, SignalCli

SHOP = "from blinker import signal\nsignal('order').send('x')\n"


@pytest.fixture
def shop(session_with: SessionWith) -> SignalCli:
    signalcli = session_with("connect king echo")
    signalcli.write("shop.py", SHOP)
    return signalcli


BOTH = "This works on an application, and not on a session. Leave out --session."
PROGRAM = "This runs PROGRAM as python does. Leave out {}."
ALONE = "{} is for an application. Name it: --app shop:app"


@pytest.mark.parametrize(
    ("line", "sentence"),
    [
        ("--session mine --app shop list", BOTH),
        ("--app shop inspect order --session mine", BOTH),
        ("--app shop send order --session mine --yes", BOTH),
        ("--app shop doctor --session mine", BOTH),
        ("--app shop export json --session mine", BOTH),
        ("--app shop receivers --session mine", BOTH),
        ("--session mine trace GET /", BOTH),
        ("trace run --session mine shop.py", PROGRAM.format("--session")),
        ("trace run --app shop shop.py", PROGRAM.format("--app")),
        ("--setup shop:king trace run shop.py", PROGRAM.format("--setup")),
        ("--no-factory trace run shop.py", PROGRAM.format("--no-factory")),
        ("--python . list", ALONE.format("--python")),
        ("list --setup=plugin:register", ALONE.format("--setup")),
        ("list --no-factory", ALONE.format("--no-factory")),
        ("connect king animal --memory 512", ALONE.format("--memory")),
        ("send king --repr", ALONE.format("--repr")),
        ("receivers --python .", ALONE.format("--python")),
        ("doctor --memory 512", ALONE.format("--memory")),
        ("explain king --creds x", "--creds logs in to a server. Add: --via"),
        ("replay last --creds x", "--creds logs in to a server. Add: --via"),
        ("watch --creds x --count 1", "--creds logs in to a server. Add: --via"),
    ],
)
def test_an_option_with_no_effect_is_refused(shop: SignalCli, line: str, sentence: str) -> None:
    assert shop.refused(line) == sentence


VARIABLES = {
    "SIGNALCLI_SESSION": "mine",
    "SIGNALCLI_APP": "shop",
    "SIGNALCLI_PYTHON": "nowhere",
    "SIGNALCLI_APP_MEMORY": "much",
}


@pytest.mark.parametrize(
    "line",
    [
        "connect king shop:made",
        "disconnect king echo",
        "session path",
        "history",
        "receivers trust shop:made",
        "list --session default",
        "inspect king --session default",
        "send king --session default",
        "tour",
        "help",
    ],
)
def test_a_variable_that_would_be_ignored_is(shop: SignalCli, line: str) -> None:
    """``connect`` trusts the receiver as without them."""
    shop.write("shop.py", "def made(sender): ...\n")
    variables = VARIABLES | {"SIGNALCLI_SESSION": "default"}

    with_them = shop(*line.split(), environment=variables)

    assert with_them.status == 0, with_them.stderr
    assert "shop'" not in with_them.stderr


def test_a_program_ignores_variables_of_sessions_and_applications(shop: SignalCli) -> None:
    variables = {"SIGNALCLI_SESSION": "mine", "SIGNALCLI_APP": "none"}

    run = shop("trace", "run", "--json", "shop.py", environment=variables)
    listed = shop("list", "--json", environment=variables | {"SIGNALCLI_APP": "shop"})

    assert (run.status, run.stderr, len(run.json["events"])) == (0, "", 1)
    assert "order" in [one["signal"] for one in json.loads(listed.stdout)["signals"]]

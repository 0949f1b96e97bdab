"""The permissions that the guide shows are enough, and no more than that."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.support.cli import SignalCli
from tests.support.listening import listening
from tests.support.nats_servers import nats_server

GUIDE = Path(__file__).parents[2] / "signalcli" / "guide" / "processes.md"


def permissions() -> str:
    """Return the configuration of the guide, with a password for each user."""
    block = re.search(r"```\n(accounts .*?)```", GUIDE.read_text(encoding="utf-8"), re.DOTALL)
    assert block is not None
    return re.sub(r"\$(\w+)_PASSWORD", lambda match: match[1].lower(), block[1])


@pytest.mark.integration
def test_each_user_may_do_what_the_guide_says(signalcli: SignalCli, tmp_path: Path) -> None:
    signalcli.ok("connect", "order-placed", "echo")
    with nats_server(tmp_path / "nats", permissions()) as server:

        def act_as(user: str) -> None:
            signalcli.environment["SIGNALCLI_VIA"] = server.url.replace("//", f"//{user}:{user}@")

        act_as("admin")
        signalcli.ok("relay", "status")
        act_as("mail")
        with listening(signalcli, "order-placed", "--durable", "mail") as listener:
            act_as("shop")
            sent = signalcli.read("send order-placed 大象 --via --remote-only --wait 20")
            heard = listener.next()
            denied = signalcli.refused("send king --via --remote-only", 4)
            act_as("mail")
            also_denied = signalcli.refused("send order-placed --via --remote-only", 4)

    assert heard["sender"] == "大象"
    assert [receipt["durable"] for receipt in sent["receipts"]] == ["mail"]
    for sentence in (denied, also_denied):
        assert re.search(r"doesn't permit this user to use signalcli\.signal\.[\w-]+\.$", sentence)

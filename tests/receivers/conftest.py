"""Fixtures of the tests in this folder."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.support.cli import SessionWith, SignalCli
from tests.support.import_directories import ImportDirectories
from tests.support.imported import HANDLERS
from tests.test_hostile_text import typed

WORD = "h[red]x\x1b[2J\n\t\r\x7f\u202e\x9b\u2066\u2028\u061c\udcff%s大"
"""Hostile text."""


@pytest.fixture
def shop(signalcli: SignalCli) -> SignalCli:
    """Functions to connect, in a file and in a package. Nothing is trusted yet."""
    signalcli.write("handlers.py", HANDLERS)
    signalcli.write("shop/__init__.py", "")
    signalcli.write("shop/handlers.py", HANDLERS)
    return signalcli


@pytest.fixture(scope="module")
def own_receivers(shared_session: SessionWith) -> SignalCli:
    """The receivers ``herald`` and ``guard``, which are connected. No test changes them."""
    return shared_session(
        "receivers add herald --says hi --returns 1; connect king herald --sender 大象",
        "receivers add guard; connect king:receiver_connected guard",
    )


@pytest.fixture(scope="module")
def hostile(shared_session: SessionWith) -> SignalCli:
    """Receivers that are hostile in name and deed. No test changes them."""
    signalcli, word = shared_session(), typed(WORD)
    json_word = b'"h[red]x\\u001b[2J\\u202e\\u2028\\udcff"'
    signalcli.ok("receivers", "add", word, "--says", word, "--returns", json_word)
    signalcli.ok("receivers", "add", b"r" + word, "--raises", word)
    signalcli.ok("connect", "king", word, b"r" + word)
    return signalcli


@pytest.fixture
def directories(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ImportDirectories:
    """Return empty directories. The test runs in the current one, and imports what is in the installed one."""
    directories = ImportDirectories(Path(os.path.realpath(tmp_path)))
    directories.here.mkdir()
    directories.installed.mkdir()
    monkeypatch.chdir(directories.here)
    monkeypatch.syspath_prepend(directories.installed)
    return directories

"""``signals.tracebacks``: where an exception of a receiver was raised."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from blinker import Signal

from signalcli.signals.tracebacks import raised_error

RAISES = compile("def inner(): raise RuntimeError('no')", "/x/site-packages/other/local.py", "exec")
RECEIVER = "def hear(sender):\n    inner()"


@pytest.mark.parametrize("file", ["/x/site-packages/plugin/receivers.py", "receivers.py"])
def test_the_place_of_an_exception_is_in_the_receiver_not_in_a_library(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, file: str
) -> None:
    """A proxy of werkzeug raises in its own file. Programs that are run by a relative path have such files."""
    monkeypatch.chdir(tmp_path)
    Path("receivers.py").write_text(RECEIVER, encoding="utf-8")
    names: dict[str, Any] = {}
    for code in (RAISES, compile(RECEIVER, file, "exec")):
        exec(code, names)  # noqa: S102 - code of other files
    king = Signal()
    king.connect(names["hear"])

    with pytest.raises(RuntimeError) as raised:
        king.send()

    assert raised_error(raised.value).where == f"{file}:2"

"""What is installed from the wheel: it runs every section of the article, as the guide says."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Any

import pytest

from tests.support.cli import finished
from tests.support.environments import build_wheel, make_environment

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parent.parent
ROWS = re.findall(
    r"^\| (\d\.\d) [^|]*\| `([^`]*)` \|$",
    (ROOT / "signalcli" / "guide" / "learn.md").read_text(encoding="utf-8"),
    flags=re.MULTILINE,
)
"""The number of a section, and what to type by hand."""

EXPECTED = {
    "2.1": ["小钻风：大王有令！大王回来了，我这就去巡山。", "1 returned."],
    "2.2": ["@roar ← None", "1 returned."],
    "2.3": ["小钻风：大王有令：slogan是巡山，我记住了！", "2 returned."],
    "2.4": ["listens only to 大象", "1 returned."],
    "2.5": ["@king.connect\n"],
    "2.6": ['@king.connect_via("大象")\n'],
    "2.7": ["queue  │ named │         0 │"],
    "2.8": ["大象              │ True    │ animal"],
    "3.1": ["GET /hello → 200 OK", "hello blinker"],
    "3.2": ["QQ：嘀嘀嘀！", "flask/msg"],
    "3.3": ["微信：叮咚！", "hello blinker"],
}
"""What the commands of each section print."""


def run(*command: str, **options: Any) -> str:
    """What a command writes that is to end well."""
    ended = finished(command, timeout=None, **options)
    assert ended.status == 0, ended
    return ended.stdout


@pytest.fixture(scope="module")
def binaries(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the programs of an environment are that has the wheel, with its extra, and no more."""
    directory = tmp_path_factory.mktemp("wheel")
    return make_environment(directory / "environment", f"{build_wheel(directory)}[flask]").parent


def printed(binaries: Path, home: Path, line: str) -> str:
    """What a command line prints, in an empty directory that is the home too."""
    path = f"{binaries}{os.pathsep}{os.environ['PATH']}"
    environment = {"HOME": str(home), "PATH": path, "LC_ALL": "C.UTF-8"}
    return run("bash", "-c", line, cwd=home, env=environment)


def test_every_section_of_the_article_has_a_row() -> None:
    assert [section for section, _ in ROWS] == list(EXPECTED)


@pytest.mark.parametrize(("section", "by_hand"), ROWS)
def test_a_section_runs_installed(
    binaries: Path, tmp_path: Path, section: str, by_hand: str
) -> None:
    output = printed(binaries, tmp_path, by_hand)

    assert [text for text in EXPECTED[section] if text not in output] == []
    assert printed(binaries, tmp_path, f"signalcli tour {section}").startswith(f"{section}  ")


@pytest.mark.parametrize("folder", ["guide", "guide/zh", "pages/assets"])
def test_files_that_are_no_code_are_in_the_wheel(binaries: Path, folder: str) -> None:
    installed = next(binaries.parent.glob(f"lib/python3*/site-packages/signalcli/{folder}"))
    own = ROOT / "signalcli" / folder

    assert {path.name for path in installed.iterdir()} == {path.name for path in own.iterdir()}


def test_the_wheel_has_the_man_page_and_the_guide(binaries: Path) -> None:
    environment = binaries.parent

    assert (environment / "share" / "man" / "man1" / "signalcli.1").is_file()
    assert "# Security" in run(str(binaries / "signalcli"), "help", "security")

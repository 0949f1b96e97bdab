"""The map of the code: what it names exists, and what its pages say can be done as they say."""

from __future__ import annotations

import re
import subprocess
import sys

import pytest

from tests.support.readme import MAP, folder_table
from tests.test_imports import MAY_IMPORT

TEXT = MAP.read_text(encoding="utf-8")
PAGES = dict(re.findall(r"^## ([^\n]+)\n(.*?)(?=^## |\Z)", TEXT, re.MULTILINE | re.DOTALL))
"""The text of each section by its title."""
REASONS = re.findall(r"^```python\n(.*?)^```$", PAGES["Why it is so"], re.MULTILINE | re.DOTALL)


def test_the_table_of_folders_is_the_one_that_imports_are_checked_by() -> None:
    """If this fails: python -m tests.support.readme signalcli/README.md"""
    rows = re.findall(r"^\| `([\w]+)(?:/|\.py)` \|.*\| ([^|]*) \|$", PAGES["Folders"], re.MULTILINE)

    assert {name: allowed.replace(",", "") for name, allowed in rows} == {
        **MAY_IMPORT,
        "cli": "everything",
    }
    assert folder_table() in TEXT


def test_every_file_and_folder_that_the_map_names_exists() -> None:
    project = MAP.parents[1]
    created = set(re.findall(r"^# (signalcli/[\w/]+\.py)$", TEXT, re.MULTILINE))
    named = set(
        re.findall(r"`([\w/]+(?:\.py|/))`", re.sub(r"```.*?```", "", TEXT, flags=re.DOTALL))
    )

    missing = {
        name for name in named if not (MAP.parent / name).exists() and not (project / name).exists()
    }
    assert missing == set()
    assert {name for name in created if (project / name).exists()} == set()


def test_a_file_defines_what_the_map_says_is_in_it() -> None:
    places = re.findall(r"`([\w/]+\.py)` \(([^)]*`)\)", PAGES["Where is …?"])
    missing = [
        (file, name)
        for file, names in places
        for name in re.findall(r"`(\w+)`", names)
        if not re.search(
            rf"^ *(def |class )?{name}\b", (MAP.parent / file).read_text("utf-8"), re.MULTILINE
        )
    ]

    assert len(places) > 5
    assert missing == []


@pytest.mark.parametrize(
    "page", ["Add a command", "Add a column", "Add a doctor rule", "Add a lesson", "Add an export"]
)
def test_a_page_has_a_change_and_shows_what_comes_of_it(page: str) -> None:
    """tests/test_readme.py makes the change in a copy of the project, and runs the commands."""
    assert "```diff" in PAGES[page]
    assert "```console" in PAGES[page]


@pytest.mark.parametrize("code", REASONS)
def test_a_reason_is_true(code: str) -> None:
    subprocess.run([sys.executable, "-c", code], check=True)

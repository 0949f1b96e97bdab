"""The README, the guide and the map of the code show what the program prints."""

from __future__ import annotations

import re
from pathlib import Path

import click
import pytest

from signalcli.cli.root import root
from tests.support.readme import DOCUMENTS, GUIDE, README, ROOT, regenerated, without_times

pytestmark = pytest.mark.slow


@pytest.mark.slow
@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_a_console_block_shows_what_its_commands_print(document: Path) -> None:
    """If this fails: python -m tests.support.readme"""
    shown = document.read_text(encoding="utf-8")

    assert without_times(shown) == without_times(regenerated(document))


def test_the_readme_has_at_most_200_lines() -> None:
    assert len(README.read_text(encoding="utf-8").splitlines()) <= 200


def test_the_readme_links_every_topic_of_the_guide() -> None:
    section = README.read_text(encoding="utf-8").partition("## Guide")[2].partition("## ")[0]
    links = re.findall(r"\[\w+\]\(([^)]+)\)", section)

    assert sorted(links) == [str(topic.relative_to(ROOT)) for topic in GUIDE]


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_a_link_leads_to_a_file(document: Path) -> None:
    links = re.findall(r"\]\(([^)#:]+)\)", document.read_text(encoding="utf-8"))

    assert [link for link in links if not (document.parent / link).exists()] == []


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_no_block_shows_a_traceback(document: Path) -> None:
    assert "Traceback (most recent call last)" not in document.read_text(encoding="utf-8")


@pytest.mark.parametrize("topic", GUIDE, ids=lambda path: path.stem)
def test_a_topic_begins_with_its_title_and_a_summary_in_one_line(topic: Path) -> None:
    """``signalcli help`` lists the summaries."""
    title, blank, summary, end = topic.read_text(encoding="utf-8").split("\n")[:4]

    assert (title.lower(), blank, end) == (f"# {topic.stem}", "", "")
    assert summary.endswith(".") and len(summary) <= 100


@pytest.mark.parametrize("topic", GUIDE, ids=lambda path: path.stem)
def test_a_topic_that_the_guide_names_is_there(topic: Path) -> None:
    generated = {"rules", "options", *root.list_commands(click.Context(root))}

    named = set(re.findall(r"signalcli help (\w+)", topic.read_text(encoding="utf-8")))
    assert named <= generated | {path.stem for path in GUIDE}

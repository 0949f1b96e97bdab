"""The README, the guide and the map of the code show what the program prints."""

from __future__ import annotations

import re
from pathlib import Path

import click
import pytest

from signalcli.cli.root import root
from signalcli.language.wrapping import columns
from tests.support.readme import (
    CHINESE_GUIDE,
    CHINESE_README,
    DOCUMENTS,
    GUIDE,
    README,
    READMES,
    ROOT,
    TRANSLATED,
    regenerated,
    without_times,
)

pytestmark = pytest.mark.slow


@pytest.mark.slow
@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_a_console_block_shows_what_its_commands_print(document: Path) -> None:
    """If this fails: python -m tests.support.readme"""
    shown = document.read_text(encoding="utf-8")

    assert without_times(shown) == without_times(regenerated(document))


@pytest.mark.parametrize("readme", READMES, ids=lambda path: path.stem)
def test_the_readme_has_at_most_200_lines(readme: Path) -> None:
    assert len(readme.read_text(encoding="utf-8").splitlines()) <= 200


@pytest.mark.parametrize(
    ("readme", "heading", "guide"),
    [(README, "Guide", GUIDE), (CHINESE_README, "指南", CHINESE_GUIDE)],
    ids=["en", "zh"],
)
def test_the_readme_links_every_topic_of_the_guide(
    readme: Path, heading: str, guide: list[Path]
) -> None:
    section = readme.read_text(encoding="utf-8").partition(f"## {heading}\n")[2].partition("## ")[0]
    links = re.findall(r"\[\w+\]\(([^)]+)\)", section)

    assert sorted(links) == [str(topic.relative_to(ROOT)) for topic in guide]


def test_every_topic_is_translated() -> None:
    assert [topic.name for topic in CHINESE_GUIDE] == [topic.name for topic in GUIDE]


def code_of(text: str) -> list[str]:
    """Return the code blocks of a file without comments; of console blocks, only the commands."""
    text = re.sub(r" +# .*", "", text)
    blocks = re.findall(r"^```(\w*)\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)
    return [
        "\n".join(line for line in block.splitlines() if line.startswith("$ "))
        if language == "console"
        else block
        for language, block in blocks
    ]


@pytest.mark.parametrize("document", TRANSLATED, ids=lambda path: path.stem)
def test_a_translation_has_the_code_and_the_sections_of_its_original(document: Path) -> None:
    text = document.read_text(encoding="utf-8")
    original = TRANSLATED[document].read_text(encoding="utf-8")

    assert code_of(text) == code_of(original)
    levels = [re.findall(r"^#+(?= )", content, re.MULTILINE) for content in (text, original)]
    assert levels[0] == levels[1]


def options_of(text: str) -> set[str]:
    """Return the options and variables that the text of a file names outside of its blocks."""
    prose = re.sub(r"^```.*?^```$", "", text, flags=re.MULTILINE | re.DOTALL)
    return set(re.findall(r"(?<![\w-])--[a-z][\w-]*|\b[A-Z]+_[A-Z_]+\b", prose))


@pytest.mark.parametrize("document", TRANSLATED, ids=lambda path: path.stem)
def test_a_translation_names_the_options_of_its_original(document: Path) -> None:
    text, original = (
        options_of(path.read_text(encoding="utf-8")) for path in (document, TRANSLATED[document])
    )

    assert original - text == set()


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_a_link_leads_to_a_file(document: Path) -> None:
    links = re.findall(r"\]\(([^)#:]+)\)", document.read_text(encoding="utf-8"))

    assert [link for link in links if not (document.parent / link).exists()] == []


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_no_block_shows_a_traceback(document: Path) -> None:
    assert "Traceback (most recent call last)" not in document.read_text(encoding="utf-8")


@pytest.mark.parametrize("topic", GUIDE, ids=lambda path: path.stem)
def test_a_topic_begins_with_its_title_and_a_summary_in_one_line(topic: Path) -> None:
    """``signalcli help`` lists the summaries."""
    title, blank, summary, end = topic.read_text(encoding="utf-8").split("\n")[:4]

    assert (title.lower(), blank, end) == (f"# {topic.stem}", "", "")
    assert summary.endswith(".") and len(summary) <= 100


@pytest.mark.parametrize("topic", CHINESE_GUIDE, ids=lambda path: path.stem)
def test_a_chinese_topic_begins_with_its_title_and_a_summary_in_one_line(topic: Path) -> None:
    title, blank, summary, end = topic.read_text(encoding="utf-8").split("\n")[:4]

    assert (title[:2], blank, end) == ("# ", "", "")
    assert summary.endswith("。") and columns(summary) <= 100


@pytest.mark.parametrize("topic", [*GUIDE, *CHINESE_GUIDE], ids=lambda path: path.stem)
def test_a_topic_that_the_guide_names_is_there(topic: Path) -> None:
    generated = {"rules", "options", *root.list_commands(click.Context(root))}

    named = set(re.findall(r"signalcli help (\w+)", topic.read_text(encoding="utf-8")))
    assert named <= generated | {path.stem for path in GUIDE}

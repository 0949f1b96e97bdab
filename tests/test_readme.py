"""The README says what the program does: its blocks are run, and its commands are all there."""

from __future__ import annotations

from tests.readme import README, regenerated, without_times


def test_the_readme_shows_what_its_commands_print() -> None:
    """If this fails: python tests/readme.py"""
    shown = README.read_text(encoding="utf-8")

    assert without_times(shown) == without_times(regenerated())

"""The words of a line of the shell."""

from __future__ import annotations

import pytest

from signalcli.cli.shell.words import numbered_lines, words_of
from signalcli.errors import UsageError


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("send king 大象", ["send", "king", "大象"]),
        ("  signalcli send king  ", ["send", "king"]),
        ("signalcli", ["--help"]),
        ("", []),
        ("# send king", []),
        ("  # send king", []),
        ("send king # the king's", ["send", "king"]),
        ("send king a#b", ["send", "king", "a#b"]),
        ("send king '# b' \"# c\" \\# d", ["send", "king", "# b", "# c", "#", "d"]),
        ("send king slogan='大王 来了'", ["send", "king", "slogan=大王 来了"]),
        ("?", ["--help"]),
        ("? send", ["help", "send"]),
        ("send king ?", ["send", "king", "?"]),
    ],
)
def test_a_line_has_the_words_that_a_shell_would_see(line: str, words: list[str]) -> None:
    assert words_of(line) == words


@pytest.mark.parametrize("line", ["send 'king", 'send "king', "send '#"])
def test_a_quote_that_is_not_closed_is_an_error(line: str) -> None:
    with pytest.raises(UsageError, match="ends within a quote"):
        words_of(line)


def test_a_backslash_goes_on_in_the_next_line_and_the_first_number_counts() -> None:
    lines = ["a \\\n", "b\n", "\n", "c\\\\\n", "# d \\\n", "e \\\n"]

    found = list(numbered_lines(lines))

    assert found == [(1, "a  b"), (3, ""), (4, "c\\\\"), (5, "# d \\"), (6, "e  ")]

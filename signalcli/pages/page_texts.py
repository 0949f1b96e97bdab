"""The texts in the HTML and the JavaScript of the pages."""

from __future__ import annotations

import re
from html import escape as escape_html

from signalcli.language.phrases import localized, phrase

FRAME = (
    phrase("Light"),
    phrase("Dark"),
    phrase("Switch to light colours"),
    phrase("Switch to dark colours"),
)
"""Those of the HTML of every page."""
TRACE = (
    *(phrase("This page needs JavaScript to show the sends."), phrase("Search")),
    *(phrase("Press / to search"), phrase("Signal"), phrase("Receiver"), phrase("Process")),
    *(phrase("all"), phrase("Slower than"), phrase("Unheard"), phrase("Raised")),
    *(phrase("Connections"), phrase("Fold all"), phrase("Unfold all"), phrase("Clear")),
    *(phrase("Sends"), phrase("Sends of the trace"), phrase("Details"), phrase("signal")),
    *(phrase("sender"), phrase("payload"), phrase("heard by"), phrase("process"), phrase("at")),
    *(phrase("time"), phrase("move"), phrase("fold and unfold"), phrase("toggles")),
    *(phrase("searches"), phrase("clears the search")),
)
"""Those of the HTML of a trace."""
SCRIPT = (
    *(phrase("1 send"), phrase("{total} sends"), phrase("{count} of 1 send")),
    *(phrase("{count} of {total} sends"), phrase("why"), phrase("exception"), phrase("value")),
    *(phrase("time"), phrase("No send matches."), phrase("note"), phrase("outcome")),
    *(phrase("change"), phrase("sender"), phrase("payload"), phrase("process"), phrase("at")),
    phrase("1 more row isn't printed. Fold or filter the rows to print fewer."),
    phrase("{number} more rows aren't printed. Fold or filter the rows to print fewer."),
)
"""Those of the JavaScript of a trace."""


def with_texts(html: str) -> str:
    """Return HTML whose texts in double braces are replaced by those in the user's language."""
    return re.sub(r"{{(.+?)}}", lambda found: escape_html(localized(found[1])), html)


def words() -> dict[str, str]:
    """Return the texts of the JavaScript by the English ones, without those that are the same."""
    shown = {str.__str__(text): localized(text) for text in SCRIPT}
    return {text: translation for text, translation in shown.items() if translation != text}

"""The translations of a language, from catalogs of gettext."""

from __future__ import annotations

import gettext
import os
import re
from collections.abc import Iterable, Iterator
from functools import cached_property, lru_cache
from typing import Any

from signalcli.language.phrases import LIST, JoinedPhrases, Phrase, separator_of

FIRST = (
    *("language", "values", "sending", "render", "receivers", "session", "playground", "signals"),
    *("history", "cli", "errors"),
)
"""The catalogs that most commands need. The others are read when a text isn't in these."""

ARGUMENT = re.compile(r"\{(\w+)[^{}]*\}")
"""An argument in a template, with its name."""

NUMBERS = ("n", "number")
"""The names of arguments that are numbers."""

FUNCTION_WORDS = {"and", "another", "at", "by", "from", "in", "of", "or", "the", "to"}
"""Words that so many texts have that a template can't be recognized by them."""

_MARK = "\ufdd0"
"""A noncharacter of Unicode, which is for internal use: it marks the ends of texts within another."""
_CHINESE = "[\u4e00-\u9fff]"
_NEEDLESS_SPACE = f"(?<={_CHINESE}) (?={_MARK}{_CHINESE})|(?<={_CHINESE}{_MARK}) (?={_CHINESE})"
_MISSING_SPACE = f"(?<={_CHINESE})(?={_MARK}[A-Za-z0-9])|(?<=[A-Za-z0-9]{_MARK})(?={_CHINESE})"


class Catalog:
    """The translations of a language: a catalog for each folder of the package, read when it is needed."""

    def __init__(self, language: str) -> None:
        self.language = language
        self._directory = os.path.join(os.path.dirname(__file__), language)
        self._translations: list[_Translations] = []
        found = {name[:-3] for name in os.listdir(self._directory) if name.endswith(".mo")}
        first = [name for name in FIRST if name in found]
        self._unread = [*first, *sorted(found.difference(first))]

    def localized(self, text: str) -> str:
        """Return the translation of a text, or the text itself without one."""
        if not text:  # in a catalog, this is the key of the header
            return text
        if isinstance(text, JoinedPhrases):
            pattern = self._translated(text.template, "")
            shown = self._shown if text.template == LIST else self.localized
            return _joined(map(shown, text.parts), separator_of(pattern))
        if isinstance(text, Phrase):
            template, arguments = self._translated(text.template, text.plural), text.arguments
            if not arguments:
                return (
                    self._recognized(str.__str__(text)) if template is text.template else template
                )
            return _filled(template, {name: self._shown(arguments[name]) for name in arguments})
        return self._recognized(text)

    def _shown(self, value: Any) -> Any:
        """Return an argument as it is shown: what isn't a phrase may be a name of the user's."""
        return _Translated(self.localized(value)) if isinstance(value, Phrase) else value

    def _translated(self, template: str, plural: str) -> str:
        """Return the translation of a template, or the template itself without one."""
        for translations in self._catalogs():
            if plural:
                found = translations.ngettext(template, plural, 2)
            else:
                found = translations.gettext(template)
            if found:
                return found
        return template

    def _catalogs(self) -> Iterator[_Translations]:
        """Yield all catalogs, those first that were read before."""
        yield from self._translations
        while self._unread:
            path = os.path.join(self._directory, f"{self._unread.pop(0)}.mo")
            with open(path, "rb") as file:
                translations = _Translations(file)
            translations.add_fallback(_NoTranslation())
            self._translations.append(translations)
            yield translations

    @lru_cache(maxsize=4096)  # noqa: B019 - there is one catalog in a process
    def _recognized(self, text: str) -> str:
        """Return the translation of a text that is no phrase, or the text itself without one.

        Of several templates that match it, the one with the longest fixed text is taken. Arguments of one word
        aren't translated: they may be names.
        """
        translation = self._translated(text, "")
        if translation != text:
            return translation
        fitting = (
            template
            for translations in self._catalogs()
            for chunk, template in translations.chunks
            if chunk in text
        )
        for template in sorted(fitting, key=_fixed_length, reverse=True):
            match = re.fullmatch(_expression(template), text, re.DOTALL)
            if match is not None:
                translation = ARGUMENT.sub(r"{\1}", self._translated(template, ""))
                values = {
                    name: self._recognized(value) if " " in value else value
                    for name, value in match.groupdict().items()
                }
                return translation.format(**values)
        return text


class _Translated(str):
    """An argument that is a text of ours, and no name of the user's."""


def _filled(template: str, arguments: dict[str, Any]) -> str:
    """Return a template with its arguments. Only a text of ours decides about the spaces beside it."""
    marked = {
        name: f"{_MARK}{value}{_MARK}" if isinstance(value, _Translated) else value
        for name, value in arguments.items()
    }
    text = re.sub(_NEEDLESS_SPACE, "", template.format(**marked))
    return re.sub(_MISSING_SPACE, " ", text).replace(_MARK, "")


class _NoTranslation(gettext.NullTranslations):
    """The fallback of a catalog: an empty text for what it doesn't have."""

    def gettext(self, message: str) -> str:
        return ""

    def ngettext(self, msgid1: str, msgid2: str, n: int) -> str:
        return ""


class _Translations(gettext.GNUTranslations):
    """The translations of one file, in which each plural form is also a text of its own."""

    @cached_property
    def chunks(self) -> list[tuple[str, str]]:
        """The templates that have words and arguments, as pairs of the longest fixed text and the template.

        Lists such as ``{first}, and {last}`` are left out: they would fit any sentence.
        """
        templates = (key for key in vars(self)["_catalog"] if isinstance(key, str) and "{" in key)
        pairs = [(max(ARGUMENT.split(key)[::2], key=len), key) for key in templates]
        return [
            (chunk, key) for chunk, key in pairs if {*re.findall(r"\w+", chunk)} - FUNCTION_WORDS
        ]


def _joined(texts: Iterable[str], separator: str) -> str:
    """Join texts. Without a separator, put a space after a text that ends with an ASCII character."""
    whole = ""
    for text in texts:
        needs_space = whole[-1:].isascii() and not separator
        whole += (separator or " " * needs_space) + text if whole else text
    return whole


def _fixed_length(template: str) -> int:
    return len(ARGUMENT.sub("", template))


def _expression(template: str) -> str:
    """Return a regular expression for the texts that a template makes."""
    seen: set[str] = set()
    parts = []
    for index, part in enumerate(ARGUMENT.split(template)):
        if index % 2 == 0:
            parts.append(re.escape(part.replace("{{", "{").replace("}}", "}")))
        elif part in seen:
            parts.append(f"(?P={part})")
        else:
            seen.add(part)
            text = r"[\d,]+" if part in NUMBERS else ".+"
            parts.append(f"(?P<{part}>{text})")
    return "".join(parts)

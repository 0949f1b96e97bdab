"""Texts that signalcli writes: English, and shown in the user's language.

A text is made with :func:`phrase` or :func:`counted`, and is an English ``str``. JSON, files and comparisons
take it as it is. What is shown to the user goes through :func:`localized`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from signalcli.language.catalog import Catalog

LANGUAGES = ("en", "zh")
LANGUAGE_VARIABLE = "SIGNALCLI_LANG"

_catalog: Catalog | None = None
"""The translations of the language in use; ``None`` for English."""
_is_chosen = False
"""Whether the user chose the language, and not the locale."""


class Phrase(str):
    """An English text that keeps what it was made from, so that it can be shown in another language."""

    __slots__ = ("arguments", "plural", "template")

    template: str
    """The English text with the names of its arguments in braces."""
    arguments: dict[str, Any]
    """The value of each argument. A phrase among them is translated, too."""
    plural: str
    """The template for any number but 1; empty if the text has no number."""

    def __str__(self) -> str:
        return self  # so that an exception's text stays a phrase


class JoinedPhrases(Phrase):
    """Several texts in one. The template is the pattern that joined them, such as :data:`LIST`."""

    __slots__ = ("parts",)

    parts: tuple[str, ...]


def _new_phrase(template: str, plural: str, chosen: str, arguments: dict[str, Any]) -> Phrase:
    made = Phrase(chosen.format(**arguments) if arguments else chosen)
    made.template, made.plural, made.arguments = template, plural, arguments
    return made


def phrase(template: str, /, **arguments: Any) -> Phrase:
    """Return a text that can be translated.

    :param template: the English text. With ``arguments`` it is a format string that names them.
    """
    return _new_phrase(template, "", template, arguments)


def counted(singular: str, plural: str, n: int, /, **arguments: Any) -> Phrase:
    """Return a text with a number, which is ``n`` in the templates.

    :param singular: the template for 1.
    :param plural: the template for any other number.
    """
    return _new_phrase(singular, plural, singular if n == 1 else plural, {"n": n, **arguments})


LIST = phrase("{first}, {second}")
CLAUSES = phrase("{one}, {other}")
"""Like ``LIST``, for texts that are longer than names: Chinese separates them otherwise."""
SENTENCES = phrase("{first} {second}")


def joined(texts: Iterable[str], pattern: Phrase = LIST) -> JoinedPhrases:
    """Join texts. A phrase among them is translated; any other is shown as it is.

    :param pattern: how two texts are joined. It begins with an argument for the first and ends with one for
        the second.
    """
    parts = tuple(texts)
    made = JoinedPhrases(separator_of(pattern).join(parts))
    made.template, made.plural, made.arguments, made.parts = pattern, "", {}, parts
    return made


def sentences(*texts: str) -> JoinedPhrases:
    """Join sentences, and leave out empty ones.

    All are translated, also those that were read from JSON.
    """
    return joined(filter(None, texts), SENTENCES)


def with_arguments(text: Phrase, change: Callable[[str], str]) -> Phrase:
    """Return a phrase with a function's results in place of the texts in it that are no phrases."""

    def changed(value: Any) -> Any:
        if isinstance(value, Phrase):
            return with_arguments(value, change)
        return change(value) if isinstance(value, str) else value

    if isinstance(text, JoinedPhrases):
        return joined(map(changed, text.parts), phrase(text.template))
    if not text.arguments:
        return text
    arguments = {name: changed(value) for name, value in text.arguments.items()}
    chosen = text.plural if text.plural and arguments["n"] != 1 else text.template
    return _new_phrase(text.template, text.plural, chosen, arguments)


def some_of(texts: Sequence[str], most: int) -> Phrase:
    """Return the first ``most`` texts of a list, and the number of the others."""
    names, more = joined(texts[:most]), len(texts) - most
    return phrase("{names} and {number} more", names=names, number=more) if more > 0 else names


def separator_of(pattern: str) -> str:
    """Return the text between the two arguments of a pattern."""
    return pattern.partition("}")[2].rpartition("{")[0]


def localized(text: str) -> str:
    """Return a text of signalcli in the user's language.

    A text that was read from JSON is no :class:`Phrase`. It is compared with all that can be translated.
    What has no translation is returned as it is.
    """
    return text if _catalog is None else _catalog.localized(text)


def choose_language(chosen: str | None, environment: Mapping[str, str]) -> None:
    """Choose the language of :func:`localized`.

    :param chosen: ``"en"`` or ``"zh"``; by default the value of ``SIGNALCLI_LANG``. If it is neither, the locale
        decides.
    """
    global _catalog, _is_chosen
    wanted = chosen or environment.get(LANGUAGE_VARIABLE)
    _is_chosen = wanted in LANGUAGES
    language = wanted if wanted in LANGUAGES else language_of(environment)
    if language == "en":
        _catalog = None
    elif _catalog is None:
        from signalcli.language.catalog import Catalog

        _catalog = Catalog("zh")


def current_language() -> str:
    """Return the language of :func:`localized`."""
    return "en" if _catalog is None else _catalog.language


def is_english_chosen() -> bool:
    """Return whether the user chose English. Then the demo receivers speak it, too."""
    return _is_chosen and _catalog is None


def language_to_choose(language: str) -> str | None:
    """Return the value of ``--lang`` for another process in a language.

    It is ``None`` for English by default: ``--lang en`` would make demo receivers speak it, too.
    """
    return language if language != "en" or is_english_chosen() else None


def language_of(environment: Mapping[str, str]) -> str:
    """Return the language of a locale: ``"zh"`` for any kind of Chinese, else ``"en"``.

    The first of ``LC_ALL``, ``LC_MESSAGES`` and ``LANG`` that is set decides.
    """
    values = (environment.get(variable) for variable in ("LC_ALL", "LC_MESSAGES", "LANG"))
    return "zh" if next(filter(None, values), "").startswith("zh") else "en"

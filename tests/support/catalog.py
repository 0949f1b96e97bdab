"""``python -m tests.support.catalog``: extract what is translated, and compile the translations.

Each folder of the package has a catalog, ``signalcli/language/zh/<folder>.po``; the help of the commands and
the messages of Click are in ``help.po``. Edit the ``msgstr`` lines, then run this.
"""

from __future__ import annotations

import ast
import inspect
import io
import sys
from collections.abc import Iterator
from pathlib import Path

from babel.messages.catalog import Catalog, Message
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

from signalcli.cli.command import common_options
from signalcli.cli.flask_signals.plugin import signals
from signalcli.cli.root import COMMANDS, root
from signalcli.errors import KINDS, unknown
from signalcli.flask_demo.app import ROUTES
from signalcli.language.catalog import ARGUMENT, FIRST
from signalcli.receivers.demos import DEMOS
from signalcli.signals.receivers import first_line
from tests.support.reference import every_command

PACKAGE = Path(__file__).parents[2] / "signalcli"
LANGUAGE = "zh"
CATALOGS = PACKAGE / "language" / LANGUAGE
ERRORS = (
    *("ApplicationError", "UsageError", "DeclinedQuestion", "ImportFailed", "MissingPackage"),
    *("HistoryError", "LockTimeout", "RelayError", "SessionError", "TrustError"),
    *("InvalidReceiver", "RefusedMessage"),
)
"""The classes of errors that take a sentence or its template."""
CLICK_MESSAGES = (
    "Usage:",
    "Show this message and exit.",
    "Commands",
    "Missing argument {argument}.",
    "Missing option {option}.",
    "Missing parameter: {parameter}",
    "Missing parameter: {parameter}.",
    "Choose from: {choices}",
    "Choose from: {choices}.",
    "No such option: {option}",
    "No such option: {option}.",
    "No such option: {option} (Possible options: {options}).",
    "No such option {option}.",
    "Did you mean {option}?",
    "Did you mean one of: {options}?",
    "Possible options: {options}",
    "Got unexpected extra argument ({arguments})",
    "Got unexpected extra arguments ({arguments})",
    "Got unexpected extra argument ({arguments}).",
    "Got unexpected extra arguments ({arguments}).",
    "Got unexpected extra argument {arguments}.",
    "Got unexpected extra arguments {arguments}.",
    "Invalid value: {reason}",
    "Invalid value for {option}: {reason}",
    "Option {option} requires an argument.",
    "Option {option} requires {n} arguments.",
    "Option {option} does not take a value.",
    "{value} is not one of {choices}.",
    "{value} is not a valid {kind}.",
    "{value} is not a valid integer.",
    "{value} is not a valid integer range.",
    "{value} is not in the range {range}.",
    "Argument {argument} takes {n} values.",
    "File {name} does not exist.",
    "File {name} is a directory.",
)
"""Errors of Click, all of its versions, as they are shown."""
JSON_REASONS = (
    "expecting value",
    "expecting property name enclosed in double quotes",
    "expecting ':' delimiter",
    "expecting ',' delimiter",
    "unterminated string starting",
    "invalid control character",
    "invalid \\escape",
    "invalid \\uXXXX escape",
    "illegal trailing comma before end of object",
    "illegal trailing comma before end of array",
    "extra data",
)
"""What Python says about text that isn't JSON, all of its versions, as ``text.from_json`` writes it."""
SYSTEM_ERRORS = (
    *("Permission denied", "Operation not permitted", "Read-only file system"),
    *("No such file or directory", "Is a directory", "Not a directory", "Directory not empty"),
    *("File exists", "File name too long", "File too large", "Too many levels of symbolic links"),
    *("No space left on device", "Disk quota exceeded", "Input/output error", "Invalid argument"),
    *("Bad file descriptor", "Broken pipe", "Too many open files", "Exec format error"),
    *("No such device", "No such device or address", "Device not configured"),
    *("Connection refused", "Address already in use", "Cannot assign requested address"),
)
"""Messages of Linux and macOS about files and addresses."""
HELP = "help"
"""The catalog of the help of the commands."""

Msgid = str | tuple[str, str]


class PlainCatalog(Catalog):
    """A catalog without dates and versions in its header, so that the same texts make the same files."""

    def _get_mime_headers(self) -> list[tuple[str, str]]:
        return [
            ("Language", LANGUAGE),
            ("Plural-Forms", self.plural_forms),
            ("Content-Type", "text/plain; charset=utf-8"),
            ("Content-Transfer-Encoding", "8bit"),
        ]

    mime_headers = property(_get_mime_headers, Catalog._set_mime_headers)


def _extracted(path: Path) -> Iterator[Msgid]:
    """Yield the texts of a Python file, in order. A text with a plural form is a pair."""
    calls = [node for node in ast.walk(ast.parse(path.read_bytes())) if isinstance(node, ast.Call)]
    for call in sorted(calls, key=lambda call: (call.lineno, call.col_offset)):
        name = call.func.id if isinstance(call.func, ast.Name) else ""
        match [getattr(argument, "value", None) for argument in call.args[:2]]:
            case [str(singular), str(plural)] if name == "counted":
                yield singular, plural
            case [str(text), *_] if name == "phrase" or name in ERRORS:
                yield text


def _help_texts() -> Iterator[str]:
    """Yield the help of all commands as the help is written: paragraphs, options, headings."""
    for heading, section in COMMANDS.items():
        yield from (heading, *section.values())
    for parameter in (*root.params, *common_options({})):
        yield getattr(parameter, "help", None) or ""
    for _, command in [("", root), *every_command(), ("flask signals", signals)]:
        yield from help_paragraphs(command.help or "")
        for parameter in command.params:
            yield getattr(parameter, "help", None) or ""


def help_paragraphs(text: str) -> Iterator[str]:
    """Yield the paragraphs of a command's help, each on one line. Those after ``\\b`` aren't translated."""
    for paragraph in inspect.cleandoc(text).split("\n\n"):
        if not paragraph.startswith("\b"):
            yield " ".join(paragraph.split())


def messages() -> dict[str, list[tuple[Msgid, str]]]:
    """Return the texts of each catalog, each with the file that it is first found in."""
    found: dict[str, list[tuple[Msgid, str]]] = {}
    seen: set[str] = set()

    def add(catalog: str, message: Msgid, place: str) -> None:
        key = message[0] if isinstance(message, tuple) else message
        if key and key not in seen:
            seen.add(key)
            found.setdefault(catalog, []).append((message, place))

    for path in sorted(PACKAGE.rglob("*.py"), key=_order):
        place = path.relative_to(PACKAGE.parent).as_posix()
        for message in _extracted(path):
            add(_folder(path), message, place)
    for demo in DEMOS.values():
        add("receivers", first_line(demo.function) or "", "signalcli/receivers/demos.py")
    for view in ROUTES.values():
        add("flask_demo", first_line(view) or "", "signalcli/flask_demo/app.py")
    for text in _help_texts():
        add(HELP, text, "help")
    for text in CLICK_MESSAGES:
        add(HELP, text, "click")
    for text in JSON_REASONS:
        add("text", text, "json")
    for text in SYSTEM_ERRORS:
        add("errors", text, "system")
    for kind in KINDS:
        for place in ("", "somewhere"):
            add("errors", unknown(kind, place), "signalcli/errors.py")
    return found


def _folder(path: Path) -> str:
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


def _order(path: Path) -> tuple[int, Path]:
    """Return the sort key of a file: a text of several folders is in the catalog that is read first."""
    folder = _folder(path)
    return FIRST.index(folder) if folder in FIRST else len(FIRST), path


def merged(name: str, texts: list[tuple[Msgid, str]], kept: dict[str, str]) -> Catalog:
    """Return a catalog of texts, with those translations of them that exist."""
    catalog = PlainCatalog(locale=LANGUAGE, fuzzy=False, header_comment=f"# The Chinese of {name}.")
    for text, place in texts:
        key = text if isinstance(text, str) else text[0]
        chinese = kept.get(key, "")
        flags = ["python-brace-format"] if ARGUMENT.search(key) else []
        string = chinese if isinstance(text, str) else (chinese,)
        catalog.add(text, string, locations=[(place, 1)], flags=flags)
    return catalog


def written(catalog: Catalog) -> str:
    """Return a catalog as the text of a ``.po`` file."""
    output = io.BytesIO()
    write_po(output, catalog, width=120, omit_header=False, include_lineno=False)
    return output.getvalue().decode()


def compiled(catalog: Catalog) -> bytes:
    """Return a catalog as the content of a ``.mo`` file, where each plural form is a text of its own, too."""
    for message in list(catalog):
        if not isinstance(message.id, str):
            catalog.add(message.id[1], translation(message))
    output = io.BytesIO()
    write_mo(output, catalog)
    return output.getvalue()


def translation(message: Message) -> str:
    """Return the translation of a text; Chinese has one form for every number."""
    return str(message.string if isinstance(message.id, str) else message.string[0])  # type: ignore[index]


def read(path: Path) -> Catalog:
    """Return the catalog of a ``.po`` file."""
    with path.open("rb") as file:
        return read_po(file, locale=LANGUAGE)


def files() -> Iterator[tuple[Path, bytes]]:
    """Yield the path and the new content of each file of the catalogs."""
    kept: dict[str, str] = {}
    for path in sorted(CATALOGS.glob("*.po")):
        for message in read(path):
            key = message.id if isinstance(message.id, str) else message.id[0]
            if translation(message):
                kept.setdefault(key, translation(message))
    for name, texts in messages().items():
        catalog = merged(name, texts, kept)
        yield CATALOGS / f"{name}.po", written(catalog).encode()
        yield CATALOGS / f"{name}.mo", compiled(catalog)


def main() -> None:
    """Write the catalogs, delete those without texts, and count what isn't translated."""
    new = dict(files())
    for path in {*CATALOGS.glob("*.[pm]o")} - set(new):
        path.unlink()
    for path, content in new.items():
        path.write_bytes(content)
    for path in sorted(CATALOGS.glob("*.po")):
        missing = sum(1 for message in read(path) if message.id and not translation(message))
        if missing:
            sys.stdout.write(f"{path.name}: {missing} texts without a translation\n")


if __name__ == "__main__":
    main()

"""A program that Python runs, and its arguments."""

from __future__ import annotations

import errno
import io
import os
import re
import shutil
from pkgutil import get_importer
from typing import NamedTuple

from signalcli.errors import UsageError, closest
from signalcli.language.phrases import phrase, sentences
from signalcli.text import command, path_from, typed_text

_LIKENESS = 0.75
"""the least likeness of a file's name to suggest, from 0 to 1."""
_PYTHON = r"(python|pypy)[\d.]*"
"""The names of interpreters."""
_SHORT_OPTIONS = "-[^-cmWX]*([cmWX])(.*)"
"""Options of an interpreter in one word: the last takes the rest of it as its value, or the next word."""
_LONG_OPTION_WITH_VALUE = "--check-hash-based-pycs"
_CODE = phrase("Code of -c isn't traced. Write it to a file, and name that.")


class Program(NamedTuple):
    """A program and its arguments."""

    name: str
    """The file, directory, archive, or module of ``-m``, as typed."""
    arguments: tuple[str, ...]
    is_module: bool = False

    @property
    def main(self) -> str | None:
        """The name of its ``__main__`` module when it is imported, if known."""
        if self.is_module:
            return self.name
        stem, ending = os.path.splitext(os.path.basename(self.name))
        return stem if ending == ".py" else None

    def located(self, python: str) -> tuple[str, ...]:
        """Return the command line for an interpreter, with the path of an installed script.

        :raises UsageError: if the program is missing, can't be read, or is not a Python program.
        """
        if self.is_module:
            return self.words
        if re.fullmatch(_PYTHON, os.path.basename(self.name)) and shutil.which(self.name):
            raise UsageError(self._without_python())
        return (_located(self.name, os.path.dirname(python)), *self.arguments)

    def _without_python(self) -> str:
        """Return the message for the name of an interpreter before that of a program."""
        left = list(self.arguments)
        options = []
        while left and left[0].startswith("-") and left[0] != "-":
            options.append(left.pop(0))
            short = re.fullmatch(_SHORT_OPTIONS, options[-1])
            letter, value = short.groups() if short else ("", "")
            if letter == "c":
                return _CODE
            if letter == "m":
                left[:0] = ["-m", value] if value else ["-m"]
                if options[-1].startswith("-m"):
                    del options[-1]
                break
            if (letter and not value) or options[-1] == _LONG_OPTION_WITH_VALUE:
                options += left[:1]
                del left[:1]
        return phrase(
            "Python runs the program: leave out '{name}', as in: {command}",
            name=" ".join((self.name, *options)),
            command=command("trace", "run", *(left or ("tidy.py",))),
        )

    @property
    def words(self) -> tuple[str, ...]:
        """The command line as typed."""
        return (*(("-m",) if self.is_module else ()), self.name, *self.arguments)


def _located(name: str, scripts: str) -> str:
    """Return the path of a program: an existing path, or an installed script.

    :param scripts: the directory of the interpreter, which has its scripts too.
    """
    path = path_from(name)
    if name == "-c":
        raise UsageError(_CODE)
    if os.path.exists(path):
        if not os.access(path, os.R_OK):
            reason = phrase(os.strerror(errno.EACCES))
            raise UsageError(
                "The program '{name}' can't be read: {reason}.", name=name, reason=reason
            )
        return path
    beside = os.path.join(scripts, path)
    installed = beside if os.path.isfile(beside) else shutil.which(path)
    if os.path.dirname(path) or installed is None:
        close = _closest_file(name)
        missing = phrase("No program '{name}'.", name=name)
        hint = "" if close is None else phrase("Did you mean '{name}'?", name=close)
        raise UsageError(sentences(missing, hint, _remedy(name)))
    if not _is_python(installed):
        message = phrase(
            "'{name}' is {path}, which is not a Python program.",
            name=name,
            path=typed_text(installed),
        )
        raise UsageError(sentences(message, _remedy(name)))
    return installed


def _remedy(name: str) -> str:
    module = f"signalcli trace run -m {name}"
    return phrase("Name a file, or a module: {command}", command=module)


def _closest_file(name: str) -> str | None:
    """Return the Python file in the directory of a misspelt one whose name is most like it."""
    directory, base = os.path.split(name)
    try:
        names = os.listdir(path_from(directory) or os.curdir)
    except OSError:
        return None
    close = closest(base, [typed_text(one) for one in names if one.endswith(".py")], _LIKENESS)
    return None if close is None else os.path.join(directory, close)


def _is_python(installed: str) -> bool:
    """Return whether a program is Python, by its first line or by compiling it."""
    try:
        with io.open_code(os.path.abspath(installed)) as file:
            content = file.read()
    except OSError:
        return False
    first = content.partition(b"\n")[0]
    if first.startswith(b"#!") and b"python" in first:
        return True
    try:
        compile(content, installed, "exec", dont_inherit=True)
    except (SyntaxError, ValueError):
        return get_importer(os.path.abspath(installed)) is not None
    return True

"""Leave out findings at lines with the comment ``# signalcli: ignore[rule]``."""

from __future__ import annotations

import os
import re
import tokenize
from collections.abc import Iterable, Iterator, Mapping

from signalcli.doctor.findings import Checkup, Finding, file_and_line
from signalcli.errors import UnknownName, UsageError
from signalcli.language.phrases import counted, phrase
from signalcli.text import path_from

_COMMENT = re.compile(r"#\s*signalcli:\s*ignore(?:\[([^\]]*)\])?")
_UNREADABLE = (OSError, SyntaxError, UnicodeDecodeError, tokenize.TokenError)


def without_ignored(checkup: Checkup, rules: Iterable[str], files: Iterable[str]) -> Checkup:
    """Return an examination without the findings that a comment at their line ignores.

    The comments of every file with a finding are read.

    :param rules: the names of all rules.
    :param files: the files of the application, by absolute paths.
    :raises UnknownName: for a comment with an unknown rule.
    :raises UsageError: for a comment without a rule.
    """
    paths, known, modules = dict[str, str | None](), list(rules), list(files)
    comments: dict[str, Mapping[int, frozenset[str]]] = {}
    kept: list[Finding] = []
    for finding in checkup.findings:
        file, line = file_and_line(finding.where)
        if file is None:
            kept.append(finding)
            continue
        if file not in paths:
            paths[file] = _path_of(file, modules)
            comments[file] = dict(_comments(paths[file], file, known))
        if finding.rule not in comments[file].get(line, ()):
            kept.append(finding)
    number = len(checkup.findings) - len(kept)
    if not number:
        return checkup
    note = counted("{n} finding ignored by comments.", "{n} findings ignored by comments.", number)
    return checkup._replace(findings=tuple(kept), notes=(*checkup.notes, note))


def _path_of(file: str, modules: Iterable[str]) -> str | None:
    """Return the path of a file that a finding names, which may be relative to an import path."""
    if os.path.isfile(path_from(file)):
        return path_from(file)
    return next((path for path in modules if path.endswith(f"{os.sep}{file}")), None)


def _comments(
    path: str | None, file: str, known: list[str]
) -> Iterator[tuple[int, frozenset[str]]]:
    """Yield each line with a comment, and the rules that it ignores."""
    if path is None or not path.endswith(".py"):
        return
    try:
        with tokenize.open(path) as source:
            tokens = list(tokenize.generate_tokens(source.readline))
    except _UNREADABLE:  # changed since it was imported
        return
    for token in tokens:
        found = _COMMENT.search(token.string) if token.type == tokenize.COMMENT else None
        if found is not None:
            yield token.start[0], _rules(found[1], f"{file}:{token.start[0]}", known)


def _rules(listed: str | None, place: str, known: list[str]) -> frozenset[str]:
    names = [name.strip() for name in (listed or "").split(",") if name.strip()]
    if not names:
        raise UsageError(
            "The comment at {place} names no rule. For example: {comment}",
            place=place,
            comment=f"# signalcli: ignore[{known[0]}]",
        )
    for name in names:
        if name not in known:
            remedy = phrase("See all: {command}", command="signalcli help rules")
            comment = phrase("the comment at {place}", place=place)
            raise UnknownName("rule", name, known, place=comment, remedy=remedy)
    return frozenset(names)

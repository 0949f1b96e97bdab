"""Leave out findings that are known: those of an earlier examination, in a file of ``doctor --json``."""

from __future__ import annotations

from collections import Counter
from types import NoneType

from signalcli.doctor.findings import Checkup, Finding, file_and_line
from signalcli.errors import InvalidJSON, UsageError
from signalcli.files import reason_of
from signalcli.language.phrases import counted, phrase, sentences
from signalcli.text import field, from_json, path_from

_Key = tuple[str, str, str | None, str | None]
"""What identifies a finding: its rule, signal, receiver and file. Lines change with each edit."""


def without_known(checkup: Checkup, name: str) -> Checkup:
    """Return an examination without the findings of a baseline.

    :param name: the path of the baseline.
    :raises UsageError: if it can't be read.
    """
    known = _read(name, checkup.program)
    left, new = Counter(known), list[Finding]()
    for finding in checkup.findings:
        key = finding.rule, finding.signal, finding.receiver, file_and_line(finding.where)[0]
        if left[key] > 0:
            left[key] -= 1
        else:
            new.append(finding)
    note = sentences(
        counted(
            "{n} finding of the baseline left out.",
            "{n} findings of the baseline left out.",
            len(checkup.findings) - len(new),
        ),
        counted(
            "{n} finding of it is gone: write it anew.",
            "{n} findings of it are gone: write it anew.",
            left.total(),
        )
        if left.total()
        else "",
    )
    return checkup._replace(findings=tuple(new), notes=(*checkup.notes, note))


def _read(name: str, program: str) -> list[_Key]:
    remedy = phrase("Write one: {command}", command=f"{program} doctor --format json > {name}")
    try:
        with open(path_from(name), encoding="utf-8") as file:
            document = from_json(file.read())
        return [
            (
                field(one, "rule", str),
                field(one, "signal", str),
                field(one, "receiver", str, NoneType),
                file_and_line(field(one, "where", str, NoneType))[0],
            )
            for one in field(document, "findings", list)
        ]
    except OSError as error:
        message = phrase(
            "The baseline '{name}' can't be read: {reason}.", name=name, reason=reason_of(error)
        )
        raise UsageError(sentences(message, remedy)) from error
    except (InvalidJSON, UnicodeDecodeError, KeyError, TypeError, ValueError):
        message = phrase("The file '{name}' is no output of doctor.", name=name)
        raise UsageError(sentences(message, remedy)) from None

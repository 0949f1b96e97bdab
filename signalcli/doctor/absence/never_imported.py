"""The rule about modules that connect receivers and were never imported."""

from __future__ import annotations

from collections.abc import Container, Iterator
from typing import TYPE_CHECKING

from signalcli.doctor.evidence import Evidence
from signalcli.doctor.findings import ERROR, WARNING, Problem, rule
from signalcli.doctor.source_files import own_source_files
from signalcli.doctor.source_reader import SourceConnect, SourceFile
from signalcli.language.phrases import counted, phrase
from signalcli.signals.tracebacks import place

if TYPE_CHECKING:
    from signalcli.apps.app_details import AppDetails

_DYNAMIC = {
    "importlib",
    "importlib.import_module",
    "importlib.util",
    "pkgutil",
    "werkzeug.utils.find_modules",
    "werkzeug.utils.import_string",
}
"""What imports modules whose names aren't in the text."""


def _no_modules(evidence: Evidence) -> str | None:
    if evidence.is_session:
        return phrase("A session imports no modules.")
    if any(own_source_files(evidence.details)):
        return None
    return phrase("The application has no source files but tests and those of installed packages.")


@rule(
    "never-imported",
    what=phrase("A module of the application connects receivers, but was not imported."),
    why=phrase(
        "@signal.connect runs when Python imports its module. Nothing imports a module only because it "
        "is there: until something does, none of its receivers is connected. The module is read as text, "
        "and not run. It is an error if it connects when it is imported, and no file of the application "
        "imports or names it."
    ),
    bad="# shop/receivers.py, which nothing imports\n@order_placed.connect\n"
    "def mail(sender, **payload): ...",
    good="# shop/__init__.py\ndef create_app():\n    from shop import receivers  # connects them",
    remedy=phrase("Import it where the application is made."),
    missing=_no_modules,
)
def never_imported(evidence: Evidence) -> Iterator[Problem]:
    imported = {*evidence.details.modules}
    names, files = {name for name, _ in imported}, {file for _, file in imported}
    importable: list[SourceFile] | None = None
    elsewhere = {change.where for change in evidence.sends.changes}
    made = {name for file in own_source_files(evidence.details, "Signal(") for name in file.signals}
    for file in own_source_files(evidence.details, "connect"):
        if file.module in names or file.path in files:
            continue
        found = list(_connects_of(file, evidence, made))
        if found and elsewhere.isdisjoint(place(file.path, one.line) for _, one in found):
            if importable is None:
                importable = _importable_files(evidence.details)
            yield _problem(file, found, _importer(file.module, importable))


def _connects_of(
    file: SourceFile, evidence: Evidence, made: Container[str]
) -> Iterator[tuple[str | None, SourceConnect]]:
    """Yield the connects of a file to signals of blinker, each with the signal of the application.

    :param made: the attributes that its files make signals, imported or not.
    """
    for connect in file.connects:
        reference = connect.reference
        if reference is None or connect.function == "__main__":
            continue
        for signal in evidence.signals:
            aliases = () if signal.in_program is None else signal.in_program.aliases
            if reference.is_one_of((signal.signal, *aliases)):
                yield signal.signal, connect
                break
        else:
            if reference.path == "blinker" or (reference.name is None and reference.path in made):
                yield None, connect


def _problem(
    file: SourceFile, found: list[tuple[str | None, SourceConnect]], importer: str | None
) -> Problem:
    found = sorted(found, key=lambda one: (one[1].function is not None, one[0] is None))
    signal, connect = found[0]
    name, receiver = signal or str(connect.reference), connect.receiver or phrase("a receiver")
    more = sum((one or str(other.reference)) == name for one, other in found) - 1
    others = len(found) - 1 - more
    several = counted(
        "{receiver} and {n} more receiver",
        "{receiver} and {n} more receivers",
        more,
        receiver=receiver,
    )
    connects = phrase(
        _CONNECTS if connect.function is None else _CONNECTS_IN,
        module=file.module,
        receivers=several if more else receiver,
        signal=name,
        function=connect.function,
    )
    if others:
        connects = counted(
            "{connects}, and {n} receiver to other signals",
            "{connects}, and {n} receivers to other signals",
            others,
            connects=connects,
        )
    if importer is not None:
        template = _MAY_BE_IMPORTED
    else:
        template = _IS_PROGRAM if file.is_program else _NOT_IMPORTED
    is_error = signal is not None and connect.function is None
    return Problem(
        signal=name,
        message=phrase(template, connects=connects, importer=importer),
        receiver=f"{file.module}.{receiver}" if connect.receiver else file.module,
        where=place(file.path, connect.line),
        remedy=_remedy(file, connect),
        level=ERROR if is_error and importer is None and not file.is_program else WARNING,
    )


_CONNECTS = phrase("{module} connects {receivers} to {signal}")
_CONNECTS_IN = phrase("{module} connects {receivers} to {signal} in {function}()")
_MAY_BE_IMPORTED = phrase(
    "{connects}; {importer} may import it, but it was not imported until now."
)
_IS_PROGRAM = phrase("{connects}; it is a program of its own, and was not imported here.")
_NOT_IMPORTED = phrase(
    "{connects}; it was not imported, and no file of the application imports it."
)


def _remedy(file: SourceFile, connect: SourceConnect) -> str:
    if file.is_program or connect.function == "main":
        return phrase(
            "Connect in a module that is no program, and import that where the application is made."
        )
    template = _IMPORT if connect.function is None else _IMPORT_AND_CALL
    return phrase(template, module=file.module, function=connect.function)


_IMPORT = phrase("Import it where the application is made: import {module}.")
_IMPORT_AND_CALL = phrase(
    "Import it where the application is made: import {module}, and call {function}()."
)


def _importable_files(details: AppDetails) -> list[SourceFile]:
    """Return the files of an application that are imported, are programs, or that those name."""
    files = list(own_source_files(details))
    imported = {name for name, _ in details.modules}
    reached = [file for file in files if file.module in imported or file.is_program]
    others = [file for file in files if file not in reached]
    for file in reached:  # it grows
        named = [other for other in others if _is_named(other.module, file)]
        others = [other for other in others if other not in named]
        reached += named
    return reached


def _importer(module: str, files: list[SourceFile]) -> str | None:
    """Return the module that imports this one, names it, or imports what the text doesn't tell."""
    others = [file for file in files if file.module != module]
    named = (file.module for file in others if _is_named(module, file))
    dynamic = (file.module for file in others if not _DYNAMIC.isdisjoint(file.imports))
    return next(named, None) or next(dynamic, None)


def _is_named(module: str, file: SourceFile) -> bool:
    """Return whether a file names a module, or the package of all modules around it."""
    return any(
        f"{text}.".startswith(f"{module}.")
        or (text.startswith(".") and module.endswith(text))
        or (text.endswith(".") and module.startswith(text))
        for text in file.imports | file.texts
    )

"""The file of trusted imports. A session can come from someone else; this file can't.

::

    {"version": 1, "trusted": {"shop.handlers:on_king": ["/home/me/shop"]}}

Trust is bound to the real path of the file or top-level package, so that another module of the same
name isn't trusted. An import may be trusted at several paths.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from signalcli.errors import InvalidJSON, TrustError, UsageError, shortened
from signalcli.files import LOCK_SECONDS, LockedByAnother, lock_path, locked, reason_of, replace
from signalcli.language.phrases import phrase, sentences
from signalcli.receivers.import_names import ImportName, location
from signalcli.text import command, from_json, to_json, typed_text

VERSION = 1
LARGEST = 2**20
"""bytes. A larger file is neither read nor written."""
Trusted = Mapping[str, tuple[str, ...]]
"""Imports as they are typed, each with the real paths at which it is trusted."""


class TrustFile(NamedTuple):
    """The file of the imports that one user trusts on one machine. TrustError if it can't be used."""

    path: str

    def trusts(self, name: ImportName) -> bool:
        """Return whether an import is trusted here; UsageError if it is elsewhere, but doesn't exist."""
        places = self.trusted().get(str(name), ())
        return bool(places) and typed_text(location(name)) in places

    def trusted(self) -> Trusted:
        """Return all trusted imports; none if there is no file."""
        try:
            status = os.stat(self.path)
            if not stat.S_ISREG(status.st_mode):
                raise self._error(phrase("is not a regular file. Move it away"))
            if status.st_size > LARGEST:
                raise self._unusable(
                    phrase("is larger than {n} MiB, the most that is read", n=LARGEST >> 20)
                )
            with open(self.path, "rb") as file:
                return self._parsed(file.read())
        except FileNotFoundError:
            return {}
        except OSError as error:
            fault = phrase("can't be read: {reason}", reason=reason_of(error))
            raise self._unusable(fault) from error

    def add(self, name: ImportName, wait: float = LOCK_SECONDS) -> bool:
        """Trust an import at its present path, and return whether it wasn't trusted before.

        :param wait: how long to wait for another change to end, in seconds.
        :raises UsageError: if it doesn't exist.
        """
        return self.add_at({str(name): typed_text(location(name))}, wait)

    def add_at(self, trusted: Mapping[str, str], wait: float = LOCK_SECONDS) -> bool:
        """Trust imports, each at a real path, and return whether one wasn't trusted before."""

        def added(before: Trusted) -> Trusted:
            new = {
                name: (*before.get(name, ()), place)
                for name, place in trusted.items()
                if place not in before.get(name, ())
            }
            return {**before, **new}

        return self._change(added, wait)

    def remove(self, text: str, place: str | None = None) -> bool:
        """Stop trusting an import, at one path or every path, and return whether it was trusted before."""

        def removed(before: Trusted) -> Trusted:
            left = () if place is None else tuple(p for p in before.get(text, ()) if p != place)
            others = {name: places for name, places in before.items() if name != text}
            return {**others, text: left} if left else others

        return self._change(removed, LOCK_SECONDS)

    def _change(self, operation: Callable[[Trusted], Trusted], wait: float) -> bool:
        self.trusted()  # raises before a lock file is made beside an unusable file
        try:
            target = os.path.realpath(self.path)
            with locked(target, wait):
                before = self.trusted()
                after = operation(before)
                if after != before:
                    replace(target, self._formatted(after), mode=0o600)
        except LockedByAnother:
            lock = typed_text(lock_path(target))
            raise self._error(
                phrase(
                    "is being changed by another process, which has locked it with {lock}. Try again "
                    "when that one has ended",
                    lock=lock,
                )
            ) from None
        except OSError as error:
            fault = phrase("can't be written: {reason}", reason=reason_of(error))
            raise self._error(fault) from error
        return after != before

    def _formatted(self, trusted: Trusted) -> bytes:
        text = to_json({"version": VERSION, "trusted": trusted}, indent=2)
        content = f"{text}\n".encode()
        if len(content) > LARGEST:
            raise self._error(
                phrase(
                    "would become larger than {n} MiB, the most that is read. Remove what you no "
                    "longer need",
                    n=LARGEST >> 20,
                )
            )
        return content

    def _parsed(self, content: bytes) -> Trusted:
        try:
            document = from_json(content.decode("utf-8-sig"))
        except UnicodeDecodeError as error:
            fault = phrase("is not UTF-8 text: byte {n}", n=error.start + 1)
            raise self._unusable(fault) from None
        except InvalidJSON as error:
            fault = phrase("is not JSON: {reason}{place}", reason=error.reason, place=error.place)
            raise self._unusable(fault) from None
        version = document.get("version") if isinstance(document, dict) else None
        if type(version) is int and version > VERSION:
            raise self._error(
                phrase(
                    "has version {version}, and this signalcli reads up to version {newest}. Upgrade "
                    "signalcli: see {command}",
                    version=shortened(str(version)),
                    newest=VERSION,
                    command="signalcli help install",
                )
            )
        wrong = _fault(document)
        if wrong is not None:
            raise self._unusable(phrase("isn't a list of trusted imports: {fault}", fault=wrong))
        return {name: tuple(places) for name, places in document["trusted"].items()}

    def _unusable(self, what: str) -> TrustError:
        import shlex

        delete = f"rm {shlex.quote(typed_text(self.path))}"
        remedy = phrase(
            "Fix it by hand, or delete it, so that no import is trusted: {command}", command=delete
        )
        return self._error(what, remedy)

    def _error(self, what: str, remedy: str = "") -> TrustError:
        path = typed_text(self.path)
        sentence = phrase("The file of trusted imports, {path}, {what}.", path=path, what=what)
        return TrustError(sentences(sentence, remedy))


def remedy(text: str) -> str:
    """Return the command that trusts an import."""
    import shlex

    end_of_options = "-- " if text.startswith("-") else ""
    return f"signalcli receivers trust {end_of_options}{shlex.quote(text)}"


class ImportPlaces(NamedTuple):
    """Where imports would run from."""

    found: dict[str, str]
    """The imports as they are typed, each with its real path."""
    missing: tuple[str, ...]
    """The imports that don't exist on this machine."""


def places_of_imports(names: Iterable[str]) -> ImportPlaces:
    """Find where imports would run from. This imports nothing."""
    found: dict[str, str] = {}
    missing = []
    for name in names:
        try:
            found[name] = typed_text(location(ImportName.parse(name)))
        except UsageError:
            missing.append(name)
    return ImportPlaces(found, tuple(missing))


def untrusted_notes(names: Sequence[str], session: str) -> tuple[str, ...]:
    """Return a note on the imports of a session that aren't trusted; for several, one line.

    :param session: the name or the path of the session.
    """
    if not names:
        return ()
    if len(names) == 1:
        note = phrase(
            "{receiver} isn't trusted here, and doesn't run. To trust it: {command}",
            receiver=names[0],
            command=remedy(names[0]),
        )
        return (note,)
    option = [f"--all-of={session}"] if session.startswith("-") else ["--all-of", session]
    trust = command("receivers", "trust", *option)
    return (
        phrase(
            "{n} receivers are imports that you have not trusted, and don't run: {command}",
            n=len(names),
            command=trust,
        ),
    )


def _fault(document: Any) -> str | None:
    if not isinstance(document, dict):
        return phrase("it must be an object")
    unknown = set(document) - {"version", "trusted"}
    if unknown:
        return phrase("it has the unknown key '{key}'", key=shortened(min(unknown)))
    version = document.get("version")
    if type(version) is not int or version != VERSION:
        return phrase("version must be the number {n}", n=VERSION)
    trusted = document.get("trusted")
    if not isinstance(trusted, dict):
        return phrase("trusted must be an object")
    for name, places in trusted.items():
        if not isinstance(places, list) or not all(isinstance(place, str) for place in places):
            return phrase("trusted.{name} must be an array of paths", name=shortened(name))
    return None

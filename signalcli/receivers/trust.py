"""Which imports may run here. A session can come from somebody else; this file never does.

::

    {
      "version": 1,
      "trusted": {
        "shop.handlers:on_king": [
          "/home/me/shop"
        ]
      }
    }

An import is trusted together with the real path of its file or top-level package, so that another
one of that name isn't. One import may be trusted in several places.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Callable
from typing import Any, NamedTuple

from signalcli.errors import InvalidJSON, TrustError
from signalcli.files import LOCK_SECONDS, LockedByAnother, lock_path, locked, reason_of, replace
from signalcli.receivers.import_names import ImportName, location
from signalcli.text import from_json, to_json, typed_text

VERSION = 1
LARGEST = 2**20
"""bytes: a larger file is neither read nor written."""
Trusted = dict[str, tuple[str, ...]]
"""Imports as they are typed, each with the real paths at which it is trusted."""


class TrustFile(NamedTuple):
    """Where it is kept what one person trusts on one machine."""

    path: str

    def trusts(self, name: ImportName) -> bool:
        """Whether an import may run: it is trusted, and is still where it was. None of it runs.

        :raises UsageError: if it is trusted somewhere, and isn't anywhere now.
        :raises TrustError: if that can't be told.
        """
        places = self.trusted().get(str(name), ())
        return bool(places) and typed_text(location(name)) in places

    def trusted(self) -> Trusted:
        """All that is trusted, nothing if there is no file.

        :raises TrustError: if it can't be read or understood.
        """
        try:
            status = os.stat(self.path)
            if not stat.S_ISREG(status.st_mode):
                raise self._error("is not a regular file. Move it away")
            if status.st_size > LARGEST:
                raise self._unusable(f"is larger than {LARGEST >> 20} MiB, the most that is read")
            with open(self.path, "rb") as file:
                return self._parsed(file.read())
        except FileNotFoundError:
            return {}
        except OSError as error:
            raise self._unusable(f"can't be read: {reason_of(error)}") from error

    def add(self, name: ImportName, wait: float = LOCK_SECONDS) -> bool:
        """Trust an import where it is now; whether it wasn't trusted before.

        :param wait: how long to wait for another change to end, in seconds.
        :raises UsageError: if it isn't anywhere.
        :raises TrustError: if the file can't be read, understood or written.
        """
        text, place = str(name), typed_text(location(name))

        def added(before: Trusted) -> Trusted:
            places = before.get(text, ())
            return before if place in places else {**before, text: (*places, place)}

        return self._change(added, wait)

    def remove(self, text: str, place: str | None = None, wait: float = LOCK_SECONDS) -> bool:
        """Trust an import no longer, wherever it is; whether it was trusted before.

        :param place: where it is no longer to be trusted, if not everywhere.
        :param wait: how long to wait for another change to end, in seconds.
        :raises TrustError: if the file can't be read, understood or written.
        """

        def removed(before: Trusted) -> Trusted:
            left = () if place is None else tuple(p for p in before.get(text, ()) if p != place)
            others = {name: places for name, places in before.items() if name != text}
            return {**others, text: left} if left else others

        return self._change(removed, wait)

    def _change(self, operation: Callable[[Trusted], Trusted], wait: float) -> bool:
        self.trusted()  # no lock beside what can't be changed
        try:
            target = os.path.realpath(self.path)
            with locked(target, wait):
                before = self.trusted()
                after = operation(before)
                if after != before:
                    replace(target, self._formatted(after), mode=0o600)
        except LockedByAnother:
            raise self._error(
                f"is being changed by another process, which has locked it with "
                f"{typed_text(lock_path(target))}. Try again when that one has ended"
            ) from None
        except OSError as error:
            raise self._error(f"can't be written: {reason_of(error)}") from error
        return after != before

    def _formatted(self, trusted: Trusted) -> bytes:
        text = to_json({"version": VERSION, "trusted": trusted}, indent=2)
        content = f"{text}\n".encode()
        if len(content) > LARGEST:
            raise self._error(
                f"would become larger than {LARGEST >> 20} MiB, the most that is read. "
                f"Remove what you no longer need"
            )
        return content

    def _parsed(self, content: bytes) -> Trusted:
        try:
            document = from_json(content.decode("utf-8-sig"))
        except UnicodeDecodeError as error:
            raise self._unusable(f"is not UTF-8 text: byte {error.start + 1}") from None
        except InvalidJSON as error:
            raise self._unusable(f"is not JSON: {error.reason}{error.place}") from None
        version = document.get("version") if isinstance(document, dict) else None
        if type(version) is int and version > VERSION:
            raise self._error(
                f"has version {version}, and this signalcli reads up to version {VERSION}. "
                f"Install a newer one: pip install --upgrade signalcli"
            )
        fault = _fault(document)
        if fault is not None:
            raise self._unusable(f"doesn't say what is trusted: {fault}")
        return {name: tuple(places) for name, places in document["trusted"].items()}

    def _unusable(self, what: str) -> TrustError:
        import shlex

        delete = f"rm {shlex.quote(typed_text(self.path))}"
        return self._error(f"{what}. Mend it by hand, or trust nothing any more: {delete}", end="")

    def _error(self, what: str, end: str = ".") -> TrustError:
        return TrustError(f"The file of what is trusted, {typed_text(self.path)}, {what}{end}")


def remedy(text: str) -> str:
    """The command that makes an import trusted."""
    import shlex

    end_of_options = "-- " if text.startswith("-") else ""
    return f"signalcli receivers trust {end_of_options}{shlex.quote(text)}"


def _fault(document: Any) -> str | None:
    """The first thing that is wrong with the shape of a document of this version."""
    if not isinstance(document, dict):
        return "it must be an object"
    unknown = set(document) - {"version", "trusted"}
    if unknown:
        return f"it has the unknown key '{min(unknown)}'"
    version = document.get("version")
    if type(version) is not int or version != VERSION:
        return f"version must be the number {VERSION}"
    trusted = document.get("trusted")
    if not isinstance(trusted, dict):
        return "trusted must be an object"
    for name, places in trusted.items():
        if not isinstance(places, list) or not all(isinstance(place, str) for place in places):
            return f"trusted.{name} must be an array of paths"
    return None

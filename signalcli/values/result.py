"""What a command writes for its value, and the exit status in which it ends."""

from collections.abc import Callable, Sequence
from functools import cache
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, TypeVar, get_args

from signalcli.errors import ExitStatus
from signalcli.language.phrases import phrase
from signalcli.text import field, typed_field

T = TypeVar("T")

NO_RECEIVERS = phrase("it has no receivers")

if TYPE_CHECKING:
    from typing import Protocol

    class Value(Protocol):
        """A frozen value that a command returns or streams."""

        def to_json(self) -> dict[str, Any]:
            """Return the JSON document that scripts read. Its keys never change."""

        def result(self) -> "Result":
            """Return how to write the value."""


class Result:
    """How one value is written, as text and as JSON.

    :param value: what is drawn, or written as JSON.
    :param notes: sentences for standard error, written after the data.
    :param opening: sentences for standard error, written before the data.
    :param status: the exit status.
    :param lines: text to write instead of a drawing, one line per item; ``()`` writes nothing.
    :param wraps: whether notes and lines that are wider than a terminal are broken there.
    :param items: what ``--json`` writes instead of the value, one line each.
    :param saved: what ``--save`` keeps in a trace, if that isn't only the value.
    :param document: returns the value's JSON, with an iterator for an array that is too long to be held.
    :param called_receiver: whether a receiver was called, for ``--fail-unheard``.
    """

    def __init__(
        self,
        value: "Value",
        *,
        notes: tuple[str, ...] = (),
        opening: tuple[str, ...] = (),
        status: int = ExitStatus.DONE,
        lines: tuple[str, ...] | None = None,
        wraps: bool = False,
        items: "Sequence[Value] | None" = None,
        saved: "Sequence[Value]" = (),
        document: "Callable[[], dict[str, Any]] | None" = None,
        called_receiver: bool = True,
    ) -> None:
        self.value = value
        self.notes = notes
        self.opening = opening
        self.status = status
        self.lines = lines
        self.wraps = wraps
        self.items = items
        self.saved = saved or (value,)
        self.document = document
        self.called_receiver = called_receiver


class PrintedText:
    """A text that a command prints as it is.

    :param document: its JSON.
    """

    def __init__(self, text: str, document: dict[str, Any], notes: tuple[str, ...] = ()) -> None:
        self._document = document
        self._result = Result(self, lines=tuple(text.removesuffix("\n").split("\n")), notes=notes)

    def result(self) -> Result:
        return self._result

    def to_json(self) -> dict[str, Any]:
        return self._document


class StreamEnd:
    """The end of a command that has streamed its values. The parameters are those of :class:`Result`."""

    def __init__(
        self,
        status: int = ExitStatus.DONE,
        notes: tuple[str, ...] = (),
        called_receiver: bool = True,
    ) -> None:
        self._result = Result(
            self, status=status, notes=notes, lines=(), items=(), called_receiver=called_receiver
        )

    def result(self) -> Result:
        return self._result

    def to_json(self) -> dict[str, Any]:
        """Return an empty document, which isn't written."""
        return {}


_KEYS = {"is_async": "async", "http_status": "status", "exit_status": "status"}
"""The keys of fields that have another name in JSON."""


def fields_to_json(value: Any, *names: str) -> dict[str, Any]:
    """Return the JSON of a named tuple, or of the fields with these ``names``.

    A named tuple within it is an object: that of its ``to_json``, or one of all its fields. Any other
    tuple is an array, and a mapping is an object.
    """
    return {_KEYS.get(name, name): _json(getattr(value, name)) for name in names or value._fields}


def _json(value: Any) -> Any:
    if isinstance(value, (dict, MappingProxyType)):
        return {key: _json(item) for key, item in value.items()}
    if not isinstance(value, tuple):
        return value
    if hasattr(value, "to_json"):
        return value.to_json()
    return fields_to_json(value) if hasattr(value, "_fields") else [_json(item) for item in value]


def fields_from_json(
    kind: Callable[..., T], document: Any, optional_from: str = "", **others: Any
) -> T:
    """Return the named tuple of a class from the JSON that :func:`fields_to_json` returns.

    The module of the class must not import ``annotations`` from ``__future__``, since its types are read.

    :param optional_from: the first field that may be missing, as may all after it; then it has its default.
    :param others: the values of fields that aren't text, a number, a bool or ``None``.
    :raises KeyError, TypeError, ValueError: as :func:`signalcli.text.field` does.
    """
    return kind(
        *(
            others[name] if name in others else typed_field(document, key, kinds, default)
            for name, key, kinds, default in _json_fields(kind, optional_from)
        )
    )


@cache
def _json_fields(kind: Any, optional_from: str) -> list[tuple[str, str, tuple[type, ...], object]]:
    """Return each field of a class, with its key, the types of its value, and its default if it may be missing."""
    names = kind._fields
    optional = names[names.index(optional_from) :] if optional_from else ()
    return [
        (
            name,
            _KEYS.get(name, name),
            get_args(annotation) or (annotation,),
            kind._field_defaults.get(name) if name in optional else ...,
        )
        for name, annotation in kind.__annotations__.items()
    ]


def texts_from_json(document: Any, key: str) -> tuple[str, ...]:
    """Return an array of texts of a JSON object. See :func:`signalcli.text.field` for the errors."""
    texts = field(document, key, list)
    if not all(type(text) is str for text in texts):
        raise ValueError(key)
    return tuple(texts)


def list_result(
    value: "Value", entries: Sequence[object], nothing: str, items: "Sequence[Value] | None" = None
) -> Result:
    """Return the result of a list: its drawing, or if it is empty, only the note ``nothing``."""
    if entries:
        return Result(value, items=items)
    return Result(value, notes=(nothing,), lines=(), items=items)

"""What a command may return. A program imports it for its types only: a protocol takes long."""

from __future__ import annotations

from typing import Any, Protocol


class Value(Protocol):
    """What a command returns: a frozen value that knows its JSON.

    It may have these besides, and what it lacks is as if it were as usual:

    - ``status``: the exit status that its command ends in; usually 0.
    - ``is_drawn``: whether a person is shown a drawing of it; usually so.
    - ``lines``: what a shell reads, such as a path, in the place of a drawing.
    - ``sentences``: what there is to say about it, beside the data.
    - ``items``: where it is many, each of them: as JSON, each takes a line of its own.
    - ``heard``: whether anybody was called, for ``--fail-unheard``.
    """

    def to_json(self) -> dict[str, Any]:
        """The JSON document that scripts read."""

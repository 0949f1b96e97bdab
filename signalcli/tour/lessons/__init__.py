"""The lessons of the tour: data with prose, in the order in which they are taught.

To add a lesson:

1. Write a ``lesson(...)`` into the module of its subject, or into a new one that :data:`LESSONS`
   lists. Its id is what people type after ``signalcli tour``.
2. Give it two to four ``step(...)``. A step says one thing, in a sentence or two of English and the
   same in Chinese, each written for its reader rather than translated. Then it does it twice: as
   command lines, and as the Python that makes the same blinker calls.
3. In Python, write the receivers out, with the very sentences of :mod:`signalcli.receivers.demos`, and print
   what comes of each command, as the other lessons do:

   - a send: ``name → result`` for each receiver that returned, ``[]`` if nobody was called, or
     ``TypeError: message`` if one raised;
   - ``inspect``: for each row of its second table ``has_receivers_for(大象) → True`` and
     ``receivers_for(大象) → ['animal']``;
   - ``list``: ``king.receivers → True`` for each signal; ``drop``: ``animal → gone`` or ``alive``;
   - ``flask request``: ``GET /hello → 200``, and the body if it is one line.

   The steps are one program: names go on from step to step. A variable that still holds a receiver
   keeps it alive, so use a function where a lesson lets go of one. Where blinker's own order is
   shown, say ``unordered=True``; where Flask is needed, ``needs="flask"``.
4. Run ``pytest tests/test_lessons.py -k ID``: it runs both, and compares what they print. Then look at
   it: ``signalcli tour ID`` and ``signalcli tour ID --lang zh``.
"""

from __future__ import annotations

from signalcli.errors import UnknownName
from signalcli.tour.lessons.flask import FLASK
from signalcli.tour.lessons.lesson import Lesson, Step
from signalcli.tour.lessons.listeners import LISTENERS
from signalcli.tour.lessons.other_ways_to_send import OTHER_WAYS_TO_SEND
from signalcli.tour.lessons.signals import SIGNALS
from signalcli.tour.lessons.truths_of_connecting import TRUTHS_OF_CONNECTING
from signalcli.tour.lessons.truths_of_sending import TRUTHS_OF_SENDING

__all__ = ["LESSONS", "Lesson", "Step", "find"]

LESSONS: dict[str, Lesson] = {
    lesson.id: lesson
    for lesson in (
        *SIGNALS,
        *LISTENERS,
        *FLASK,
        *TRUTHS_OF_SENDING,
        *OTHER_WAYS_TO_SEND,
        *TRUTHS_OF_CONNECTING,
    )
}
"""Every lesson by its id, in order."""


def find(id: str) -> Lesson:
    """The lesson of an id.

    :raises UnknownName: if there is none.
    """
    if id not in LESSONS:
        raise UnknownName("lesson", id, LESSONS, remedy="See them all: signalcli tour")
    return LESSONS[id]

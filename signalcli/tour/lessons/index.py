"""The lessons of the tour, in order. ``signalcli/README.md`` describes how to add one."""

from __future__ import annotations

from signalcli.errors import UnknownName
from signalcli.tour.lessons.flask import FLASK
from signalcli.tour.lessons.lesson import Lesson, LessonStep
from signalcli.tour.lessons.listeners import LISTENERS
from signalcli.tour.lessons.other_ways_to_send import OTHER_WAYS_TO_SEND
from signalcli.tour.lessons.signals import SIGNALS
from signalcli.tour.lessons.truths_of_connecting import TRUTHS_OF_CONNECTING
from signalcli.tour.lessons.truths_of_sending import TRUTHS_OF_SENDING

__all__ = ["LESSONS", "Lesson", "LessonStep", "find_lesson"]

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


def find_lesson(id: str) -> Lesson:
    """Return the lesson of an id, or raise UnknownName."""
    if id not in LESSONS:
        raise UnknownName("lesson", id, LESSONS, remedy="See them all: signalcli tour")
    return LESSONS[id]

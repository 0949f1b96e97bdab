"""The lessons of the tour, in order. ``signalcli/README.md`` describes how to add one."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from signalcli.errors import UnknownName
from signalcli.language.phrases import phrase
from signalcli.tour.lessons.flask import FLASK
from signalcli.tour.lessons.lesson import Lesson, LessonStep
from signalcli.tour.lessons.listeners import LISTENERS
from signalcli.tour.lessons.more_on_signals import MORE_ON_SIGNALS
from signalcli.tour.lessons.other_ways_to_send import OTHER_WAYS_TO_SEND
from signalcli.tour.lessons.signals import SIGNALS
from signalcli.tour.lessons.truths_in_python import TRUTHS_IN_PYTHON
from signalcli.tour.lessons.truths_of_connecting import TRUTHS_OF_CONNECTING
from signalcli.tour.lessons.truths_of_sending import TRUTHS_OF_SENDING

__all__ = ["GROUPS", "LESSONS", "Lesson", "LessonStep", "find_lessons", "next_lesson"]

LESSONS: dict[str, Lesson] = {
    lesson.id: lesson
    for lesson in (
        *SIGNALS,
        *LISTENERS,
        *FLASK,
        *MORE_ON_SIGNALS,
        *TRUTHS_OF_SENDING,
        *OTHER_WAYS_TO_SEND,
        *TRUTHS_OF_CONNECTING,
        *TRUTHS_IN_PYTHON,
    )
}


GROUPS: dict[str, tuple[str, ...]] = {
    **{section: tuple(id for id in LESSONS if id.startswith(f"{section}.")) for section in "23"},
    "flask": tuple(id for id in LESSONS if id.startswith("3.")),
}
"""The ids of the lessons on a subject: a section of the article, or a package."""
NEXT = "next"
"""The word for the first lesson that isn't finished."""


def find_lessons(words: Sequence[str], finished: Collection[str]) -> list[Lesson]:
    """Return the lessons of ids, of names of groups, and of ``next``, each once.

    :param finished: the ids of lessons that ``next`` leaves out.
    :raises UnknownName: for another word.
    """
    found: dict[str, Lesson] = {}
    for word in words:
        if word == NEXT:
            lesson = next_lesson(finished)
            ids: tuple[str, ...] = () if lesson is None else (lesson.id,)
        elif word in LESSONS:
            ids = (word,)
        elif word in GROUPS:
            ids = GROUPS[word]
        else:
            known = (*LESSONS, *GROUPS, NEXT)
            raise UnknownName(
                "lesson",
                word,
                known,
                remedy=phrase("See them all: {command}", command="signalcli tour"),
            )
        found |= {id: LESSONS[id] for id in ids}
    return list(found.values())


def next_lesson(finished: Collection[str], after: str | None = None) -> Lesson | None:
    """Return the first lesson that isn't finished, ``after`` a lesson if there is one.

    :return: ``None`` if all are finished.
    """
    ids = list(LESSONS)
    start = 0 if after is None else ids.index(after) + 1
    left = [id for id in (*ids[start:], *ids[:start]) if id not in finished and id != after]
    return LESSONS[left[0]] if left else None

"""What ``doctor`` says of one thing."""

from __future__ import annotations

from enum import Enum, auto
from typing import NamedTuple


class Grade(Enum):
    """How it stands: well, worth knowing, or to be put right."""

    GOOD = auto()
    NOTE = auto()
    BAD = auto()


class Diagnosis(NamedTuple):
    """One line of the doctor's."""

    grade: Grade
    subject: str
    text: str


def good(subject: str, text: str) -> Diagnosis:
    """Return that something is as it should be."""
    return Diagnosis(Grade.GOOD, subject, text)


def note(subject: str, text: str) -> Diagnosis:
    """Return something worth knowing that stops nothing."""
    return Diagnosis(Grade.NOTE, subject, text)


def bad(subject: str, text: str) -> Diagnosis:
    """Return something to put right, with what to do."""
    return Diagnosis(Grade.BAD, subject, text)

"""The lessons that come with the program, read once for all tests."""

from __future__ import annotations

from nnstudio.lessons.lesson import shipped_lessons

LESSONS = shipped_lessons()

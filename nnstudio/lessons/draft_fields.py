"""The fields of a lesson and of a step in which a teacher writes; reading their types takes a while."""

from __future__ import annotations

from nnstudio.lessons.fields import fields_of
from nnstudio.lessons.lesson import Lesson, Question, Step

DETAILS = fields_of(Lesson, "title", "summary", "chapter", "minutes", "panels")
WORDS = fields_of(Step, "title", "text", "point_at", "panels", "hints", "praise")
QUESTION = fields_of(Question)

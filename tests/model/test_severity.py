"""Faults, warnings and notes have one word each, the worst first."""

from __future__ import annotations

from nnstudio.model.problems import Problem
from nnstudio.model.severity import Severity, severity_of, tally


def test_they_are_counted_by_their_words():
    fault, warning, note = Severity.FAULT, Severity.WARNING, Severity.NOTE
    assert tally([note, warning, fault, warning]) == "1 fault, 2 warnings, 1 note"
    assert tally([]) == ""
    assert [severity_of(True), severity_of(False), severity_of(False, is_note=True)] == [fault, warning, note]
    assert Problem("", "", serious=False).severity == warning
    assert all(each.told.startswith(f"{each.capitalize()}: ") for each in Severity)

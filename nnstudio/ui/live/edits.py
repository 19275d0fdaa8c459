"""What was edited in the course of a run, as views show it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Edit:
    """An edit that the run went on after, made at this step of it."""

    step: int
    title: str

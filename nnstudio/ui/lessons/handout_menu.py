"""The entries of a menu for what a lesson is printed as."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from PySide6.QtWidgets import QMenu

PUPILS = "Handout for pupils…"
TITLES = {False: PUPILS, True: "Handout for the teacher, with solutions…"}


def add_handouts(menu: QMenu, request: Callable[[bool], object]) -> None:
    """Add an entry for each; ``request`` is told whether it is for the teacher."""

    def ask(is_for_teacher: bool, _on: bool = False) -> None:
        request(is_for_teacher)

    for is_for_teacher, title in TITLES.items():
        menu.addAction(title).triggered.connect(partial(ask, is_for_teacher))

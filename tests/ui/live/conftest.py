"""Views that are shown by themselves."""

from __future__ import annotations

import pytest
from ui.live.asked import draw


@pytest.fixture
def answered(qtbot):
    """A shown view of a kind, with what it asked of a session."""

    def answered(kind, session):
        view = kind()
        qtbot.addWidget(view)
        view.resize(560, 360)
        view.show()
        view.set_data(session.data)
        draw(view, session)
        return view

    return answered

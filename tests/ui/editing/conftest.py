"""Of tests of edits."""

from __future__ import annotations

import pytest


@pytest.fixture
def shows_views() -> bool:
    return False

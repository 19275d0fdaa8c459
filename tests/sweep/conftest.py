"""Workers for the tests of sweeps."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from sweep.projects import InProcess


@pytest.fixture
def in_process() -> Iterator[InProcess]:
    with InProcess() as workers:
        yield workers

"""The folder in which this person's own work is kept by the program itself."""

from __future__ import annotations

import os
from pathlib import Path

import platformdirs


def own_data() -> Path:
    """The folder; NNSTUDIO_DATA moves it, for tests."""
    return Path(os.environ.get("NNSTUDIO_DATA") or platformdirs.user_data_dir("nnstudio", False))

"""A drag from the palette to the canvas as the mouse makes it, in a process of its own."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path


def test_a_layer_is_dragged_from_the_palette_to_the_canvas(tmp_path):
    done = subprocess.run(
        [sys.executable, str(Path(__file__).with_name("real_drag.py")), str(tmp_path / "settings.ini")],
        env={**os.environ, "QT_QPA_PLATFORM": "minimal:enable_fonts"},
        capture_output=True, text=True, timeout=120,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr

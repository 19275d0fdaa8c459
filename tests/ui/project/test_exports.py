"""The dialog for exports: a folder's format is the chosen one, and names without suffix still get one."""

from __future__ import annotations

import json

import pytest
from PySide6.QtWidgets import QFileDialog

from nnstudio.export.format import formats
from nnstudio.training.messages import Phase


@pytest.mark.parametrize(
    ("form", "file"), [("numpy", "net/predictor.py"), ("npz", "net.npz"), ("csv", "net.csv")]
)
def test_the_chosen_format_is_written(form, file, hands, window, monkeypatch, tmp_path):
    entry = formats[form]
    answer = (str(tmp_path / "net"), f"{entry.title} (*{entry.suffix})")
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: answer)
    window.files.open_example("xor")
    hands.wait_phase(Phase.READY)
    window.exports.ask_export()
    hands.wait(lambda: "predicts the same" in window.panels.status.currentMessage())
    assert (tmp_path / file).is_file()
    report = tmp_path / f"net{entry.suffix}.parity.json"
    assert json.loads(report.read_text())["format"] == form

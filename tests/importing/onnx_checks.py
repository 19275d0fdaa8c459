"""Compares what ONNX files give with what their layers here do, by ONNX's own reference."""

from pathlib import Path

import numpy as np
from importing.computed import computed
from onnx.reference import ReferenceEvaluator

from nnstudio.importing.importer import Imported, importers


def imported_from(file: Path) -> Imported:
    imported = importers.of(file).read(file)
    assert [row.text for row in imported.unread] == []
    return imported


def check(file: Path, x: np.ndarray) -> Imported:
    imported = imported_from(file)
    (wanted,) = ReferenceEvaluator(str(file)).run(None, {"x": x})
    is_turned = "channels first" in imported.rows[0].text
    ours = computed(imported, np.moveaxis(x, 1, -1) if is_turned else x)[0]
    if any("channels last" in row.text for row in imported.rows):
        ours = np.moveaxis(ours, -1, 1)
    np.testing.assert_allclose(ours.reshape(wanted.shape), wanted, rtol=1e-4, atol=1e-5)
    return imported

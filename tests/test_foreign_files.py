"""What a dropped file is taken for."""

from __future__ import annotations

import json

import numpy as np
import pytest
from export.cases import exported
from kernels.networks import chain

from nnstudio.export.format import formats
from nnstudio.foreign_files import Holds, held

NETWORK = exported(chain(("dense", {"units": 1})), (2,))


@pytest.mark.parametrize(
    ("name", "holds"),
    [
        ("p.nns", Holds.PROJECT), ("m.ONNX", Holds.NETWORK), ("m.keras", Holds.NETWORK),
        ("model.py", Holds.NETWORK), ("w.safetensors", Holds.WEIGHTS), ("t.csv", Holds.DATA),
        ("none.json", Holds.DATA), ("none.npz", Holds.DATA), ("folder", Holds.DATA),
    ],
)  # fmt: skip
def test_suffixes(name, holds, tmp_path):
    assert held(tmp_path / name) == holds


def test_files_of_one_suffix_are_looked_into(tmp_path):
    formats["npz"].write(NETWORK, tmp_path / "own.npz")
    np.savez(tmp_path / "data.npz", x=np.zeros(3))
    (tmp_path / "bad.npz").write_bytes(b"PK")
    keras = {"class_name": "Sequential", "config": {"layers": []}}
    for name, content in (("keras", keras), ("rows", [{"config": 1, "class_name": "a"}]), ("row", {"a": 1})):
        (tmp_path / f"{name}.json").write_text(json.dumps(content, indent=1))
    taken = {path.name: held(path) for path in tmp_path.iterdir()}
    assert taken == {
        "own.npz": Holds.WEIGHTS, "data.npz": Holds.DATA, "bad.npz": Holds.DATA,
        "keras.json": Holds.NETWORK, "rows.json": Holds.DATA, "row.json": Holds.DATA,
    }  # fmt: skip

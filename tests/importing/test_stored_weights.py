"""Files of weights are read as they are: types, order, what lies behind a placeholder."""

from __future__ import annotations

import json
import struct
from pathlib import Path

import numpy as np
from importing.onnx_files import draw, saved
from onnx import helper

from nnstudio.importing.array_names import grouped, numbered, plain_name
from nnstudio.importing.stored_weights import read_weights


def packed(path: Path, arrays: dict[str, tuple[str, list[int], bytes]]) -> Path:
    """A safetensors file of any types."""
    header, content = {}, b""
    for name, (kind, shape, data) in arrays.items():
        header[name] = {
            "dtype": kind,
            "shape": shape,
            "data_offsets": [len(content), len(content) + len(data)],
        }
        content += data
    text = json.dumps(header).encode()
    file = path / "w.safetensors"
    file.write_bytes(struct.pack("<Q", len(text)) + text + content)
    return file


def test_types_become_float32_or_a_sentence(tmp_path):
    values = np.array([1.5, -2, 0.25], np.float32)
    halves = (values.view(np.uint32) >> 16).astype("<u2")
    file = packed(tmp_path, {
        "a.bf16": ("BF16", [3], halves.tobytes()), "a.f16": ("F16", [3], values.astype("<f2").tobytes()),
        "a.f64": ("F64", [1], np.array([1e300]).tobytes()), "a.f8": ("F8_E4M3", [2], b"12"),
    })  # fmt: skip
    arrays = read_weights(file).layers[0].arrays
    assert np.array_equal(arrays["bf16"].values, values) and np.array_equal(arrays["f16"].values, values)
    assert arrays["f64"].values is None and "infinite as float32" in arrays["f64"].problem
    assert arrays["f8"].values is None and "F8_E4M3 are not read" in arrays["f8"].problem


def test_numbers_in_names_are_numbers():
    names = ["a.10.w", "a.9.w", "a.b.w"]
    assert sorted(names, key=numbered) == ["a.9.w", "a.10.w", "a.b.w"]


def test_arrays_of_one_module_come_together():
    names = [
        "r.weight_ih_l0",
        "r.weight_ih_l1",
        "r.bias_hh_l1_reverse",
        "t.in_proj_weight",
        "t.out_proj.bias",
    ]
    assert grouped(names) == {
        "r": {"weight_ih_l0": "r.weight_ih_l0"},
        "r.l1": {"weight_ih_l0": "r.weight_ih_l1", "bias_hh_l0_reverse": "r.bias_hh_l1_reverse"},
        "t": {"in_proj_weight": "t.in_proj_weight", "out_proj.bias": "t.out_proj.bias"},
    }
    assert plain_name("module.model.Block/Fc-1") == "block_fc_1" and plain_name("??") == "??"


def test_arrays_behind_a_placeholder_are_told(tmp_path):
    nodes = [
        helper.make_node("Gemm", ["x", "w"], ["h"], "/first/Gemm"),
        helper.make_node("Mod", ["h", "k"], ["y"], "/odd/Mod", fmod=1),
    ]
    stored = read_weights(saved(tmp_path, nodes, (4,), (3,), {"w": draw(4, 3), "k": draw(3)}))
    assert [layer.names for layer in stored.layers] == [("/first/Gemm", "/first")]
    assert [row.name for row in stored.unread] == ["k"]

"""Attention in ONNX: groups of nodes as PyTorch and others write them are read as the layer."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import onnxruntime
from importing.computed import computed
from importing.onnx_files import draw, saved
from onnx import NodeProto, helper

from nnstudio.importing.importer import Imported, importers

STEPS, WIDTH, HEADS = 5, 6, 2
DEEP = WIDTH // HEADS
ATTENTION = "multiheadattention"
node = helper.make_node


def read(path, nodes: Sequence[NodeProto], arrays: dict[str, np.ndarray], **others) -> Imported:
    """The file, whose numbers must be those of ONNX Runtime where all of it is read."""
    file = saved(path, nodes, (STEPS, WIDTH), (STEPS, WIDTH), arrays, **others)
    imported = importers.of(file).read(file)
    if not imported.unread:
        x = draw(4, STEPS, WIDTH)
        (expected,) = onnxruntime.InferenceSession(str(file)).run(None, {"x": x})
        np.testing.assert_allclose(computed(imported, x)[0], expected, rtol=1e-4, atol=1e-5)
    return imported


def weights() -> dict[str, np.ndarray]:
    return {"w": draw(WIDTH, 3 * WIDTH), "b": draw(3 * WIDTH), "out": draw(WIDTH, WIDTH), "bo": draw(WIDTH)}


def separate(keys: Sequence[int] = (0, 2, 3, 1)) -> tuple[list[NodeProto], dict[str, np.ndarray]]:
    """Heads with samples first: q (n, heads, steps, deep), k turned round, v."""
    nodes = [
        node("MatMul", ["x", "w"], ["m"]), node("Add", ["m", "b"], ["p"]),
        node("Split", ["p", "thirds"], ["p0", "p1", "p2"], axis=-1),
    ]  # fmt: skip
    for i, perm in enumerate(([0, 2, 1, 3], keys, [0, 2, 1, 3])):
        nodes += [
            node("Reshape", [f"p{i}", "heads"], [f"h{i}"]), node("Transpose", [f"h{i}"], [f"t{i}"], perm=perm)
        ]  # fmt: skip
    nodes += [node("MatMul", ["t0", "t1"], ["qk"]), node("Mul", ["qk", "scale"], ["scores"])]
    arrays = {
        "thirds": np.full(3, WIDTH), "heads": np.array([-1, STEPS, HEADS, DEEP]),
        "scale": np.float32(DEEP**-0.5), "rows": np.array([-1, STEPS, WIDTH]),
    }  # fmt: skip
    return nodes, arrays | weights()


def ended(weights_of: str) -> list[NodeProto]:
    return [
        node("Softmax", [weights_of], ["s"], axis=-1), node("MatMul", ["s", "t2"], ["a"]),
        node("Transpose", ["a"], ["at"], perm=[0, 2, 1, 3]), node("Reshape", ["at", "rows"], ["ar"]),
        node("MatMul", ["ar", "out"], ["o"]), node("Add", ["bo", "o"], ["y"], name="end"),
    ]  # fmt: skip


def kinds(imported: Imported) -> list[str]:
    return [n.kind for n in imported.nodes]


def test_a_causal_mask_written_by_hand(tmp_path):
    nodes, arrays = separate()
    nodes.append(node("Where", ["ahead", "hidden", "scores"], ["masked"]))
    arrays |= {"ahead": ~np.tri(STEPS, dtype=bool)[None, None], "hidden": np.float32(-np.inf)}
    imported = read(tmp_path, [*nodes, *ended("masked")], arrays)
    assert kinds(imported) == ["input", "multiheadattention", "output"]
    layer = imported.nodes[1]
    assert layer.name == "end" and layer.options["causal"] and layer.options["heads"] == HEADS
    np.testing.assert_array_equal(layer.arrays["in_weight"], arrays["w"])


def test_steps_before_samples_and_shapes_that_are_computed(tmp_path):
    # As PyTorch's exporters write nn.MultiheadAttention.
    nodes = [
        node("Transpose", ["x"], ["xt"], perm=[1, 0, 2]),
        node("MatMul", ["xt", "w"], ["m"]), node("Add", ["b", "m"], ["p"]),
        node("Reshape", ["p", "parts"], ["p4"]), node("Unsqueeze", ["p4", "zero"], ["p5"]),
        node("Transpose", ["p5"], ["pt"], perm=[3, 1, 2, 0, 4]), node("Squeeze", ["pt", "three"], ["ps"]),
    ]  # fmt: skip
    for i in range(3):
        nodes += [
            node("Gather", ["ps", f"n{i}"], [f"g{i}"], axis=0), node("Reshape", [f"g{i}", "flat"], [f"f{i}"]),
            node("Transpose", [f"f{i}"], [f"ft{i}"], perm=[1, 0, 2]),
            node("Reshape", [f"ft{i}", "heads"], [f"h{i}"]),
        ]  # fmt: skip
    nodes += [
        node("Transpose", ["h1"], ["k"], perm=[0, 1, 3, 2]), node("Shape", ["h0"], ["shape"]),
        node("Slice", ["shape", "last", "far"], ["deep"]), node("Cast", ["deep"], ["float"], to=1),
        node("Sqrt", ["float"], ["root"]), node("Sqrt", ["root"], ["half"]),
        node("Div", ["h0", "half"], ["q"]), node("Div", ["k", "half"], ["ks"]),
        node("MatMul", ["q", "ks"], ["qk"]), node("Softmax", ["qk"], ["s"], axis=-1),
        node("MatMul", ["s", "h2"], ["a"]),
        node("Transpose", ["a"], ["at"], perm=[2, 0, 1, 3]), node("Reshape", ["at", "rows"], ["ar"]),
        node("Gemm", ["ar", "out", "bo"], ["o"], transB=1), node("Reshape", ["o", "back"], ["ob"]),
        node("Transpose", ["ob"], ["y"], perm=[1, 0, 2]),
        # Exporters leave nodes that nothing needs.
        node("Shape", ["ft1"], ["unused"]),
    ]  # fmt: skip
    arrays = {
        "parts": np.array([STEPS, -1, 3, WIDTH]), "zero": np.array([0]), "three": np.array([3]),
        **{f"n{i}": np.array(i) for i in range(3)}, "flat": np.array([STEPS, -1, DEEP]),
        "heads": np.array([-1, HEADS, STEPS, DEEP]), "last": np.array([-1]), "far": np.array([2**62]),
        "rows": np.array([-1, WIDTH]), "back": np.array([STEPS, -1, WIDTH]),
    }  # fmt: skip
    assert kinds(read(tmp_path, nodes, arrays | weights())) == ["input", "multiheadattention", "output"]


def test_the_operator_of_newer_versions(tmp_path):
    nodes, arrays = separate(keys=(0, 2, 1, 3))
    core = [node("Attention", ["t0", "t1", "t2"], ["a"], is_causal=1)]
    imported = read(tmp_path, [*nodes[:-2], *core, *ended("")[2:]], arrays, opset=23)
    assert imported.nodes[1].kind == "multiheadattention" and imported.nodes[1].options["causal"]


def test_what_computes_something_else_is_read_node_by_node(tmp_path):
    nodes, arrays = separate()
    nodes.append(node("Add", ["scores", "distance"], ["masked"]))
    arrays["distance"] = draw(STEPS, STEPS)
    imported = read(tmp_path, [*nodes, *ended("masked")], arrays)
    assert not imported.unread and kinds(imported).count("matmul") == 2 and ATTENTION not in kinds(imported)
    assert kinds(imported).count("dense") > 0


def test_another_scale_is_no_attention(tmp_path):
    nodes, arrays = separate()
    imported = read(tmp_path, [*nodes, *ended("scores")], {**arrays, "scale": np.float32(0.1)})
    assert not imported.unread and kinds(imported).count("matmul") == 2 and ATTENTION not in kinds(imported)


def test_what_is_added_to_each_step_is_a_positional_encoding(tmp_path):
    nodes, arrays = separate()
    # Right behind the input it would be the scaling of the data.
    start = [node("Tanh", ["x"], ["t"]), node("Add", ["t", "steps"], ["xs"])]
    nodes[0] = node("MatMul", ["xs", "w"], ["m"])
    imported = read(tmp_path, [*start, *nodes, *ended("scores")], {**arrays, "steps": draw(1, STEPS, WIDTH)})
    assert kinds(imported)[:4] == ["input", "tanh", "positionalencoding", "multiheadattention"]
    assert imported.nodes[2].options["kind"] == "learned"

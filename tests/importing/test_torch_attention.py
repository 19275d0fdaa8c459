"""Encoders and attention in PyTorch source: blocks with their arrays, and masks that are known or refused."""

from __future__ import annotations

import numpy as np
import pytest
from importing.computed import computed
from safetensors.numpy import save_file

from nnkernels.spec import layers
from nnstudio.from_network import project_of
from nnstudio.importing.importer import Imported, importers
from nnstudio.importing.torch_masks import READ_MASKS

SOURCE = """
import math
import torch
from torch import nn
import torch.nn.functional as F

class Net(nn.Module):
    \"""Takes (n, {shape}).\"""
    def __init__(self):
        super().__init__()
        {init}

    def forward(self, x):
        {forward}
        return x
"""
ENCODER = (
    "self.encoder = nn.TransformerEncoder(nn.TransformerEncoderLayer(4, 2, 7, {more}batch_first=True), 2)"
)
ATTENTION = "self.attend = nn.MultiheadAttention(4, 2, batch_first=True)"


def read(folder, init: str, forward: str, shape: str = "5, 4", tensors=None) -> Imported:
    file = folder / "net.py"
    file.write_text(SOURCE.format(init=init, forward=forward, shape=shape), "utf-8")
    if tensors:
        save_file(tensors, folder / "net.safetensors")
    return importers.of(file).read(file)


def kinds(imported: Imported) -> list[str]:
    return [node.kind for node in imported.nodes]


# Of each array of PyTorch: its shape, and ours.
ARRAYS = {
    "self_attn.in_proj_weight": ((12, 4), "attention.in_weight"),
    "self_attn.in_proj_bias": ((12,), "attention.in_bias"),
    "self_attn.out_proj.weight": ((4, 4), "attention.out_weight"),
    "self_attn.out_proj.bias": ((4,), "attention.out_bias"),
    "linear1.weight": ((7, 4), "dense1.weight"), "linear1.bias": ((7,), "dense1.bias"),
    "linear2.weight": ((4, 7), "dense2.weight"), "linear2.bias": ((4,), "dense2.bias"),
    "norm1.weight": ((4,), "norm1.weight"), "norm1.bias": ((4,), "norm1.bias"),
    "norm2.weight": ((4,), "norm2.weight"), "norm2.bias": ((4,), "norm2.bias"),
}  # fmt: skip


@pytest.mark.parametrize("more, parts", [("", False), ("layer_norm_eps=1e-6, ", True)])
@pytest.mark.parametrize("norm_first", [False, True])
def test_an_encoder_has_its_arrays(more, parts, norm_first, tmp_path):
    rng, tensors, y = np.random.default_rng(4), {}, None
    x = rng.normal(size=(3, 5, 4))
    for level in range(2):
        own = {name: rng.normal(size=shape).astype(np.float32) for name, (shape, _) in ARRAYS.items()}
        tensors |= {f"encoder.layers.{level}.{name}": v for name, v in own.items()}
        block = layers["transformerblock"]
        options = block.complete({"heads": 2, "hidden": 7, "norm_first": norm_first, "dropout": 0.0})
        ours = {ARRAYS[name][1]: v.T for name, v in own.items()}
        y = block.reference(options, [x if y is None else y], ours)
    more = f"norm_first={norm_first}, {more}"
    imported = read(tmp_path, ENCODER.format(more=more), "x = self.encoder(x)", tensors=tensors)
    assert imported.unread == ()
    assert ("transformerblock" in kinds(imported)) != parts
    # Another epsilon changes little.
    np.testing.assert_allclose(computed(imported, x)[0], y, rtol=1e-3, atol=1e-4)
    trained = project_of(imported).project.predictor()
    np.testing.assert_allclose(
        trained.predict(x.astype(np.float32)).reshape(y.shape), y, rtol=1e-3, atol=1e-3
    )


@pytest.mark.parametrize(
    "mask",
    [
        "nn.Transformer.generate_square_subsequent_mask(x.size(1))",
        "torch.triu(torch.ones(5, 5), diagonal=1).bool()",
        "torch.triu(torch.ones(5, 5, dtype=torch.bool), 1)",
        "torch.triu(torch.full((5, 5), float('-inf')), diagonal=1)",
        "torch.full((5, 5), -math.inf).triu(1)",
        "~torch.tril(torch.ones(5, 5)).bool()",
        "torch.tril(torch.ones(5, 5)) == 0",
        "torch.triu(torch.ones(5, 5), 1) == 1",
        "torch.ones(9, 9).triu(1).to(torch.bool)[:5, :5]",
    ],
)
def test_masks_that_hide_what_comes_after(mask, tmp_path):
    forward = f"mask = {mask}\n        x, _ = self.attend(x, x, x, attn_mask=mask, need_weights=False)"
    (node,) = (n for n in read(tmp_path, ATTENTION, forward).nodes if n.name == "attend")
    assert node.kind == "multiheadattention" and node.options["causal"]


def test_a_mask_that_is_a_buffer_and_one_of_padding(tmp_path):
    init = "self.embed = nn.Embedding(9, 4)\n        " + ENCODER.format(more="activation=F.gelu, ")
    init += "\n        self.register_buffer('mask', torch.ones(5, 5).triu(1).bool())"
    forward = "x = self.encoder(self.embed(x.long()), mask=self.mask, src_key_padding_mask=x == 0)"
    imported = read(tmp_path, init, forward, "5")
    blocks = [node for node in imported.nodes if node.kind == "transformerblock"]
    assert [node.inputs for node in blocks] == [("embed", "input"), (blocks[0].name, "input")]
    assert all(node.options["causal"] and node.options["activation"] == "gelu" for node in blocks)


@pytest.mark.parametrize(
    "init, forward, text",
    [
        (ATTENTION, "x, _ = self.attend(x, x, x, attn_mask=torch.ones(5, 5).bool())", READ_MASKS),
        (ATTENTION, "x, _ = self.attend(x, x, x, attn_mask=torch.triu(torch.ones(5, 5), 1))", READ_MASKS),
        (ATTENTION, "x, _ = self.attend(x, x, x, key_padding_mask=other(x))", "mask of padding"),
        (ATTENTION, "x, _ = self.attend(x, x, x, is_causal=True)", "needs the mask itself"),
        (ENCODER.format(more="activation=F.silu, "), "x = self.encoder(x)", "relu and gelu are read"),
        (ENCODER.replace("batch_first=True", "").format(more=""), "x = self.encoder(x)", "batch_first=True"),
    ],
)
def test_what_no_layer_does_is_told_by_its_line(init, forward, text, tmp_path):
    told = [row.text for row in read(tmp_path, init, forward).unread]
    assert any(text in row and "Line 14:" in row for row in told), told

"""Normalisation in groups and smooth enlargement, read from PyTorch source; oracles are slow loops."""

from __future__ import annotations

import numpy as np
import pytest
from importing.computed import computed
from importing.test_torch_import import read, written
from safetensors.numpy import save_file

from nnkernels.spec import PLACEHOLDER

NET = '''
class Net(nn.Module):
    """Takes (N, 6, 4, 5)."""

    def __init__(self):
        super().__init__()
        self.it = {module}

    def forward(self, x):
        return self.it(x)
'''


def normalised(x: np.ndarray, groups: int, eps: float) -> np.ndarray:
    """Of (n, c, h, w)."""
    y = np.empty_like(x)
    size = x.shape[1] // groups
    for sample, group in np.ndindex(len(x), groups):
        own = np.s_[sample, group * size : (group + 1) * size]
        y[own] = (x[own] - x[own].mean()) / np.sqrt(x[own].var() + eps)
    return y


def enlarged(x: np.ndarray, at: tuple[np.ndarray, np.ndarray]) -> np.ndarray:
    """Values of (n, c, h, w) at rows and columns between theirs."""
    y = np.zeros((*x.shape[:2], len(at[0]), len(at[1])))
    for i, row in enumerate(at[0].clip(0, x.shape[2] - 1)):
        for j, column in enumerate(at[1].clip(0, x.shape[3] - 1)):
            r, c = int(row), int(column)
            below, right = min(r + 1, x.shape[2] - 1), min(c + 1, x.shape[3] - 1)
            upper = x[:, :, r, c] * (1 - column + c) + x[:, :, r, right] * (column - c)
            lower = x[:, :, below, c] * (1 - column + c) + x[:, :, below, right] * (column - c)
            y[:, :, i, j] = upper * (1 - row + r) + lower * (row - r)
    return y


def half_pixel(n: int, end: int, scale: float) -> np.ndarray:
    return (np.arange(end) + 0.5) / scale - 0.5


def ours(folder, module: str, tensors: dict[str, np.ndarray]) -> tuple[np.ndarray, np.ndarray]:
    """A batch with channels first, and what the imported module gives for it."""
    if tensors:
        save_file(tensors, folder / "net.safetensors")
    imported = read(written(folder, NET.format(module=module)))
    assert imported.unread == ()
    x = np.random.default_rng(3).normal(size=(3, 6, 4, 5))
    first = imported.nodes[0].shape == (6, 4, 5)
    y = computed(imported, x if first else np.moveaxis(x, 1, -1))[0]
    return x, y if first else np.moveaxis(y, -1, 1)


@pytest.mark.parametrize(
    "module, groups, eps",
    [
        ("nn.GroupNorm(3, 6, affine=False)", 3, 1e-5),
        ("nn.GroupNorm(1, 6, eps=0.1)", 1, 0.1),
        ("nn.GroupNorm(2, 6)", 2, 1e-5),
        ("nn.InstanceNorm2d(6)", 6, 1e-5),
        ("nn.InstanceNorm2d(6, affine=True)", 6, 1e-5),
    ],
)
def test_channels_are_normalised_in_groups(module, groups, eps, tmp_path):
    is_affine = "affine=False" not in module and module != "nn.InstanceNorm2d(6)"
    rng = np.random.default_rng(5)
    names = ("it.weight", "it.bias") if is_affine else ()
    tensors = {name: rng.normal(size=6).astype(np.float32) for name in names}
    x, y = ours(tmp_path, module, tensors)
    expected = normalised(x, groups, eps)
    if is_affine:
        expected = expected * tensors["it.weight"][:, None, None] + tensors["it.bias"][:, None, None]
    np.testing.assert_allclose(y, expected, rtol=1e-4, atol=1e-5)


def test_without_weights_it_begins_with_the_identity(tmp_path):
    imported = read(written(tmp_path, NET.format(module="nn.GroupNorm(3, 6)")))
    scale = next(node for node in imported.nodes if node.kind == "conv2d")
    assert (scale.arrays["weight"] == 1).all() and (scale.arrays["bias"] == 0).all()


@pytest.mark.parametrize(
    "arguments, rows, columns",
    [
        ("scale_factor=2", half_pixel(4, 8, 2), half_pixel(5, 10, 2)),
        ("scale_factor=(1.5, 3.0)", half_pixel(4, 6, 1.5), half_pixel(5, 15, 3)),
        ("size=7", half_pixel(4, 7, 7 / 4), half_pixel(5, 7, 7 / 5)),
        ("size=(9, 3), align_corners=True", np.linspace(0, 3, 9), np.linspace(0, 4, 3)),
        ("scale_factor=1.6, align_corners=True", np.linspace(0, 3, 6), np.linspace(0, 4, 8)),
    ],
)
def test_pictures_are_enlarged_smoothly(arguments, rows, columns, tmp_path):
    x, y = ours(tmp_path, f"nn.Upsample({arguments}, mode='bilinear')", {})
    np.testing.assert_allclose(y, enlarged(x, (rows, columns)), rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize(
    "module, word",
    [
        ("nn.GroupNorm(4, 6)", "cannot be split into 4"),
        ("nn.InstanceNorm2d(6, track_running_stats=True)", "statistics of training"),
        ("nn.Upsample(scale_factor=2, mode='bicubic')", "the mode bilinear"),
        ("nn.Upsample(size=9000000, mode='bilinear')", "It makes 9000000 values"),
    ],
)
def test_what_no_layer_does_is_named(module, word, tmp_path):
    imported = read(written(tmp_path, NET.format(module=module)))
    (row,) = imported.unread
    assert word in row.text and PLACEHOLDER in [node.kind for node in imported.nodes]

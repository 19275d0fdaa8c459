"""Makes engine.json with PyTorch: ten losses of two networks that start from our own weights.

python tests/golden/make_golden.py     (needs torch==2.13.0; the tests do not)
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

import numpy as np
import torch
from torch import nn

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "kernels"), str(ROOT / "tests")]

from kernels.networks import CONVNET, MLP, samples  # noqa: E402

from nnkernels.program import Layout  # noqa: E402

torch.set_default_dtype(torch.float64)


class Same(nn.Module):
    """Keras-like padding: the odd remainder goes below and right."""

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return nn.functional.pad(x, (0, 1, 0, 1))


class ChannelsLast(nn.Module):
    """Flatten that visits channels last, as NHWC memory does."""

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return x.permute(0, 2, 3, 1).flatten(1)


def load(model: nn.Sequential, layout: Layout) -> None:
    flat = layout.initial(7).astype(np.float32).astype(np.float64)
    values = {
        (s.node, s.name): flat[s.offset : s.offset + s.size].reshape(s.shape) for s in layout.parameters
    }
    trained = [m for m in model if isinstance(m, nn.Linear | nn.Conv2d)]
    nodes = list(dict.fromkeys(s.node for s in layout.parameters))
    for module, node in zip(trained, nodes, strict=True):
        weight = values[node, "weight"]
        weight = weight.T if weight.ndim == 2 else np.transpose(weight, (3, 2, 0, 1))
        module.weight.data = torch.tensor(np.ascontiguousarray(weight))
        module.bias.data = torch.tensor(values[node, "bias"])


def train(model: nn.Sequential, update: torch.optim.Optimizer, x: np.ndarray, y: np.ndarray) -> list[float]:
    inputs, targets = torch.tensor(x), torch.tensor(y[:, 0]).long()
    curve = []
    for step in range(10):
        batch = slice(step * 8, step * 8 + 8)
        update.zero_grad()
        loss = nn.functional.cross_entropy(model(inputs[batch]), targets[batch])
        loss.backward()
        update.step()
        curve.append(loss.item())
    return curve


def main() -> None:
    x, y = samples(80, 5, classes=3)
    mlp = nn.Sequential(nn.Linear(5, 8), nn.Tanh(), nn.Linear(8, 3))
    load(mlp, Layout.of(MLP, (5,), "softmax_cross_entropy"))
    golden = {"mlp-adam": train(mlp, torch.optim.Adam(mlp.parameters(), 0.01), x, y)}
    x, y = samples(80, 8, 8, 2, classes=3)
    convnet = nn.Sequential(
        nn.Conv2d(2, 4, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2),
        Same(), nn.Conv2d(4, 6, 3, stride=2), nn.ReLU(), ChannelsLast(), nn.Linear(24, 3),
    )  # fmt: skip
    load(convnet, Layout.of(CONVNET, (8, 8, 2), "softmax_cross_entropy"))
    update = torch.optim.SGD(convnet.parameters(), 0.05, momentum=0.9)
    golden["convnet-sgd"] = train(convnet, update, np.moveaxis(x, -1, 1).copy(), y)
    path = Path(__file__).with_name("engine.json")
    path.write_text(json.dumps({"torch": torch.__version__, **golden}, indent=1) + "\n")


if __name__ == "__main__":
    main()

"""Functions, methods, classes and conditions of a PyTorch source, and numbers in its forward."""

from __future__ import annotations

import numpy as np
import pytest
from importing.computed import computed

from nnkernels.spec import PLACEHOLDER
from nnstudio.importing.importer import Imported, importers

HEAD = "import math\nimport torch\nfrom torch import nn\nimport torch.nn.functional as F\n"
SIMPLE = """
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.act = nn.ReLU()
        self.keep = nn.Identity()

    def forward(self, x):
        {line}
        return x

example = torch.randn(1, 4)
"""


def read(folder, source: str) -> Imported:
    file = folder / "net.py"
    file.write_text(HEAD + source, "utf-8")
    return importers.of(file).read(file)


X = np.array([[-2.5, -0.5, 0.75, 4.0]])


@pytest.mark.parametrize(
    "line, y",
    [
        ("x = 2 * x - 1", 2 * X - 1),
        ("x = 1 - x / 4", 1 - X / 4),
        ("x = 3 / x", 3 / X),
        ("x = -x * math.sqrt(4)", -2 * X),
        ("x = x.mul(0.5).add(1)", X / 2 + 1),
        ("x = F.hardswish(x)", X * np.clip(X / 6 + 0.5, 0, 1)),
        ("x = nn.Hardsigmoid()(x)", np.clip(X / 6 + 0.5, 0, 1)),
        ("x = F.mish(x)", X * np.tanh(np.log1p(np.exp(X)))),
        ("x = F.softsign(x)", X / (1 + abs(X))),
        ("x = F.logsigmoid(x)", -np.log1p(np.exp(-X))),
        ("x = x + 1 if self.act is not None and not self.training else x", X + 1),
        ("if self.keep and 2 > 1:\n            return x * 3", 3 * X),
    ],
)
def test_numbers_and_functions_of_values(line, y, tmp_path):
    imported = read(tmp_path, SIMPLE.format(line=line))
    assert imported.unread == ()
    np.testing.assert_allclose(computed(imported, X)[0], y, rtol=1e-5)


RESNET = """
def conv(i, o, stride=1):
    return nn.Conv2d(i, o, 3, stride, 1, bias=False)

class Block(nn.Module):
    expansion = 1

    def __init__(self, i, o, stride=1, down=None, norm=nn.BatchNorm2d):
        super().__init__()
        self.conv, self.norm, self.down = conv(i, o, stride), norm(o), down

    def forward(self, x):
        y = self.norm(self.conv(x))
        if self.training:
            y = y + 100
        if self.down is not None:
            x = self.down(x)
        return F.relu(y + x)

class Net(nn.Module):
    '''Takes (n, 2, 6, 4).'''
    def __init__(self, block=Block):
        super().__init__()
        self.wide = 2
        self.layer1 = self._make(block, 2, 2)
        self.layer2 = self._make(block, 3, 1, stride=2)

    def _make(self, block, wide, count, stride=1):
        down = None
        if stride != 1 or self.wide != wide * block.expansion:
            down = nn.Conv2d(self.wide, wide, 1, stride)
        layers = [block(self.wide, wide, stride, down)]
        self.wide = wide
        for _ in range(1, count):
            layers.append(block(wide, wide))
        return nn.Sequential(*layers)

    def forward(self, x):
        return self.layer2(self.layer1(x)).mean((2, 3))
"""


def test_a_network_that_methods_and_functions_put_together(tmp_path):
    imported = read(tmp_path, RESNET)
    assert imported.unread == ()
    names = [node.name for node in imported.nodes]
    assert {"layer1.1.conv", "layer2.0.down"} <= {*names} and "layer1.0.down" not in names
    assert any("while training only" in told for told in imported.assumed)


def test_a_function_that_calls_itself_ends(tmp_path):
    source = "def more(x):\n    more(x)\n    return more(x)\n" + SIMPLE.format(line="x = more(x)")
    assert PLACEHOLDER in [node.kind for node in read(tmp_path, source).nodes]


def test_behind_a_placeholder_that_keeps_its_shape_all_is_read(tmp_path):
    line = "x = F.relu(nn.RMSNorm(4)(x)) * 2"
    kinds = [node.kind for node in read(tmp_path, SIMPLE.format(line=line)).nodes]
    assert kinds == ["input", PLACEHOLDER, "relu", "batchnorm", "output"]

"""PyTorch source is read as syntax: what nnstudio wrote comes back, others' models if they are plain."""

from __future__ import annotations

import subprocess
import sys
from functools import cache
from pathlib import Path

import numpy as np
import pytest
from export.cases import cases, difference, expected, inputs
from importing.computed import both_ways, check_same, computed
from safetensors.numpy import save_file

from nnkernels.spec import PLACEHOLDER
from nnstudio import cli
from nnstudio.export.format import ExportError, formats
from nnstudio.export.network import ExportedNetwork
from nnstudio.importing import torch_file
from nnstudio.importing.importer import Imported, importers
from nnstudio.model.atomic_file import FileError
from nnstudio.project import Project, open_example

# A link that comes twice cannot be drawn.
TWICE = "skip links, shared weights"


def read(path: Path) -> Imported:
    return importers.of(path).read(path)


def written(path: Path, source: str) -> Path:
    file = path / "net.py"
    file.write_text("import torch\nfrom torch import nn\nimport torch.nn.functional as F\n" + source, "utf-8")
    return file


@cache
def known() -> dict[str, ExportedNetwork]:
    """Those that the PyTorch export can write."""
    kept = {}
    for name, network in cases().items():
        try:
            formats["pytorch"].check(network)
        except ExportError:
            continue
        kept[name] = network
    return kept


@pytest.mark.parametrize("name", known())
def test_what_nnstudio_exports_comes_back(name, tmp_path, monkeypatch):
    network = known()[name]
    formats["pytorch"].write(network, tmp_path)
    # What else is read is read by its lines, as a source that a person has changed.
    both = both_ways(monkeypatch, torch_file)
    imported = read(tmp_path / "model.py")
    (as_it_was,) = both
    if name != TWICE:
        check_same(as_it_was, network)
    assert imported.unread == ()
    assert difference(expected(name, 3), computed(imported, inputs(network, 3))[0]) < 1e-5
    # Some options and several inputs need layers more, which have names of their own.
    new = {node.name for node in imported.nodes} - {node.id for node in network.nodes}
    more = ("crop", "columns", "reshape", "input", "add again")
    assert all(name.startswith(more) for name in new)


def test_a_project_predicts_what_the_exported_one_did(tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("NNSTUDIO_CONFIG", str(tmp_path / "config"))
    trained = open_example("iris").session()
    folder, out = tmp_path / "iris", tmp_path / "again.nns"
    folder.mkdir()
    formats["pytorch"].write(ExportedNetwork.of(trained), folder)
    assert cli.run(["import", str(folder / "model.py"), str(out)]) == 0
    capsys.readouterr()
    again, before = (p.document.graph.nodes for p in (Project.open(out), open_example("iris")))
    assert {node.id for node in again} == {node.id for node in before}


CONVNET = '''
class Block(nn.Module):
    def __init__(self, channels, factor=2):
        super().__init__()
        hidden = channels * factor
        first = nn.Conv2d(channels, hidden, 3, padding=1)
        self.body = nn.Sequential(first, nn.BatchNorm2d(hidden), nn.ReLU())
        self.out = nn.Conv2d(hidden, channels, (1, 3), padding=(0, 1), bias=False)

    def forward(self, x):
        return F.relu(x + self.out(self.body(x)))


class Net(nn.Module):
    """Takes (N, 3, 8, 6)."""

    def __init__(self, classes=5):
        super().__init__()
        self.blocks = nn.ModuleList([Block(3) for _ in range(2)])
        self.pool = nn.MaxPool2d(2)
        self.fc1 = nn.Linear(3 * 4 * 3, 7)
        self.fc2 = nn.Linear(7, classes)

    def forward(self, x):
        for block in self.blocks:
            x = block(x)
        x = self.pool(x)
        x = x.view(x.size(0), -1)
        x = F.dropout(torch.tanh(self.fc1(x)), 0.3, training=self.training)
        return F.softmax(self.fc2(x), dim=1)
'''


def conv(x, weight, bias, pads):
    """A slow convolution of (n, c, h, w) with stride 1."""
    x = np.pad(x, ((0, 0), (0, 0), (pads[0],) * 2, (pads[1],) * 2))
    _, _, kh, kw = weight.shape
    h, w = x.shape[2] - kh + 1, x.shape[3] - kw + 1
    y = np.zeros((len(x), len(weight), h, w))
    for i, j in np.ndindex(kh, kw):
        y += np.einsum("nchw,oc->nohw", x[:, :, i : i + h, j : j + w], weight[:, :, i, j])
    return y if bias is None else y + bias[:, None, None]


def test_others_models_with_blocks_and_loops(tmp_path):
    rng = np.random.default_rng(2)
    shapes = {"fc1.weight": (7, 36), "fc1.bias": (7,), "fc2.weight": (5, 7), "fc2.bias": (5,)}
    for i in range(2):
        start = f"blocks.{i}"
        shapes |= {
            f"{start}.body.0.weight": (6, 3, 3, 3), f"{start}.body.0.bias": (6,),
            f"{start}.out.weight": (3, 6, 1, 3),
            **{f"{start}.body.1.{k}": (6,) for k in ("weight", "bias", "running_mean", "running_var")},
        }  # fmt: skip
    t = {k: rng.uniform(0.2, 1, s).astype(np.float32) - (0.5 if len(s) > 1 else 0) for k, s in shapes.items()}
    file = written(tmp_path, CONVNET)
    save_file(t, tmp_path / "net.safetensors")
    imported = read(file)
    assert imported.unread == ()
    x = rng.normal(size=(3, 3, 8, 6))
    y = x
    for i in range(2):
        s = f"blocks.{i}"
        h = conv(y, t[f"{s}.body.0.weight"], t[f"{s}.body.0.bias"], (1, 1))
        norm = [
            t[f"{s}.body.1.{k}"][:, None, None] for k in ("running_mean", "running_var", "weight", "bias")
        ]
        h = np.maximum((h - norm[0]) / np.sqrt(norm[1] + 1e-5) * norm[2] + norm[3], 0)
        y = np.maximum(y + conv(h, t[f"{s}.out.weight"], None, (0, 1)), 0)
    y = y.reshape(3, 3, 4, 2, 3, 2).max((3, 5)).reshape(3, -1)
    y = np.tanh(y @ t["fc1.weight"].T + t["fc1.bias"]) @ t["fc2.weight"].T + t["fc2.bias"]
    y = np.exp(y - y.max(1, keepdims=True))
    ours = computed(imported, np.moveaxis(x, 1, -1))[0]
    np.testing.assert_allclose(ours, y / y.sum(1, keepdims=True), rtol=1e-4, atol=1e-6)
    names = [node.name for node in imported.nodes]
    assert {"blocks.0.body.0", "blocks.1.out", "pool", "fc1"} <= set(names)
    assert any(row.text == "Line 8." or row.text.startswith("Line ") for row in imported.rows)


def test_a_size_that_the_source_does_not_say_is_assumed_and_told(tmp_path):
    source = CONVNET.replace('"""Takes (N, 3, 8, 6)."""', "").replace("3 * 4 * 3", "3 * 16 * 16")
    imported = read(written(tmp_path, source))
    assert imported.nodes[0].shape == (32, 32, 3) and imported.unread == ()
    assert "was assumed" in imported.rows[0].text and "drawn afresh" in imported.rows[-1].text


@pytest.mark.parametrize(
    "line, text",
    [
        ("x = torch.fft.fft(x)", "Line 13: No layer is known for fft."),
        ("x = x + other", "Line 13: It joins a tensor with something else"),
        ("x = other(x)", "Line 13: other is not known."),
        ("x = self.missing(x)", "Line 13: "),
        ("x = self.fc.weight @ x", "Line 13: "),
        ("x = x + nn.ReLU()(3)", "Line 13: It is called with more than tensors"),
    ],
)
def test_lines_that_no_layer_does_are_placeholders_by_their_number(tmp_path, line, text):
    file = written(tmp_path, SIMPLE.format(line=line))
    imported = read(file)
    assert text in imported.unread[0].text
    assert PLACEHOLDER in [node.kind for node in imported.nodes]


SIMPLE = """
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(4, 3)


    def forward(self, x):
        x = self.fc(x)
        {line}
        return x
"""


@pytest.mark.parametrize(
    "line, text",
    [
        ("if x.sum() > 0:\n            x = -x", "Line 13 of 'net.py' holds 'if'"),
        ("while True:\n            pass", "Line 13 of 'net.py' holds 'while'"),
        ("for _ in range(10 ** 9):\n            x = x", "repeats over something else"),
        ("x, y = x", "sets 2 names at once"),
        ("return 3", "returns something else than tensors"),
    ],
)
def test_lines_that_are_not_straight_are_named(tmp_path, line, text):
    with pytest.raises(FileError, match=text):
        read(written(tmp_path, SIMPLE.format(line=line)))


def test_nothing_of_a_source_is_run(tmp_path):
    target = tmp_path / "pwned"
    source = f"""
import os
os.system("touch {target}")
__import__("pathlib").Path(r"{target}").touch()
print("run")
class Meta(type):
    os.system("touch {target}")
@os.system("touch {target}")
class Net(nn.Module):
    os.system("touch {target}")
    def __init__(self, n=os.system("touch {target}") or 4):
        super().__init__()
        os.system("touch {target}")
        self.fc = nn.Linear(4, eval("__import__('os').system('touch {target}')") or 3)
        self.out = nn.Linear(3, 2)
    def forward(self, x):
        os.system("touch {target}")
        return self.out(self.fc(x))
"""
    try:
        read(written(tmp_path, source))
    except FileError as error:
        assert "net.py" in str(error)
    assert not target.exists()


HOSTILE = {
    "large": "x = 1\n" * 300_000,
    "brackets": "x = " + "(" * 5000 + ")" * 5000,
    "attributes": "x = a" + ".b" * 200_000,
    "minus": "x = " + "-" * 100_000 + "1",
    "sums": "x = " + "+".join(["a"] * 100_000),
    "nul": "x = '\0'",
    "calls": "class M(nn.Module):\n    def __init__(self):\n        self.a, self.b = M(), M()\n"
    "    def forward(self, x): return x",
    "loops": "class M(nn.Module):\n    def __init__(self):\n"
    + "".join(f"{' ' * (8 + i)}for i{i} in range(900):\n" for i in range(6))
    + " " * 20 + "a = 1\n    def forward(self, x): return x",
    "lists": "class M(nn.Module):\n    def __init__(self):\n        a = [1]\n" + "        a = a + a\n" * 200
    + "    def forward(self, x): return x",
    "numbers": "a = 9\n" + "a = a * a\n" * 5000,
}  # fmt: skip


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_sources_give_a_sentence(name, tmp_path):
    with pytest.raises(FileError) as error:
        read(written(tmp_path, HOSTILE[name]))
    assert str(error.value).endswith(".")


def test_it_is_read_without_pytorch():
    code = "import sys; import nnstudio.importing.torch_file; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_damaged_weights_give_a_sentence(tmp_path):
    file = written(tmp_path, SIMPLE.format(line="x = F.relu(x)"))
    (tmp_path / "net.safetensors").write_bytes(b"\xff" * 40)
    with pytest.raises(FileError, match="no safetensors file"):
        read(file)
    save_file({"fc.weight": np.zeros((3, 5), np.float32)}, tmp_path / "net.safetensors")
    unread = read(file).unread
    assert "The weights hold no 'fc.bias'" in unread[0].text

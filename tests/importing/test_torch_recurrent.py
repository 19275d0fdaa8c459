"""Recurrent modules and attention in the source of PyTorch models: in a row, both ways, turned round, without
bias, and to another sequence.
"""

from __future__ import annotations

import numpy as np
import pytest
from importing.computed import computed
from importing.test_torch_import import read, written
from safetensors.numpy import save_file

SOURCE = '''
class Net(nn.Module):
    """Takes (N, 4, 2)."""

    def __init__(self):
        super().__init__()
        self.rnn = nn.RNN(2, 3, 2, "relu", True, True, 0.5, True)
        self.back = nn.RNN(6, 5, batch_first=True, bias=False)

    def forward(self, x):
        h0 = torch.zeros(4, x.size(0), 3).to(x.device)
        x, h = self.rnn(x, h0)
        y, _ = self.back(x.flip(1))
        y = torch.flip(y, dims=[1])
        return torch.cat((h[-2], h[-1], y[:, 1], x[:, -1, :]), dim=1)
'''


def one_way(x: np.ndarray, t: dict[str, np.ndarray], end: str, activation) -> np.ndarray:
    """Outputs of one direction, in the order of the steps."""
    weight, recurrent = t[f"weight_ih_{end}"], t[f"weight_hh_{end}"]
    bias = t.get(f"bias_ih_{end}", 0) + t.get(f"bias_hh_{end}", 0)
    h, outputs = np.zeros((len(x), len(recurrent))), np.zeros((*x.shape[:2], len(recurrent)))
    for at in range(x.shape[1])[:: -1 if end.endswith("reverse") else 1]:
        outputs[:, at] = h = activation(x[:, at] @ weight.T + h @ recurrent.T + bias)
    return outputs


def relu(x: np.ndarray) -> np.ndarray:
    return np.maximum(x, 0)


def test_several_layers_both_ways_and_one_that_is_turned_round(tmp_path):
    rng = np.random.default_rng(3)
    rnn, back = {}, {}
    for level, width in ((0, 2), (1, 6)):
        for end in (f"l{level}", f"l{level}_reverse"):
            shapes = {"weight_ih": (3, width), "weight_hh": (3, 3), "bias_ih": (3,), "bias_hh": (3,)}
            rnn |= {f"{name}_{end}": rng.normal(size=shape) for name, shape in shapes.items()}
    back = {"weight_ih_l0": rng.normal(size=(5, 6)), "weight_hh_l0": rng.normal(size=(5, 5))}
    held = {f"rnn.{k}": v for k, v in rnn.items()} | {f"back.{k}": v for k, v in back.items()}
    save_file({k: v.astype(np.float32) for k, v in held.items()}, tmp_path / "net.safetensors")
    imported = read(written(tmp_path, SOURCE))
    assert imported.unread == ()
    x = rng.normal(size=(3, 4, 2))
    y = x
    for level in range(2):
        y = np.concatenate([one_way(y, rnn, f"l{level}{end}", relu) for end in ("", "_reverse")], -1)
    turned = one_way(y[:, ::-1], back, "l0", np.tanh)[:, ::-1]
    expected = np.concatenate([y[:, -1, :3], y[:, 0, 3:], turned[:, 1], y[:, -1]], 1)
    np.testing.assert_allclose(computed(imported, x)[0], expected, rtol=1e-5, atol=1e-6)
    nodes = {node.name: node for node in imported.nodes}
    assert nodes["rnn.l0 dropout"].options["rate"] == 0.5 and nodes["back"].options["reverse"]
    # Its states and its steps are two layers with the same weights.
    assert nodes["rnn.l1 2"].options["shares"] == "rnn.l1"
    assert any("has no bias, which" in row.text for row in imported.rows if row.layer == "back")


@pytest.mark.parametrize(
    "given, text",
    [
        ("self.lstm(x)[1][1]", r"state\[-1\]"),
        ("self.fc(self.lstm(x.flip(1))[0])", "Its steps come last first"),
        ("self.both(x.flip(1))[0]", "reads both ways what was turned round"),
        ("self.both(x)[1][-1]", "only all side by side"),
        ("self.lstm(x)[1][0]", r"state\[-1\]"),
        ("self.second(x)[0]", "batch_first=True"),
        ("x.flip(2)", "Only the steps of a sequence"),
    ],
)
def test_what_cannot_be_expressed_is_a_placeholder_that_says_it(tmp_path, given, text):
    source = f'''
class Net(nn.Module):
    """Takes (N, 4, 2)."""

    def __init__(self):
        super().__init__()
        self.lstm = nn.LSTM(2, 3, batch_first=True)
        self.both = nn.GRU(2, 3, 1, True, True, 0.0, True)
        self.second = nn.GRU(2, 3)
        self.fc = nn.Linear(3, 2)
        self.last = nn.Tanh()

    def forward(self, x):
        y = {given}
        return self.last(y)
'''
    with pytest.raises(AssertionError, match=text):
        assert not [row.text for row in read(written(tmp_path, source)).unread]


CROSS = '''
class Net(nn.Module):
    """Takes (N, 4, 6)."""

    def __init__(self):
        super().__init__()
        self.short = nn.Conv1d(6, 6, 2)
        self.cross = nn.MultiheadAttention(6, 2, batch_first=True)

    def forward(self, x):
        memory = self.short(x.transpose(1, 2)).transpose(1, 2)
        y, weights = self.cross(x, memory, {value})
        return y
'''


def test_attention_to_another_sequence(tmp_path):
    imported = read(written(tmp_path, CROSS.format(value="memory")))
    assert imported.unread == ()
    node = next(node for node in imported.nodes if node.kind == "multiheadattention")
    assert node.inputs == ("input", "short") and node.shape == (4, 6)
    unread = read(written(tmp_path, CROSS.format(value="x"))).unread
    assert "Keys and values differ" in unread[0].text


def test_an_output_size_is_an_output_padding_and_a_norm_may_learn_nothing(tmp_path):
    source = '''
class Net(nn.Module):
    """Takes (N, 5, 6)."""

    def __init__(self):
        super().__init__()
        self.norm = nn.LayerNorm([5, 6], elementwise_affine=False)
        self.down = nn.Conv1d(5, 4, 3, stride=2, padding=1)
        self.up = nn.ConvTranspose1d(4, 5, 3, stride=2, padding=1)

    def forward(self, x):
        return self.up(self.down(self.norm(x)), output_size={size})
'''
    nodes = {node.name: node for node in read(written(tmp_path, source.format(size="x.size()"))).nodes}
    assert nodes["up"].options["output_padding"] == 1 and nodes["up"].shape == (6, 5)
    assert nodes["norm"].options["frozen"] and nodes["norm"].arrays["weight"].min() == 1
    unread = read(written(tmp_path, source.format(size="[9]"))).unread
    assert "cannot give the size [9]" in unread[0].text


def test_the_last_memory_cell(tmp_path):
    source = '''
class Net(nn.Module):
    """Takes (N, 4, 2)."""

    def __init__(self):
        super().__init__()
        self.lstm = nn.LSTM(2, 3, batch_first=True)

    def forward(self, x):
        _, (h, c) = self.lstm(x)
        return torch.cat((h[-1], c[-1]), dim=1)
'''
    nodes = {node.name: node for node in read(written(tmp_path, source)).nodes}
    assert nodes["lstm"].options["gives"] == "state"
    assert nodes["lstm 2"].options["gives"] == "cell" and nodes["lstm 2"].options["shares"] == "lstm"

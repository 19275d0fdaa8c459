"""Write small ONNX files by PyTorch, scikit-learn and tf2onnx-like graphs into a folder, with predictions.

    python tests/foreign/write_onnx.py FOLDER

runs where PyTorch, onnxscript and skl2onnx are; `check_onnx.py FOLDER` then imports them where nnstudio is.
Each file NAME.onnx has NAME.npz with its input "x" and what ONNX Runtime gives, "y", as they lie in the file.
"""

from __future__ import annotations

import sys
import warnings
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import torch
from onnx import TensorProto, helper, numpy_helper
from torch import nn

rng = np.random.default_rng(1)
SAMPLES = 7


class Residual(nn.Module):
    """Convolutions with a link around them, and pooling by a mean."""

    def __init__(self) -> None:
        super().__init__()
        self.first = nn.Conv2d(3, 8, 3, padding=1)
        self.norm = nn.BatchNorm2d(8)
        self.second = nn.Conv2d(8, 8, 3, padding=1, groups=2, bias=False)
        self.end = nn.Linear(8, 4)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        h = torch.relu(self.norm(self.first(x)))
        h = torch.relu(h + self.second(h))
        return self.end(h.mean((2, 3)))


class Sequence(nn.Module):
    """A recurrent layer whose last step goes on."""

    def __init__(self, layer: nn.Module, width: int, last: bool) -> None:
        super().__init__()
        self.layer, self.last, self.end = layer, last, nn.Linear(width, 3)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        y, state = self.layer(x)
        if self.last:
            return self.end(y[:, -1])
        state = state[0] if isinstance(state, tuple) else state
        return self.end(state[-1])


class Words(nn.Module):
    """An embedding of words, a mean over them."""

    def __init__(self) -> None:
        super().__init__()
        self.words, self.end = nn.Embedding(11, 5), nn.Linear(5, 2)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.end(self.words(x).mean(1))


class Attention(nn.Module):
    """A sequence that looks at itself, each step perhaps at those before it only."""

    def __init__(self, causal: bool, bias: bool = True) -> None:
        super().__init__()
        self.layer, self.causal = nn.MultiheadAttention(6, 2, bias=bias, batch_first=True), causal

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        mask = nn.Transformer.generate_square_subsequent_mask(x.shape[1]) if self.causal else None
        y, _ = self.layer(x, x, x, need_weights=False, attn_mask=mask, is_causal=self.causal)
        return y


class DotProduct(nn.Module):
    """The same by scaled_dot_product_attention, from one product or three; or by hand."""

    def __init__(self, causal: bool, together: bool, by_hand: bool = False) -> None:
        super().__init__()
        self.causal, self.by_hand, self.end = causal, by_hand, nn.Linear(6, 6)
        self.parts = nn.ModuleList([nn.Linear(6, 18)] if together else [nn.Linear(6, 6) for _ in range(3)])

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        n, steps, width = x.shape
        parts = [part(x) for part in self.parts]
        parts = parts[0].split(width, dim=2) if len(parts) == 1 else parts
        q, k, v = (part.view(n, steps, 3, 2).transpose(1, 2) for part in parts)
        if self.by_hand:
            scores = q @ k.transpose(-2, -1) / 2**0.5
            seen = torch.tril(torch.ones(steps, steps)).view(1, 1, steps, steps)
            y = torch.softmax(scores.masked_fill(seen == 0, float("-inf")), -1) @ v
        else:
            y = nn.functional.scaled_dot_product_attention(q, k, v, is_causal=self.causal)
        return self.end(y.transpose(1, 2).reshape(n, steps, width))


class View(nn.Module):
    """A reshape by the size of the input."""

    def __init__(self) -> None:
        super().__init__()
        self.conv, self.end = nn.Conv2d(2, 5, (3, 2), stride=(2, 1)), nn.Linear(5 * 3 * 4, 3)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        h = torch.nn.functional.silu(self.conv(x))
        return torch.softmax(self.end(h.view(x.size(0), -1)), 1)


NETWORKS: dict[str, tuple[nn.Module, tuple[int, ...]]] = {
    "mlp": (nn.Sequential(nn.Linear(4, 8), nn.ReLU(), nn.Linear(8, 5), nn.Tanh(), nn.Linear(5, 3)), (4,)),
    "activations": (
        nn.Sequential(nn.Linear(4, 8), nn.GELU(), nn.Linear(8, 8), nn.SiLU(), nn.Linear(8, 8), nn.SELU(),
                      nn.Linear(8, 8), nn.ELU(0.7), nn.Linear(8, 8), nn.LeakyReLU(0.2), nn.Softplus(),
                      nn.PReLU(8), nn.Sigmoid()),
        (4,),
    ),
    "gelu_tanh": (nn.Sequential(nn.Linear(4, 8), nn.GELU("tanh")), (4,)),
    "softplus_beta": (nn.Sequential(nn.Linear(4, 8), nn.Softplus(2.0)), (4,)),
    "layer_norm": (nn.Sequential(nn.Linear(4, 8), nn.LayerNorm(8), nn.Linear(8, 2)), (4,)),
    "convolutions": (
        nn.Sequential(nn.Conv2d(3, 6, 3, padding="same"), nn.BatchNorm2d(6), nn.ReLU(), nn.MaxPool2d(2),
                      nn.Conv2d(6, 4, 3, stride=2, padding=(1, 0), dilation=(1, 2)), nn.Flatten(),
                      nn.Linear(4 * 3 * 1, 5), nn.Softmax(1)),
        (3, 10, 11),
    ),
    "transposed": (
        nn.Sequential(nn.ConvTranspose2d(2, 4, 3, stride=2, padding=1, output_padding=1), nn.ReLU(),
                      nn.Upsample(scale_factor=2), nn.ZeroPad2d((1, 0, 2, 1)), nn.Conv2d(4, 1, 3),
                      nn.Sigmoid()),
        (2, 4, 5),
    ),
    "sequence_conv": (
        nn.Sequential(nn.Conv1d(3, 6, 5, padding=2), nn.BatchNorm1d(6), nn.ReLU(), nn.MaxPool1d(2),
                      nn.ConvTranspose1d(6, 4, 2, stride=2), nn.AdaptiveAvgPool1d(1), nn.Flatten(),
                      nn.Linear(4, 2)),
        (3, 12),
    ),
    "residual": (Residual(), (3, 8, 9)),
    "view": (View(), (2, 7, 5)),
    "words": (Words(), (6,)),
    "lstm": (Sequence(nn.LSTM(3, 5, batch_first=True), 5, True), (6, 3)),
    "lstm_two": (Sequence(nn.LSTM(3, 5, 2, batch_first=True, bidirectional=True), 10, True), (6, 3)),
    "gru": (Sequence(nn.GRU(3, 5, batch_first=True), 5, False), (6, 3)),
    "attention": (Attention(False), (5, 6)),
    "attention_causal": (Attention(True), (5, 6)),
    "attention_without_bias": (Attention(False, bias=False), (5, 6)),
    "dot_product": (DotProduct(False, False), (5, 6)),
    "dot_product_together": (DotProduct(True, True), (5, 6)),
    "dot_product_by_hand": (DotProduct(True, True, by_hand=True), (5, 6)),
    "encoder": (nn.TransformerEncoder(nn.TransformerEncoderLayer(6, 2, 8, batch_first=True), 2), (5, 6)),
    "rnn": (Sequence(nn.RNN(3, 5, batch_first=True), 5, True), (6, 3)),
}  # fmt: skip


def write_torch(folder: Path) -> None:
    """Each network by both exporters."""
    for name, (network, shape) in NETWORKS.items():
        torch.manual_seed(0)
        network.eval()
        for module in network.modules():
            if isinstance(module, nn.modules.batchnorm._BatchNorm):
                module.running_mean.normal_()
                module.running_var.uniform_(0.5, 2)
        x = torch.randn(SAMPLES, *shape)
        if name == "words":
            x = torch.randint(0, 11, (SAMPLES, *shape))
        for way, settings in WAYS.items():
            file = folder / f"torch_{way}_{name}.onnx"
            try:
                torch.onnx.export(
                    network, (x,), str(file), input_names=["x"], external_data=False, **settings
                )
            except Exception as error:
                print(f"{file.name} was not written: {type(error).__name__}: {str(error)[:200]}")
                file.unlink(missing_ok=True)
                continue
            keep(file, x.numpy())


WAYS = {
    "script": {"dynamo": False, "dynamic_axes": {"x": {0: "n"}}},
    "dynamo": {"dynamo": True, "dynamic_shapes": ({0: torch.export.Dim("n", min=1, max=1000)},)},
    "fixed": {"dynamo": True},
    # Since this version there is an operator of attention.
    "operators": {"dynamo": True, "opset_version": 23},
}


def keep(file: Path, x: np.ndarray) -> None:
    """Write the input and what ONNX Runtime gives, floats alone."""
    session = onnxruntime.InferenceSession(str(file), providers=["CPUExecutionProvider"])
    results = session.run(None, {session.get_inputs()[0].name: x})
    kept = [y for y in results if isinstance(y, np.ndarray) and y.dtype.kind == "f"]
    np.savez(file.with_suffix(".npz"), x=x, y=kept[0])


def write_sklearn(folder: Path) -> None:
    """Networks of scikit-learn, alone and behind a scaler."""
    from skl2onnx import to_onnx
    from sklearn.neural_network import MLPClassifier, MLPRegressor
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    x = rng.normal(2, 3, (60, 4)).astype(np.float32)
    classes = np.array(["cat", "dog", "owl"])[(x[:, 0] > 2).astype(int) + (x[:, 1] > 3)]
    small = {"hidden_layer_sizes": (6, 5), "max_iter": 60, "random_state": 0}
    models = {
        "classifier": MLPClassifier(**small, activation="tanh").fit(x, classes),
        "binary": MLPClassifier(**small).fit(x, x[:, 2] > 2),
        "regressor": MLPRegressor(**small, activation="logistic").fit(x, x[:, 0] * 2 - x[:, 3]),
        "several": MLPRegressor(**small).fit(x, x[:, :2] - x[:, 2:]),
        "pipeline": make_pipeline(StandardScaler(), MLPClassifier(**small)).fit(x, classes),
    }
    for name, model in models.items():
        for zipped in (False, True):
            if zipped and name not in ("classifier", "pipeline"):
                continue
            options = {} if zipped or not hasattr(model, "predict_proba") else {"zipmap": False}
            file = folder / f"sklearn_{name}{'_zipped' * zipped}.onnx"
            file.write_bytes(to_onnx(model, x[:1], options=options).SerializeToString())
            if zipped:
                np.savez(file.with_suffix(".npz"), x=x[:SAMPLES], y=model.predict_proba(x[:SAMPLES]))
            else:
                keep(file, x[:SAMPLES])


def write_turned(folder: Path) -> None:
    """A graph as tf2onnx writes it: pictures with channels last, turned around each convolution."""
    node = helper.make_node
    nodes = [
        node("Transpose", ["x"], ["a"], "conv/turn", perm=[0, 3, 1, 2]),
        node("Conv", ["a", "w"], ["b"], "conv", auto_pad="SAME_UPPER", strides=[2, 2]),
        node("Add", ["b", "bias"], ["c"], "conv/bias"),
        node("Relu", ["c"], ["d"], "relu"),
        node("Transpose", ["d"], ["e"], "relu/turn", perm=[0, 2, 3, 1]),
        node("Transpose", ["e"], ["f"], "pool/turn", perm=[0, 3, 1, 2]),
        node("MaxPool", ["f"], ["g"], "pool", kernel_shape=[2, 2], strides=[2, 2]),
        node("Transpose", ["g"], ["h"], "pool/back", perm=[0, 2, 3, 1]),
        node("Reshape", ["h", "shape"], ["i"], "flatten"),
        node("MatMul", ["i", "k"], ["j"], "dense"),
        node("Add", ["j", "q"], ["l"], "dense/bias"),
        node("Softmax", ["l"], ["y"], "softmax", axis=-1),
    ]
    arrays = {
        "w": rng.normal(size=(5, 3, 3, 3)), "bias": rng.normal(size=(1, 5, 1, 1)),
        "k": rng.normal(size=(5 * 2 * 3, 4)), "q": rng.normal(size=4),
    }  # fmt: skip
    constants = [numpy_helper.from_array(v.astype(np.float32), k) for k, v in arrays.items()]
    constants.append(numpy_helper.from_array(np.array([-1, 30]), "shape"))
    x = helper.make_tensor_value_info("x", TensorProto.FLOAT, ["n", 8, 12, 3])
    y = helper.make_tensor_value_info("y", TensorProto.FLOAT, ["n", 4])
    model = helper.make_model(
        helper.make_graph(nodes, "g", [x], [y], constants), opset_imports=[helper.make_opsetid("", 15)],
        ir_version=8,
    )  # fmt: skip
    onnx.save(model, folder / "turned.onnx")
    keep(folder / "turned.onnx", rng.normal(size=(SAMPLES, 8, 12, 3)).astype(np.float32))


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    target = Path(sys.argv[1])
    target.mkdir(parents=True, exist_ok=True)
    write_turned(target)
    write_sklearn(target)
    write_torch(target)

"""Makes layers.npz with PyTorch: every layer.

    python tests/golden/make_layers.py     (needs torch==2.13.0; the tests do not)

Inputs, weights and output gradients are drawn by our harness and rounded to float32; PyTorch
computes in float64.
"""

from __future__ import annotations

import sys
from functools import reduce
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import nn
from torch.nn import functional as F

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "kernels"), str(ROOT / "tests")]

from kernels.harness import Bench  # noqa: E402

from nnkernels.spec import layers  # noqa: E402

torch.set_default_dtype(torch.float64)
Tensors = list[torch.Tensor]


def first(x: torch.Tensor) -> torch.Tensor:
    """Channels last to channels first, for sequences and pictures."""
    return x.movedim(-1, 1)


def last(x: torch.Tensor) -> torch.Tensor:
    return x.movedim(1, -1)


def pair(o: dict[str, Any], dimensions: int, height: str, width: str) -> list[int]:
    """A length for each axis."""
    return [o[height], o[width if o["two_lengths"] else height]] if dimensions == 2 else [o[height]]


def pads(o: dict[str, Any], sizes: Any, taps: list[int], stride: list[int], dilation: list[int]) -> list[int]:
    """Padding as `F.pad` takes it: the last axis first."""
    kind = o["padding"]
    reach = [(k - 1) * d + 1 for k, d in zip(taps, dilation, strict=True)]
    if kind == "sides":
        names = ("left", "right", "top", "bottom") if len(sizes) == 2 else ("before", "after")
        return [o[f"pad_{name}"] for name in names]
    if kind == "causal":
        return [reach[0] - 1, 0]
    if kind in ("same", "same lower"):
        lists = zip(sizes, stride, reach, strict=True)
        spare = [max((-(-n // s) - 1) * s + r - n, 0) for n, s, r in lists]
        sides = [(n // 2, n - n // 2) if kind == "same" else (n - n // 2, n // 2) for n in reversed(spare)]
        return [side for both in sides for side in both]
    return [o["pad"] if kind == "number" else 0] * 2 * len(sizes)


def conv(x: Tensors, p: dict[str, torch.Tensor], o: dict[str, Any]) -> torch.Tensor:
    x0 = first(x[0])
    k, s, d = (
        pair(o, x0.dim() - 2, *names)
        for names in (
            ("kernel_size", "kernel_width"),
            ("stride", "stride_width"),
            ("dilation", "dilation_width"),
        )
    )
    run = F.conv1d if x0.dim() == 3 else F.conv2d
    weight = p["weight"].movedim((-1, -2), (0, 1)).contiguous()
    padded = F.pad(x0, pads(o, x0.shape[2:], k, s, d))
    return last(run(padded, weight, p.get("bias"), s, 0, d, o["groups"]))


def pool(x: Tensors, p: dict[str, torch.Tensor], o: dict[str, Any], largest: bool) -> torch.Tensor:
    x0 = first(x[0])
    sequence = x0.dim() == 3
    dimensions = x0.dim() - 2
    k, s = (
        pair(o, dimensions, *names) for names in (("pool_size", "pool_width"), ("stride", "stride_width"))
    )
    d = pair(o, dimensions, "dilation", "dilation_width") if largest else [1] * dimensions
    around, ceil = pads(o, x0.shape[2:], k, s, d), o["ceil_mode"]
    if largest:
        run = F.max_pool1d if sequence else F.max_pool2d
        return last(run(F.pad(x0, around, value=-torch.inf), k, s, 0, d, ceil))
    run = F.avg_pool1d if sequence else F.avg_pool2d
    mean = run(F.pad(x0, around), k, s, 0, ceil)
    if o["count_padding"]:
        return last(mean)
    # The mean of ones is the share of the window that lies in the picture.
    return last(mean / run(F.pad(torch.ones_like(x0), around), k, s, 0, ceil))


def transposed(x: Tensors, p: dict[str, torch.Tensor], o: dict[str, Any]) -> torch.Tensor:
    x0 = first(x[0])
    weight, dimensions = p["weight"].movedim((-1, -2), (0, 1)).contiguous(), x0.dim() - 2
    k, s, d, pad, extra = (
        pair(o, dimensions, name, f"{name.removesuffix('_size')}_width")
        for name in ("kernel_size", "stride", "dilation", "padding", "output_padding")
    )
    run = F.conv_transpose1d if dimensions == 1 else F.conv_transpose2d
    if not o["same"]:
        return last(run(x0, weight, p.get("bias"), s, pad, extra, o["groups"], d))
    # Keras: what the convolution with padding "same" cuts, before and after; or zeros behind.
    y, around = run(x0, weight, None, s, 0, 0, o["groups"], d), []
    for kernel, stride, dilation in reversed(list(zip(k, s, d, strict=True))):
        cut = (kernel - 1) * dilation + 1 - stride
        around += [-(max(cut, 0) // 2), -(cut - max(cut, 0) // 2)]
    y = F.pad(y, around)
    return last(y + p["bias"].reshape(-1, *[1] * dimensions) if o["bias"] else y)


def clamped(o: dict[str, Any]) -> tuple[float | None, float | None]:
    """Both bounds, None for one that is not there."""
    return None if o["sides"] == "upper" else o["low"], None if o["sides"] == "lower" else o["high"]


def attention(x: Tensors, p: dict[str, torch.Tensor], o: dict[str, Any]) -> torch.Tensor:
    steps, width = x[0].shape[1:]
    result = nn.MultiheadAttention(width, o["heads"], bias=o["bias"], batch_first=True)
    weights = {"in_proj_weight": p["in_weight"].T, "out_proj.weight": p["out_weight"].T}
    if o["bias"]:
        weights |= {"in_proj_bias": p["in_bias"], "out_proj.bias": p["out_bias"]}
    memory = x[1] if len(x) > 1 and x[1].ndim == 3 else x[0]
    hidden = ~torch.tril(torch.ones(steps, memory.shape[1], dtype=bool)) if o["causal"] else None
    given = {"attn_mask": hidden, "need_weights": False}
    if x[-1].ndim == 2:
        given["key_padding_mask"] = x[-1] == 0
    return torch.func.functional_call(result, weights, (x[0], memory, memory), given)[0]


def batchnorm(x: Tensors, p: dict[str, torch.Tensor], o: dict[str, Any]) -> torch.Tensor:
    rows, momentum = x[0].reshape(-1, x[0].shape[-1]), o["momentum"]
    if "running_batches" in p:
        # As nn.BatchNorm2d does with momentum None.
        p["running_batches"].data += 1
        momentum = 1 / p["running_batches"].item()
    batchnorm = F.batch_norm(
        rows, p["running_mean"].detach(), p["running_var"].detach(), p.get("weight"), p.get("bias"),
        True, momentum, o["epsilon"],
    )  # fmt: skip
    return batchnorm.reshape(x[0].shape)


def recurrent(kind: Any, x: Tensors, p: dict[str, torch.Tensor], o: dict[str, Any]) -> torch.Tensor:
    both = o["bidirectional"]
    back = o["reverse"] and not both
    bent = {"nonlinearity": o["activation"]} if kind is nn.RNN else {}
    cell = kind(x[0].shape[2], o["units"], batch_first=True, bidirectional=both, **bent)
    weights = {}
    for end in ("", "_reverse") if both else ("",):
        bias, second = p[f"bias{end}"], torch.zeros_like(p[f"bias{end}"])
        if f"recurrent_bias{end}" in p:
            second = torch.cat([second[: -o["units"]], p[f"recurrent_bias{end}"]])
        weights |= {
            f"weight_ih_l0{end}": p[f"weight{end}"].T, f"weight_hh_l0{end}": p[f"recurrent_weight{end}"].T,
            f"bias_ih_l0{end}": bias, f"bias_hh_l0{end}": second,
        }  # fmt: skip
    read = x[0].flip(1) if back else x[0]
    states, final = torch.func.functional_call(cell, weights, (read,))
    if o["return_sequences"]:
        return states.flip(1) if back else states
    final = final[int(o["gives"] == "cell")] if kind is nn.LSTM else final
    return torch.cat(list(final), 1)


def early_gru(x: Tensors, p: dict[str, torch.Tensor], o: dict[str, Any]) -> torch.Tensor:
    """The paper's GRU, which PyTorch lacks: the reset gate scales the state before it is multiplied."""
    readings = []
    for end in ("", "_reverse") if o["bidirectional"] else ("",):
        turn = end or (o["reverse"] and not o["bidirectional"])
        w, u = p[f"weight{end}"], p[f"recurrent_weight{end}"]
        h, states = torch.zeros(len(x[0]), o["units"]), []
        for step in (x[0].flip(1) if turn else x[0]).unbind(1):
            xr, xz, xn = (step @ w + p[f"bias{end}"]).chunk(3, 1)
            ur, uz, un = u.chunk(3, 1)
            r, z = torch.sigmoid(xr + h @ ur), torch.sigmoid(xz + h @ uz)
            h = torch.lerp(torch.tanh(xn + (r * h) @ un), h, z)
            states.append(h)
        every = torch.stack(states, 1)
        readings.append((every.flip(1) if turn else every) if o["return_sequences"] else h)
    return torch.cat(readings, -1)


def waves(steps: int, width: int) -> torch.Tensor:
    """The formula of Vaswani et al. 2017, one value at a time."""
    table = torch.zeros(steps, width)
    for position in range(steps):
        for i in range(width):
            angle = position / 10000 ** (2 * (i // 2) / width)
            table[position, i] = np.cos(angle) if i % 2 else np.sin(angle)
    return table


def aligned(x: Tensors) -> Tensors:
    """Inputs with axes of length 1 before those of a sample, as many as the longest shape has more."""
    rank = max(v.dim() for v in x)
    return [v.reshape(len(v), *[1] * (rank - v.dim()), *v.shape[1:]) for v in x]


MODES = {"constant": "constant", "reflect": "reflect", "edge": "replicate", "wrap": "circular"}


def borders(o: dict[str, Any]) -> list[int]:
    """Widths as PyTorch takes them, the last axis first."""
    sides = ("left", "right", "top", "bottom") if "top" in o else ("before", "after")
    return [o["border"] if o["sides"] == "equal" else o[side] for side in sides]


def padded(x: Tensors, p: dict[str, torch.Tensor], o: dict[str, Any]) -> torch.Tensor:
    value = o["value"] if o["mode"] == "constant" else None
    return last(F.pad(first(x[0]), borders(o), MODES[o["mode"]], value))


class Threshold(torch.autograd.Function):
    """1 above 0, else 0; on the way back the derivative max(0, 1 - |x|), as in Esser et al. 2016."""

    @staticmethod
    def forward(ctx: Any, x: torch.Tensor) -> torch.Tensor:
        ctx.save_for_backward(x)
        return torch.heaviside(x, torch.zeros(1))

    @staticmethod
    def backward(ctx: Any, *arriving: torch.Tensor) -> torch.Tensor:
        (x,) = ctx.saved_tensors
        return arriving[0] * F.relu(1 - x.abs())


# Layer to PyTorch, for every layer that declares a twin (TransformerBlock: below). Arguments: inputs and
# parameters as tensors, options.
SAME = {
    "dense": lambda x, p, o: F.linear(x[0], p["weight"].T, p.get("bias")),
    "conv1d": conv,
    "conv2d": conv,
    "convtranspose1d": transposed,
    "convtranspose2d": transposed,
    "maxpool1d": lambda x, p, o: pool(x, p, o, True),
    "averagepool1d": lambda x, p, o: pool(x, p, o, False),
    "globalaveragepool1d": lambda x, p, o: F.adaptive_avg_pool1d(first(x[0]), 1)[:, :, 0],
    "globalmaxpool1d": lambda x, p, o: F.adaptive_max_pool1d(first(x[0]), 1)[:, :, 0],
    "multiheadattention": attention,
    "positionalencoding": lambda x, p, o: x[0] + (p["weight"] if p else waves(*x[0].shape[1:])),
    "dot": lambda x, p, o: torch.linalg.vecdot(x[0], x[1])[..., None],
    "prelu": lambda x, p, o: last(F.prelu(first(x[0]), p["weight"])),
    "products": lambda x, p, o: torch.stack([torch.combinations(row).prod(1) for row in x[0]]),
    "maxpool2d": lambda x, p, o: pool(x, p, o, True),
    "averagepool2d": lambda x, p, o: pool(x, p, o, False),
    "globalaveragepool": lambda x, p, o: F.adaptive_avg_pool2d(first(x[0]), 1)[:, :, 0, 0],
    "globalmaxpool": lambda x, p, o: F.adaptive_max_pool2d(first(x[0]), 1)[:, :, 0, 0],
    "upsampling2d": lambda x, p, o: last(F.interpolate(first(x[0]), scale_factor=o["factor"])),
    "pad1d": padded,
    "pad2d": padded,
    "crop1d": lambda x, p, o: last(F.pad(first(x[0]), [-n for n in borders(o)])),
    "crop2d": lambda x, p, o: last(F.pad(first(x[0]), [-n for n in borders(o)])),
    "permute": lambda x, p, o: x[0].permute(0, *[int(a) for a in o["axes"].split(",")]),
    "reshape": lambda x, p, o: x[0].reshape(len(x[0]), *[int(n) for n in o["target"].split(",")]),
    "flatten": lambda x, p, o: x[0].flatten(1),
    "identity": lambda x, p, o: nn.Identity()(x[0]),
    "batchnorm": batchnorm,
    "layernorm": lambda x, p, o: F.layer_norm(x[0], p["weight"].shape, p["weight"], p["bias"], o["epsilon"]),
    "simplernn": lambda x, p, o: recurrent(nn.RNN, x, p, o),
    "lstm": lambda x, p, o: recurrent(nn.LSTM, x, p, o),
    "gru": lambda x, p, o: early_gru(x, p, o) if o["reset"] == "before" else recurrent(nn.GRU, x, p, o),
    "embedding": lambda x, p, o: p["weight"][x[0].long().clip(0, o["size"] - 1)],
    "relu": lambda x, p, o: F.relu(x[0]),
    "sigmoid": lambda x, p, o: torch.sigmoid(x[0]),
    "tanh": lambda x, p, o: torch.tanh(x[0]),
    "softmax": lambda x, p, o: F.softmax(x[0], -1 if o["axis"] == "last" else int(o["axis"])),
    "log_softmax": lambda x, p, o: F.log_softmax(x[0], -1 if o["axis"] == "last" else int(o["axis"])),
    "clamp": lambda x, p, o: torch.clamp(x[0], *clamped(o)),
    "leaky_relu": lambda x, p, o: F.leaky_relu(x[0], o["negative_slope"]),
    "elu": lambda x, p, o: F.elu(x[0], o["alpha"]),
    "selu": lambda x, p, o: F.selu(x[0]),
    "gelu": lambda x, p, o: F.gelu(x[0], approximate=o["approximation"]),
    "silu": lambda x, p, o: F.silu(x[0]),
    "softplus": lambda x, p, o: F.softplus(x[0], o["beta"]),
    "square": lambda x, p, o: x[0].square(),
    "sine": lambda x, p, o: torch.sin(x[0]),
    "step": lambda x, p, o: Threshold.apply(x[0]),
    "add": lambda x, p, o: reduce(torch.add, aligned(x)),
    "subtract": lambda x, p, o: reduce(torch.sub, aligned(x)),
    "average": lambda x, p, o: reduce(torch.add, aligned(x)) / len(x),
    "multiply": lambda x, p, o: reduce(torch.mul, aligned(x)),
    "divide": lambda x, p, o: torch.div(*aligned(x)),
    "matmul": lambda x, p, o: torch.matmul(*x),
    "maximum": lambda x, p, o: torch.maximum(*aligned(x)),
    "minimum": lambda x, p, o: torch.minimum(*aligned(x)),
    "concatenate": lambda x, p, o: torch.cat(x, -1 if o["axis"] == "last" else int(o["axis"])),
}


def layer_cases() -> dict[str, np.ndarray]:
    """Arrays named "layer-case/what"."""
    arrays: dict[str, np.ndarray] = {}
    for layer in layers:
        for i, (options, shapes) in enumerate(layer.samples):
            # What is drawn at random in training is another number in PyTorch.
            if layer.id not in SAME or options.get("dropout"):
                continue
            bench = Bench(layer, options, shapes, 5, 2)
            x = [torch.tensor(v.astype(np.float32).astype(float), requires_grad=True) for v in bench.inputs()]
            p = {
                k: torch.tensor(v.astype(np.float32).astype(float), requires_grad=True)
                for k, v in bench.parameters().items()
            }
            if layer.id == "multiheadattention" and x[-1].ndim == 2:
                # The mask hides one place of every sample, and a second one of the last.
                x[-1].data[:, 3] = x[-1].data[-1, 5] = 0
            name = f"{layer.id}-{i}"
            # Copies: batch norm writes its running statistics in place.
            for kind, values in (("x", dict(enumerate(x))), ("p", p)):
                arrays |= {
                    f"{name}/{kind}.{k}": v.detach().numpy().astype(np.float32).copy()
                    for k, v in values.items()
                }
            y = SAME[layer.id](x, p, bench.options)
            dy = torch.tensor(
                np.random.default_rng(100 + i).normal(size=y.shape).astype(np.float32).astype(float)
            )
            y.backward(dy)
            arrays |= {f"{name}/y": y.detach().numpy(), f"{name}/dy": dy.numpy()}
            gradients = [torch.zeros_like(v) if v.grad is None else v.grad for v in x]
            arrays |= {f"{name}/dx.{k}": v.numpy() for k, v in enumerate(gradients)}
            arrays |= {f"{name}/dp.{k}": v.grad.numpy() for k, v in p.items() if v.grad is not None}
            arrays |= {
                f"{name}/after.{k}": v.detach().numpy() for k, v in p.items() if k.startswith("running")
            }
    return {k: v.astype(np.float32) for k, v in arrays.items()}


def transformer_cases() -> dict[str, np.ndarray]:
    """TransformerBlock: outputs, and gradients of the mean squared distance to a target."""
    arrays: dict[str, np.ndarray] = {}
    for i, (given, shapes) in enumerate(layers["transformerblock"].samples):
        rng, o = np.random.default_rng(i), layers["transformerblock"].complete(given)
        (steps, width), name = shapes[0], f"transformerblock-{i}"
        result = nn.TransformerEncoderLayer(
            width, o["heads"], o["hidden"], 0.0, o["activation"], batch_first=True, norm_first=o["norm_first"]
        )
        theirs = {
            "attention.in_weight": "self_attn.in_proj_weight", "attention.in_bias": "self_attn.in_proj_bias",
            "attention.out_weight": "self_attn.out_proj.weight",
            "attention.out_bias": "self_attn.out_proj.bias",
            "dense1.weight": "linear1.weight", "dense1.bias": "linear1.bias",
            "dense2.weight": "linear2.weight", "dense2.bias": "linear2.bias",
            **{f"norm{n}.{k}": f"norm{n}.{k}" for n in (1, 2) for k in ("weight", "bias")},
        }  # fmt: skip
        values = dict(result.named_parameters())
        for value in values.values():
            drawn = rng.normal(size=value.shape).astype(np.float32) * np.float32(0.5)
            value.data = torch.tensor(drawn.astype(float))
        x, t = (
            torch.tensor(rng.normal(size=(5, steps, width)).astype(np.float32).astype(float)) for _ in "xt"
        )
        hidden = ~torch.tril(torch.ones(steps, steps, dtype=bool)) if o["causal"] else None
        mask = torch.ones(5, steps)
        if len(shapes) == 2:
            # It hides the last step of every sample but the first, and one more of the last, never all.
            mask[1:, 1:][:, -1:] = 0
            mask[-1, 1:2] = 0
            arrays[f"{name}/mask"] = mask.numpy()
        y = result(x, src_mask=hidden, src_key_padding_mask=mask == 0 if len(shapes) == 2 else None)
        F.mse_loss(y, t).backward()
        arrays |= {f"{name}/x": x.numpy(), f"{name}/t": t.numpy(), f"{name}/y": y.detach().numpy()}
        for ours, key in theirs.items():
            turn = (lambda v: v.T) if "weight" in ours and "norm" not in ours else (lambda v: v)
            arrays[f"{name}/p.{ours}"] = turn(values[key].detach()).numpy()
            arrays[f"{name}/dp.{ours}"] = turn(values[key].grad).numpy()
    return {k: v.astype(np.float32) for k, v in arrays.items()}


def main() -> None:
    path = Path(__file__).with_name("layers.npz")
    np.savez_compressed(path, **layer_cases(), **transformer_cases())


if __name__ == "__main__":
    main()

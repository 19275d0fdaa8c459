"""Mutations of files that importers read: each must give a network or a sentence, and nothing else.

PYTHONPATH=tests:kernels python tests/importing/fuzz.py 50000
"""

from __future__ import annotations

import copy
import io
import json
import re
import sys
import tempfile
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from safetensors.numpy import save

from nnstudio.importing.importer import importers
from nnstudio.model.atomic_file import FileError

KERAS = Path(__file__).parent / "keras"
CONFIG, WEIGHTS = "config.json", "model.weights.h5"
SOURCE = '''import torch
from torch import nn
import torch.nn.functional as F
from collections import OrderedDict


class Block(nn.Module):
    def __init__(self, channels, factor=2):
        super().__init__()
        self.conv = nn.Conv2d(channels, channels * factor, kernel_size=3, padding=1, bias=False)
        self.norm = nn.BatchNorm2d(channels * factor)

    def forward(self, x):
        return torch.cat((x, F.relu(self.norm(self.conv(x)))), dim=1)


class Net(nn.Module):
    """Takes (n, 2, 4, 6)."""

    def __init__(self):
        super().__init__()
        self.blocks = nn.ModuleList([Block(2), Block(6, 1)])
        self.head = nn.Sequential(OrderedDict([("drop", nn.Dropout(0.2)), ("fc", nn.Linear(8, 3))]))
        self.lstm = nn.LSTM(12, 4, batch_first=True, bidirectional=True)

    def forward(self, x):
        for block in self.blocks:
            x = block(x)
        x = x[:, :, 1:3, :].permute(0, 2, 3, 1)
        out, (state, _) = self.lstm(x.reshape(-1, 12, 12))
        last = torch.cat((state[0], state[1]), dim=-1)
        return F.softmax(self.head(last), dim=-1), last.view(x.size(0), -1, 2).flatten(1)
'''
# Bits of either language that stand where others stood.
PIECES = (
    b"null", b"-1", b"0", b"1e999", b"true", b"[]", b"{}", b'""', b"[[[[", b"]", b"}", b",", b"9" * 30,
    b"NaN", b"None", b"self", b"x", b"(", b")", b":", b"\n", b"**", b"lambda x: x", b"*x", b"[x]", b"-",
    b"\xff",
)  # fmt: skip


def mutated(content: bytes, rng: np.random.Generator) -> bytes:
    """With one to four changes."""
    data = bytearray(content)
    for _ in range(rng.integers(1, 5)):
        at = int(rng.integers(0, len(data) + 1))
        length = int(rng.integers(1, 12))
        match rng.integers(0, 5):
            case 0:
                data[at : at + length] = PIECES[rng.integers(0, len(PIECES))]
            case 1:
                data[at : at + length] = b""
            case 2:
                data[at : at + length] = rng.bytes(length)
            case 3:
                other = int(rng.integers(0, len(data) + 1))
                data[at:at] = data[other : other + length * 4]
            case _:
                data[at:at] = PIECES[rng.integers(0, len(PIECES))]
    return bytes(data)


def other_values(config: object, rng: np.random.Generator) -> object:
    """A configuration with one value exchanged for another, or for something odd."""
    spots: list[tuple[Any, Any]] = []
    waiting: list[Any] = [config]
    while waiting:
        item = waiting.pop()
        keys = list(item) if isinstance(item, dict) else range(len(item)) if isinstance(item, list) else ()
        spots += [(item, key) for key in keys]
        waiting += [item[key] for key in keys]
    for _ in range(rng.integers(1, 3)):
        holder, key = spots[rng.integers(0, len(spots))]
        other, name = spots[rng.integers(0, len(spots))]
        choices = (None, -1, 0, 2.5, 10**30, True, [], {}, "", "same", [1, 2], copy.deepcopy(other.get(name))
                   if isinstance(other, dict) else 7)  # fmt: skip
        holder[key] = choices[rng.integers(0, len(choices))]
        if isinstance(holder, dict) and rng.random() < 0.1:
            del holder[key]
            break
    return config


def other_tokens(source: str, rng: np.random.Generator) -> str:
    """A source with one to three words or signs exchanged for others of it."""
    parts = re.findall(r"\w+|\s+|[^\w\s]", source)
    for _ in range(rng.integers(1, 4)):
        parts[rng.integers(0, len(parts))] = parts[rng.integers(0, len(parts))]
    return "".join(parts)


def entries(name: str) -> dict[str, bytes]:
    with zipfile.ZipFile(KERAS / f"{name}.keras") as archive:
        return {entry: archive.read(entry) for entry in (CONFIG, WEIGHTS)}


def archive(parts: dict[str, bytes]) -> bytes:
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w") as file:
        for name, content in parts.items():
            file.writestr(name, content)
    return held.getvalue()


def weights() -> bytes:
    """Of the source, by the names of its state_dict."""
    rng = np.random.default_rng(0)
    shapes = {
        "blocks.0.conv.weight": (4, 2, 3, 3), "blocks.1.conv.weight": (6, 6, 3, 3), "head.fc.weight": (3, 8),
        "head.fc.bias": (3,),
        **{f"blocks.{i}.norm.{k}": (n,) for i, n in enumerate((4, 6))
           for k in ("weight", "bias", "running_mean", "running_var")},
        **{f"lstm.{k}_l0{e}": s for e in ("", "_reverse") for k, s in (
            ("weight_ih", (16, 12)), ("weight_hh", (16, 4)), ("bias_ih", (16,)), ("bias_hh", (16,)))},
    }  # fmt: skip
    return save({name: rng.random(shape).astype(np.float32) for name, shape in shapes.items()})


def files(rng: np.random.Generator, folder: Path) -> Iterator[Path]:
    """One mutated file after another, each under its own kind's name."""
    models = [entries(name) for name in ("dense", "text")]
    whole, held = entries("functional"), weights()
    source, stored = folder / "net.py", folder / "net.safetensors"
    while True:
        model = models[int(rng.integers(0, 2))]
        for config in (model[CONFIG], whole[CONFIG]):
            odd = json.dumps(other_values(json.loads(config), rng)).encode()
            if config is whole[CONFIG]:
                yield _put(folder / "net.json", odd)
            else:
                yield _put(folder / "net.keras", archive({**model, CONFIG: odd}))
        yield _put(folder / "net.keras", archive({**model, WEIGHTS: mutated(model[WEIGHTS], rng)}))
        yield _put(folder / "net.keras", mutated(archive(model), rng))
        yield _put(folder / "net.json", mutated(whole[CONFIG], rng))
        stored.unlink(missing_ok=True)
        yield _put(source, mutated(SOURCE.encode(), rng))
        for _ in range(3):
            yield _put(source, other_tokens(SOURCE, rng).encode())
        _put(stored, mutated(held, rng))
        yield _put(source, SOURCE.encode())


def _put(path: Path, content: bytes) -> Path:
    path.write_bytes(content)
    return path


def run(count: int, seed: int, folder: Path) -> dict[str, int]:
    """Read so many; how many gave a network, and how many a sentence."""
    results = {"network": 0, "sentence": 0}
    for number, path in enumerate(files(np.random.default_rng(seed), folder)):
        if number == count:
            break
        try:
            importers.of(path).read(path)
            results["network"] += 1
        except FileError as error:
            assert len(str(error)) > 20, error
            results["sentence"] += 1
        except BaseException as error:
            error.add_note(f"mutation {number} of seed {seed}, {path.name}: {path.read_bytes()[:3000]!r}")
            raise
    return results


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as between:
        print(run(int(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 1, Path(between)))

"""Mutations of files that weights are read from into a network: each gives a table or a sentence.

PYTHONPATH=tests:kernels python tests/importing/fuzz_weights.py 50000 [SEED [KIND ..]]
"""

from __future__ import annotations

import io
import json
import resource
import sys
import tempfile
import warnings
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
from export.cases import exported
from importing.fuzz import CONFIG, WEIGHTS, archive, entries, mutated, other_values
from importing.weight_files import layout_of
from kernels.networks import chain
from safetensors.numpy import save

from nnkernels.program import Layout
from nnstudio.export.format import formats
from nnstudio.export.pytorch.layout import state_dict
from nnstudio.from_network import project_of
from nnstudio.importing.importer import importers
from nnstudio.importing.stored_weights import read_weights
from nnstudio.importing.weight_targets import Target, targets_of
from nnstudio.importing.weights import match_weights
from nnstudio.model.atomic_file import FileError

NETWORK = exported(
    chain(
        ("conv2d", {"filters": 2}), ("batchnorm", {}), ("flatten", {}), ("dense", {"units": 4}),
        ("reshape", {"target": "2, 2"}), ("gru", {"units": 3}), ("dense", {"units": 3}),
    ),
    (3, 2, 2),
)  # fmt: skip
KINDS = ("safetensors", "npz", "onnx", "keras")
# What a process may take on top of its libraries, far more than any of these files describes.
MOST_MEMORY = 6 * 2**30
Files = Iterator[bytes]


def targets_of_network() -> list[Target]:
    layout = layout_of(NETWORK)
    return targets_of(layout, np.zeros(layout.parameter_count, np.float32), {}, NETWORK.loss)


def targets_of_keras(folder: Path) -> list[Target]:
    """Of the network that a .keras file holds."""
    file = folder / "whole.keras"
    file.write_bytes(archive(entries("dense")))
    document = project_of(importers.of(file).read(file)).project.document
    shape = next(node.shape for node in importers.of(file).read(file).nodes if node.kind == "input")
    layout = Layout.of(document.to_network(), shape or (), document.settings.loss)
    return targets_of(layout, np.zeros(layout.parameter_count, np.float32), {}, document.settings.loss)


def nudged(content: bytes, rng: np.random.Generator, most: int = 0) -> bytes:
    """Of the same length, with one to three bytes exchanged, among the first ``most`` where that is given."""
    data = bytearray(content)
    for at in rng.integers(0, min(most or len(data), len(data)), rng.integers(1, 4)):
        data[at] = rng.integers(0, 256) if rng.random() < 0.5 else data[at] ^ (1 << int(rng.integers(0, 8)))
    return bytes(data)


def safetensors_files(rng: np.random.Generator, ours: bytes) -> Files:
    plain = save({name: np.ascontiguousarray(v) for name, v in state_dict(NETWORK).items()})
    while True:
        for content in (ours, plain):
            length = int.from_bytes(content[:8], "little")
            header = json.dumps(other_values(json.loads(content[8 : 8 + length]), rng)).encode()
            yield len(header).to_bytes(8, "little") + header + content[8 + length :]
            text = mutated(content[8 : 8 + length], rng)
            yield len(text).to_bytes(8, "little") + text + content[8 + length :]
            yield mutated(content, rng)
            yield nudged(content, rng)
            yield nudged(content, rng, 8 + length)


def npz_files(rng: np.random.Generator, ours: bytes) -> Files:
    held = io.BytesIO()
    np.savez(held, **state_dict(NETWORK))  # type: ignore[arg-type]  # numpy takes its flag for an array
    while True:
        for content in (ours, held.getvalue()):
            with zipfile.ZipFile(io.BytesIO(content)) as file:
                parts = {name: file.read(name) for name in file.namelist()}
            name = list(parts)[rng.integers(0, len(parts))]
            yield archive({**parts, name: nudged(parts[name], rng)})
            yield archive({**parts, name: nudged(parts[name], rng, 128)})
            yield archive(
                {**parts, f"{mutated(name.encode(), rng).decode(errors='replace')}.npy": parts[name]}
            )
            yield archive({**parts, name: mutated(parts[name], rng)})
            yield mutated(content, rng)
            yield nudged(content, rng)


def onnx_files(rng: np.random.Generator, ours: bytes) -> Files:
    while True:
        yield mutated(ours, rng)
        yield nudged(ours, rng)


def keras_files(rng: np.random.Generator, _ours: bytes) -> Files:
    model = entries("dense")
    while True:
        odd = json.dumps(other_values(json.loads(model[CONFIG]), rng)).encode()
        yield archive({**model, CONFIG: odd})
        yield archive({**model, WEIGHTS: mutated(model[WEIGHTS], rng)})
        yield archive({**model, WEIGHTS: nudged(model[WEIGHTS], rng)})
        yield mutated(archive(model), rng)


READERS: dict[str, Callable[[np.random.Generator, bytes], Files]] = {
    "safetensors": safetensors_files, "npz": npz_files, "onnx": onnx_files, "keras": keras_files,
}  # fmt: skip


def run(kind: str, count: int, seed: int, folder: Path) -> dict[str, int]:
    """Read so many of a kind; how many gave a table, and how many a sentence."""
    targets = targets_of_keras(folder) if kind == "keras" else targets_of_network()
    file, ours = folder / f"weights.{kind}", b""
    if kind != "keras":
        formats[kind].write(NETWORK, file)
        ours = file.read_bytes()
    results = {"table": 0, "sentence": 0}
    contents = READERS[kind](np.random.default_rng(seed), ours)
    for number, content in zip(range(count), contents, strict=False):
        file.write_bytes(content)
        try:
            match = match_weights(read_weights(file), targets)
            assert all(np.isfinite(v).all() for own in match.values.values() for v in own.values())
            results["table"] += 1
        except FileError as error:
            assert len(str(error)) > 20, error
            results["sentence"] += 1
        except BaseException as error:
            error.add_note(f"mutation {number} of seed {seed}, {file.name}: {content[:3000]!r}")
            raise
    return results


if __name__ == "__main__":
    # As in tests.
    warnings.simplefilter("error")
    resource.setrlimit(resource.RLIMIT_AS, (MOST_MEMORY, MOST_MEMORY))
    wanted, start = int(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 1
    chosen = sys.argv[3:] or KINDS
    with tempfile.TemporaryDirectory() as between:
        for kind in chosen:
            print(kind, run(kind, wanted // len(chosen), start, Path(between)), flush=True)

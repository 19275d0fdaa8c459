"""A folder that a person who knows PyTorch reads and goes on with: model, weights and a training loop."""

from __future__ import annotations

import importlib.metadata
import importlib.util
import tempfile
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from nnstudio import __version__
from nnstudio.export.format import formats
from nnstudio.export.generated_code import arrays_of, run
from nnstudio.export.network import ExportedNetwork
from nnstudio.export.pytorch import graph as torch_graph
from nnstudio.export.pytorch.model import model_text
from nnstudio.export.pytorch.readme import readme_text, usage_text
from nnstudio.export.pytorch.training import training_text
from nnstudio.export.safetensors_file import Safetensors

MODEL, WEIGHTS, TRAIN = "model.py", "model.safetensors", "train.py"
# What the child process runs: the folder, then inputs and outputs of each batch.
JUDGE = """
import sys
sys.path.insert(0, sys.argv[1])
import model, numpy
trained = model.load()
for rows, out in zip(sys.argv[2::2], sys.argv[3::2]):
    numpy.save(out, model.outputs(numpy.load(rows, allow_pickle=False), trained))
"""
# And for what all Outputs but the first give of one batch: the folder, inputs, outputs.
JUDGE_OTHERS = """
import sys
folder, rows, out = sys.argv[1:]
sys.path.insert(0, folder)
import model, numpy, torch
with torch.no_grad():
    given = model.load()(model.prepare(numpy.load(rows, allow_pickle=False)))
numpy.savez(out, *[values.numpy() for values in given[1:]])
"""


@formats.register
class PyTorch(Safetensors):
    """`model.py` and its weights, which `load_state_dict` takes with ``strict=True``."""

    id = "pytorch"
    title = "PyTorch"
    help = "A folder with a readable model.py, its weights and a training loop, for PyTorch."
    suffix = ""
    extra = "torch"
    order = 3

    def check(self, network: ExportedNetwork) -> None:
        torch_graph.check(network)
        # It refuses a loss that PyTorch lacks.
        training_text(network)

    def write(self, network: ExportedNetwork, path: Path) -> None:
        super().write(network, path / WEIGHTS)
        _write_text(path / MODEL, model_text(network, __version__))
        _write_text(path / TRAIN, training_text(network))
        _write_text(path / "README.md", readme_text(network, __version__))

    def read(self, path: Path) -> tuple[dict[str, np.ndarray], dict[str, str]]:
        return super().read(path / WEIGHTS)

    def usage(self, network: ExportedNetwork, path: Path) -> str:
        return usage_text(network, path.name, "torch")

    def in_and_out(self, network: ExportedNetwork) -> str:
        if not network.has_scaled_targets:
            return ""
        return (
            "predict of its model.py takes values in the units of the data and gives the targets in their "
            "own units; outputs, and the module that load gives, give SCALED numbers."
        )

    def judge(self) -> str:
        if _has_pytorch():
            return f"PyTorch {importlib.metadata.version('torch')}, which ran {MODEL}"
        return (
            f"{super().judge()}, from {WEIGHTS} alone; PyTorch is not installed here, so {MODEL} did not run"
        )

    def predict(self, path: Path, inputs: np.ndarray) -> np.ndarray | None:
        return _run(path, [inputs])[0] if _has_pytorch() else super().predict(path, inputs)

    def predictions(self, path: Path, batches: Sequence[np.ndarray]) -> list[np.ndarray] | None:
        return _run(path, batches) if _has_pytorch() else super().predictions(path, batches)

    def other_outputs(self, path: Path, inputs: np.ndarray) -> list[np.ndarray] | None:
        if not _has_pytorch():
            return super().other_outputs(path, inputs)

        def judge(rows: Path, out: Path) -> None:
            run(MODEL, ["-c", JUDGE_OTHERS, str(path), str(rows), str(out)], [out])

        given = arrays_of(judge, inputs)
        # Nothing tells here whether a picture has its channels first.
        return given if all(values.ndim < 4 for values in given) else None


def _has_pytorch() -> bool:
    return importlib.util.find_spec("torch") is not None


def _write_text(path: Path, text: str) -> None:
    path.write_text(text, encoding="utf-8", newline="\n")


def _run(folder: Path, batches: Sequence[np.ndarray]) -> list[np.ndarray]:
    """What the generated code gives for each, in one process of its own. Raises OSError where it fails."""
    with tempfile.TemporaryDirectory(prefix="nnstudio-") as between:
        rows, out = (
            [Path(between) / f"{name}{i}.npy" for i in range(len(batches))] for name in ("in", "out")
        )
        for file, inputs in zip(rows, batches, strict=True):
            np.save(file, inputs)
        files = [str(file) for pair in zip(rows, out, strict=True) for file in pair]
        run(MODEL, ["-c", JUDGE, str(folder), *files], out)
        return [np.load(file, allow_pickle=False) for file in out]

"""A folder that a person who knows Keras 3 reads and goes on with: model, weights and a training loop."""

from __future__ import annotations

import importlib.metadata
import importlib.util
import json
import os
import tempfile
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from nnstudio import __version__
from nnstudio.export.format import ExportError, WeightsFormat, formats
from nnstudio.export.generated_code import arrays_of, run
from nnstudio.export.keras.graph import check
from nnstudio.export.keras.layout import KERAS_LAYOUT, TRANSLATIONS, layer_names, weights_of
from nnstudio.export.keras.model import model_text
from nnstudio.export.keras.training import training_text
from nnstudio.export.network import MEMORY_LAYOUT, ExportedNetwork
from nnstudio.export.pytorch.readme import packages, picture_calls, taken, usage_text
from nnstudio.export.safetensors_file import save

# Keras, and the smallest of what it runs on.
PACKAGES = ("keras", "torch")
MODEL, WEIGHTS, TRAIN, WHOLE = "model.py", "model.safetensors", "train.py", "model.keras"
README = """# A neural network in Keras 3

Written by nnstudio {version}, which is not needed to use it. Keras runs on `tensorflow`, `jax` or `torch`:
install one of them; where several are there, `KERAS_BACKEND=torch` (or `jax`) chooses. In a terminal in this
folder:

    pip install {packages}
{calls}    python model.py rows.npy                              # print what it predicts
    python model.py rows.npy --out out.npy                # write what the network gives
    python model.py --save model.keras                    # the whole model in one file of Keras
    python train.py {data}                              # train again

- `model.py`: the network, what its inputs and outputs are called, how they are scaled; `build()` gives the
  model with fresh weights, `load()` the trained one, `predict(rows)` names of classes or numbers in the
  target's own unit.
- `model.safetensors`: the weights, by the paths of the model's variables. Its metadata describe the
  network{prepared}.
- `model.keras`, where Keras was installed: the same model and weights for `keras.saving.load_model`. Where
  `model.py` has layers of its own, import it before.
- `train.py`: a training loop with the settings of the project; its head says where it differs.

{taken}"""
# Where rows are those of a table.
PREPARED = """,
  and under `preprocessing` how each column of a table became numbers: inputs of `predict` and `train.py` are
  those numbers, unscaled"""

# In the metadata: for each node with arrays its layer here and there, and arrays that Keras does not have.
LAYERS = "layers"
BACKENDS = ("tensorflow", "jax", "torch")
# What the child process runs: folder, inputs, outputs; the whole model must predict the same as the code.
JUDGE = """
import sys
folder, given, out = sys.argv[1:]
sys.path.insert(0, folder)
import os
import keras, numpy, model
trained, whole = model.load(), os.path.join(folder, "model.keras")
saved = keras.saving.load_model(whole) if os.path.isfile(whole) else None
results = {}
with numpy.load(given, allow_pickle=False) as batches:
    for name in batches.files:
        results[name] = model.outputs(batches[name], trained)
        if saved is not None:
            again = model.outputs(batches[name], saved)
            if not numpy.allclose(again, results[name], rtol=1e-4, atol=1e-5, equal_nan=True):
                sys.exit("model.keras predicts something else than model.py")
numpy.savez(out, **results)
"""
# And for what all Outputs but the first give of one batch.
JUDGE_OTHERS = """
import sys
folder, given, out = sys.argv[1:]
sys.path.insert(0, folder)
import keras, model, numpy
rows = numpy.load(given, allow_pickle=False)
numpy.savez(out, *model.load().predict(model.prepare(rows), verbose=0)[1:])
"""


@formats.register
class Keras(WeightsFormat):
    """`model.py` and its weights by name; `model.keras` as well where Keras is installed."""

    id = "keras"
    title = "Keras"
    help = "A folder with a readable model.py, its weights and a training loop, for Keras 3."
    extra = "keras"
    order = 4

    def check(self, network: ExportedNetwork) -> None:
        check(network)
        # It refuses a loss that Keras lacks.
        training_text(network)

    def write(self, network: ExportedNetwork, path: Path) -> None:
        metadata = network.metadata()
        metadata |= {"layout": json.dumps(KERAS_LAYOUT), LAYERS: json.dumps(_layers(network))}
        save(weights_of(network), path / WEIGHTS, metadata)
        _write_text(path / MODEL, model_text(network, __version__))
        _write_text(path / TRAIN, training_text(network))
        _write_text(path / "README.md", _readme(network))
        if has_keras():
            try:
                _run([str(path / MODEL), "--save", str(path / WHOLE)], path / WHOLE)
            except OSError as error:
                raise ExportError(
                    f"'{path.name}' was not written: Keras cannot save it ({error})."
                ) from error

    def usage(self, network: ExportedNetwork, path: Path) -> str:
        return usage_text(network, path.name, *PACKAGES)

    def read(self, path: Path) -> tuple[dict[str, np.ndarray], dict[str, str]]:
        """As nnstudio has them."""
        from safetensors import safe_open

        with safe_open(path / WEIGHTS, "numpy") as file:
            tensors = {name: file.get_tensor(name) for name in list(file.keys())}
            metadata = file.metadata() or {}
        arrays: dict[str, np.ndarray] = {}
        for node, entry in json.loads(metadata.pop(LAYERS)).items():
            start = f"{entry['name']}/"
            own = {k.removeprefix(start): v for k, v in tensors.items() if k.startswith(start)}
            back = TRANSLATIONS[entry["layer"]].from_keras(own)
            back |= {name: np.array(values, np.float32) for name, values in entry["others"].items()}
            arrays |= {f"{node}.{name}": values for name, values in back.items()}
        return arrays, {**metadata, "layout": json.dumps(MEMORY_LAYOUT)}

    def in_and_out(self, network: ExportedNetwork) -> str:
        if not network.has_scaled_targets:
            return ""
        return (
            "predict of its model.py takes values in the units of the data and gives the targets in their "
            "own units. model.keras alone takes and gives SCALED numbers: model.py has both scalings."
        )

    def judge(self) -> str:
        if has_keras():
            backend = _backend()
            version = importlib.metadata.version(backend) if backend in BACKENDS else "of its own"
            return f"Keras {importlib.metadata.version('keras')} on {backend} {version}, which ran {MODEL}"
        return f"{super().judge()}, from {WEIGHTS} alone; Keras is not installed here, so {MODEL} did not run"

    def predictions(self, path: Path, batches: Sequence[np.ndarray]) -> list[np.ndarray] | None:
        """All batches in one process: to start one takes longer than to predict."""
        if not has_keras():
            return super().predictions(path, batches)
        with tempfile.TemporaryDirectory(prefix="nnstudio-") as between:
            given, out = Path(between) / "in.npz", Path(between) / "out.npz"
            names = [f"batch {i}" for i in range(len(batches))]
            # Type checkers take its only flag for an array.
            np.savez(given, **dict(zip(names, batches, strict=True)))  # type: ignore[arg-type]
            _run(["-c", JUDGE, str(path), str(given), str(out)], out)
            with np.load(out, allow_pickle=False) as results:
                return [results[name] for name in names]

    def other_outputs(self, path: Path, inputs: np.ndarray) -> list[np.ndarray] | None:
        if not has_keras():
            return super().other_outputs(path, inputs)

        def judge(rows: Path, out: Path) -> None:
            _run(["-c", JUDGE_OTHERS, str(path), str(rows), str(out)], out)

        return arrays_of(judge, inputs)


def _readme(network: ExportedNetwork) -> str:
    is_table = bool(network.preprocessing["inputs"])
    data = "data.csv" if len(network.input_shape) == 1 else "data.npz"
    prepared = PREPARED if is_table else ""
    return README.format(
        version=__version__, data=data, prepared=prepared, taken=taken(network),
        packages=packages(network, *PACKAGES), calls=picture_calls(network),
    )  # fmt: skip


def has_keras() -> bool:
    """Whether Keras and something that it runs on are installed here."""
    return importlib.util.find_spec("keras") is not None and bool(_backend())


def _backend() -> str:
    """What Keras will run on: what the person says, else the first that is installed."""
    installed = (name for name in BACKENDS if importlib.util.find_spec(name) is not None)
    return os.environ.get("KERAS_BACKEND", "") or next(installed, "")


def _layers(network: ExportedNetwork) -> dict[str, dict[str, object]]:
    names = layer_names(node.id for node in network.nodes)
    entries: dict[str, dict[str, object]] = {}
    for node in network.nodes:
        if network.owners.get(node.id) == node.id and node.parameters:
            arrays, translation = network.parameters(node), TRANSLATIONS[node.layer.id]
            known = translation.from_keras(translation.to_keras(arrays, node))
            others = {name: values.tolist() for name, values in arrays.items() if name not in known}
            entries[node.id] = {"name": names[node.id], "layer": node.layer.id, "others": others}
    return entries


def _write_text(path: Path, text: str) -> None:
    path.write_text(text, encoding="utf-8", newline="\n")


def _run(arguments: list[str], result: Path) -> None:
    """Python in a process of its own, which must write ``result``. Raises OSError where it fails."""
    run(MODEL, arguments, [result], {"KERAS_BACKEND": _backend()})

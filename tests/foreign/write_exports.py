"""Write exports of every layer's samples and of some networks, with what they must predict, into a folder.

    PYTHONPATH=tests python tests/foreign/write_exports.py FOLDER

runs where nnstudio is; `check_pytorch.py FOLDER` then judges them where PyTorch is.
"""

from __future__ import annotations

import math
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from nnkernels.graph.network import NetworkSpec, NodeSpec
from nnkernels.spec import Role, layers
from nnstudio.data.dataset import Dataset
from nnstudio.export.format import ExportError, formats
from nnstudio.export.network import ExportedNetwork, predict
from nnstudio.model.settings import TrainingSettings
from nnstudio.training.session import Session

Shape = tuple[int, ...]
SAMPLES = 7


def around(kind: str, options: dict[str, Any], shapes: tuple[Shape, ...]) -> tuple[NetworkSpec, Shape]:
    """A layer between Inputs and an Output; several inputs are columns of one row of numbers."""
    nodes, sources, at = [], [], 1
    for i, shape in enumerate(shapes):
        size = math.prod(shape)
        columns = "all" if len(shapes) == 1 else f"{at}-{at + size - 1}"
        nodes.append(NodeSpec(f"in{i}", "input", {"columns": columns}))
        sources.append(f"in{i}")
        if len(shapes) > 1:
            nodes.append(
                NodeSpec(f"shape{i}", "reshape", {"target": ", ".join(map(str, shape))}, (f"in{i}",))
            )
            sources[-1] = f"shape{i}"
        at += size
    nodes.append(NodeSpec("layer", kind, options, tuple(sources)))
    nodes.append(NodeSpec("flat", "flatten", {}, ("layer",)))
    nodes.append(NodeSpec("out", "output", {}, ("flat",)))
    return NetworkSpec(tuple(nodes)), shapes[0] if len(shapes) == 1 else (at - 1,)


def drawn(kind: str, options: dict[str, Any], shapes: tuple[Shape, ...]) -> np.ndarray:
    """Inputs (7, ...) that mean something to the layer."""
    rng = np.random.default_rng(5)
    if kind == "embedding":
        return rng.integers(0, options["size"], (SAMPLES, *shapes[0])).astype(np.float32)
    parts = [rng.normal(size=(SAMPLES, *shape)) for shape in shapes]
    if layers[kind].title in ("MultiHeadAttention", "TransformerBlock") and len(parts) > 1:
        # Some steps see nothing at all.
        parts[1] = (rng.random((SAMPLES, *shapes[1])) > 0.4).astype(float)
        parts[1][0, 0] = parts[1][1] = 0
    x = parts[0] if len(parts) == 1 else np.concatenate([p.reshape(SAMPLES, -1) for p in parts], 1)
    return x.astype(np.float32)


def randomised(
    network: NetworkSpec, x: np.ndarray, classes: int = 0, labels: int = 1, **settings: Any
) -> Session:
    """A session whose arrays are random, running statistics too, with data that are scaled.

    Of classes there are so many labels for each sample, one of which is missing where there are several.
    Without classes, no labels stand for targets of 0 and 1.
    """
    rng = np.random.default_rng(6)
    shift, scale = (0.25, 2.0) if np.any(x != np.round(x)) else (0.0, 1.0)
    width = output_width(network, x.shape[1:])
    y = rng.normal(size=(len(x), width)) if not classes else rng.integers(0, classes, (len(x), labels))
    y = (y > 0 if not labels else y).astype(np.float32)
    if labels > 1:
        y[1, 2] = -1
    names = tuple(f"class {i}" for i in range(classes))
    targets = tuple(f"target {i}" for i in range(labels if classes else width))
    session = Session(
        network,
        Dataset(
            "random", x, y, x, y, names, (), targets, shift, scale,
            *(() if classes or not labels else (3.0, 0.5)),
        ),
        TrainingSettings(batch_size=len(x), epochs=1, **settings),
    )  # fmt: skip
    for slot in session.layout.parameters:
        values = rng.normal(size=slot.size) * 0.6
        part = session.parameters[slot.offset : slot.offset + slot.size]
        if slot.name == "running_batches":
            part[:] = 3
        else:
            part[:] = np.abs(values) + 0.3 if slot.name == "running_var" else values
    return session


def output_width(network: NetworkSpec, shape: Shape) -> int:
    from nnkernels.graph.network import resolve

    nodes = resolve(network, shape)
    ends = [n for n in nodes.values() if n.layer.role == Role.OUTPUT]
    return sum(math.prod(n.shape) for n in ends)


def write(name: str, session: Session, folder: Path) -> None:
    """The export, and inputs in the units of the data with what the references give."""
    form, network = formats["pytorch"], ExportedNetwork.of(session)
    target = folder / name
    target.mkdir(parents=True)
    form.check(network)
    form.write(network, target)
    x = session.data.x_train.astype(np.float64) * session.data.x_scale + session.data.x_shift
    kind, numbered, _ = name.rpartition("-")
    layer = (layers[kind].title, layers[kind].pytorch) if numbered else ("", "")
    np.savez(
        target / "expected.npz", x=x, y=predict(network.arrays, network.metadata(), x), **after(session, x),
        y_units=session.data.y_train * session.data.y_scale + session.data.y_shift, layer=np.array(layer),
    )  # fmt: skip


def after(session: Session, x: np.ndarray) -> dict[str, np.ndarray]:
    """What it predicts after one step with all samples, where nothing is drawn while training."""
    draws = {"dropout", "gaussiannoise", "multiheadattention"}
    kinds = {node.layer.id for node in session.layout.nodes.values()}
    if kinds & draws or session.settings.optimizer == "hill_climber":
        return {}
    for _ in session.slices():
        pass
    network = ExportedNetwork.of(session)
    return {"after": predict(network.arrays, network.metadata(), x)}


def sessions() -> Iterator[tuple[str, Session]]:
    from foreign.awkward_layers import AWKWARD
    from foreign.networks import named_sessions
    from kernels.networks import reads_samples

    for layer in layers:
        for i, (options, shapes) in enumerate([*layer.samples, *AWKWARD.get(layer.id, ())]):
            if layer.role == Role.LAYER and reads_samples(layer):
                network, _shape = around(layer.id, options, shapes)
                yield f"{layer.id}-{i}", randomised(network, drawn(layer.id, options, shapes))
    yield from named_sessions(randomised)


if __name__ == "__main__":
    out = Path(sys.argv[1])
    for case, session in sessions():
        try:
            write(case, session, out)
        except ExportError as error:
            shutil.rmtree(out / case)
            print(f"{case}: refused. {error}", flush=True)
        else:
            print(case, flush=True)

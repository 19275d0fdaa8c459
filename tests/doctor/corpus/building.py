"""Small projects of code, for the doctor: a chain of layers, its data and its settings."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np

from nnkernels.spec import SpecError, layers
from nnstudio.data.facts import facts_of_data
from nnstudio.doctor.examination import Report, examined
from nnstudio.doctor.patient import Patient
from nnstudio.model.document import DataReference, Document
from nnstudio.model.graph import Link, Node
from nnstudio.model.locations import facts_at
from nnstudio.model.problems import find_problems
from nnstudio.project import Project
from nnstudio.training.session import Diverged, Session

# A kind of layer, or that with options.
Step = str | tuple[str, dict[str, Any]]


def dense(units: int, **options: Any) -> Step:
    return "dense", {"units": units, **options}


def chain(document: Document, *steps: Step) -> None:
    """Input, the steps and Output in a row; nodes are called by their kind and a number from 1."""
    graph, names = document.graph, []
    for step in ("input", *steps, "output"):
        kind, options = (step, {}) if isinstance(step, str) else step
        name = graph.new_id(kind)
        graph.insert_node(Node(name, kind, name, len(names) * 10.0, 0.0, layers[kind].defaults() | options))
        names.append(name)
    for a, b in pairwise(names):
        graph.insert_link(Link(a, b))


def project(data: DataReference, *steps: Step, **settings: Any) -> Project:
    """A project that was never trained."""
    new = Project()
    document = new.document
    document.data = data
    for name in ("loss", "optimizer"):
        if name in settings:
            document.settings = document.settings.with_option(name, settings.pop(name))
    for name, value in settings.items():
        document.settings = document.settings.with_option(name, value)
    chain(document, *steps)
    return new


def table(folder: Path, name: str, cells: Mapping[str, Any], **options: Any) -> DataReference:
    """A CSV of columns of the same length, the last one the target."""
    path = folder / f"{name}.csv"
    rows = zip(*cells.values(), strict=True)
    lines = [",".join(cells), *(",".join(str(cell) for cell in row) for row in rows)]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return DataReference("csv", {"path": str(path), **options})


def arrays(folder: Path, name: str, x: np.ndarray, y: np.ndarray, **options: Any) -> DataReference:
    """A file of arrays: inputs and targets."""
    path = folder / f"{name}.npz"
    np.savez(path, x=x, y=y)
    return DataReference("npz", {"path": str(path), "inputs": "x", "targets": "y", **options})


def clouds(count: int, *, apart: float = 3.0, classes: int = 2, features: int = 4, seed: int = 0):
    """Inputs (count, features) and class numbers (count,) of round clouds."""
    rng = np.random.default_rng(seed)
    y = np.arange(count) % classes
    centres = rng.normal(0, 1, (classes, features))
    centres *= apart / np.linalg.norm(centres, axis=1, keepdims=True)
    return (centres[y] + rng.normal(0, 1, (count, features))).round(4), y


def stripes(count: int, side: int = 12, seed: int = 0):
    """Pictures (count, side, side, 1) with stripes that run across, upright or aslant, and their class."""
    rng = np.random.default_rng(seed)
    y = np.arange(count) % 3
    rows, columns = np.mgrid[:side, :side]
    phase = np.stack([rows, columns, rows + columns])[y]
    wave = np.sin(phase * 1.5 + rng.uniform(0, 6.28, (count, 1, 1)))
    x = wave + rng.normal(0, 0.3, wave.shape)
    return x[..., None].astype(np.float32), y.astype(np.int64)


def columns_of(x: np.ndarray, **more: Any) -> dict[str, Any]:
    """Columns of a table: x1, x2 and so on, then others."""
    return {f"x{i + 1}": x[:, i] for i in range(x.shape[1])} | more


@dataclass(frozen=True)
class Sick:
    """A project that is sick in a known way.

    Attributes:
        expected: findings, or "problem", of which any one tells it; ``nodes``: any of which is guilty, "" for
            the whole.
        held_out: whether the finding's threshold was set without looking at it.
    """

    name: str
    build: Callable[[Path], Project]
    expected: tuple[str, ...]
    nodes: tuple[str, ...] = ("",)
    epochs: int = 0
    held_out: bool = False
    steps: int = 0


@dataclass(frozen=True)
class Healthy:
    """A project that nothing is wrong with, trained for so many steps and then to so many epochs."""

    name: str
    build: Callable[[Path], Project]
    epochs: int = 0
    steps: int = 0


@dataclass
class Seen:
    """What the doctor and the checks of the graph told of a project: (finding, node), and the report."""

    told: list[tuple[str, str]] = field(default_factory=list)
    report: Report | None = None
    session: Session | None = None
    project: Project | None = None


def see(case: Sick | Healthy, folder: Path) -> Seen:
    """Train a project for its epochs, and ask the doctor."""
    built = case.build(folder)
    document, seen = built.document, Seen(project=built)
    facts = facts_at(document, facts_of_data(built.load_data()))
    problems = find_problems(document.graph, facts)
    seen.told += [("problem", p.node) for p in problems]
    try:
        session = seen.session = built.session()
    except SpecError as error:
        seen.told.append(("problem", getattr(error, "node", "")))
        return seen
    train(session, case.epochs, case.steps)
    names = {node.id: node.name for node in document.graph.nodes}
    seen.report = examined(Patient.of(session, names), troubled={p.node for p in problems})
    seen.told += [d.key for d in seen.report.diagnoses]
    return seen


def train(session: Session, epochs: int, steps: int) -> None:
    """Train for so many epochs, or steps where there are any; a run that diverges ends there."""
    try:
        for _ in range(steps):
            session.single_step()
        for _ in session.slices(epochs):
            pass
    except Diverged:
        pass


def is_seen(case: Sick, seen: Seen) -> bool:
    """Whether what was expected was told, at a node that is guilty."""
    return any(finding in case.expected and node in case.nodes for finding, node in seen.told)

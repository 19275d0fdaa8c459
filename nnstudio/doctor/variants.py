"""Copies in which one layer is missing, or is another: what it costs is known once a copy did without."""

from __future__ import annotations

from collections.abc import Generator, Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from nnkernels.graph.network import NetworkSpec, Resolved
from nnkernels.spec import SpecError, Takes
from nnstudio.data.dataset import Split
from nnstudio.doctor.alikeness import augmenting, is_alike, seen_of
from nnstudio.doctor.course import Course, train_copy
from nnstudio.doctor.finding import Judged
from nnstudio.training.session import Session

if TYPE_CHECKING:
    from nnstudio.doctor.patient import Patient

# Layers that may be doubted, steps of a copy, and its seconds, at the most; and its share of the steps that
# the network made, where those were enough.
MOST, STEPS, SECONDS, SHORTER = 2, 600, 1.5, 0.6
# Below this share of the loss of a constant answer, nothing is doubted; from the next on, and after so many
# steps, all such layers are.
LEARNED, UNFITTED, FEWEST = 0.03, 0.3, 100
POOLS = ("globalmaxpool", "globalaveragepool", "globalmaxpool1d", "globalaveragepool1d")


@dataclass(frozen=True, eq=False)
class Variant:
    """A copy with another layer, trained from the start, and what it is compared with.

    Attributes:
        node: the layer that it lacks, or that a Flatten stands for.
        course: how it trained; judged by the watched loss.
        usual: the watched loss without a change: of the network itself where that made as many steps, else of
            a copy after as many.
        steps: that the network with ``usual`` made.
    """

    node: str
    course: Course
    usual: float
    steps: int


def pooling(patient: Patient) -> Iterator[Resolved]:
    """Pools over all positions of which there are several."""
    for node in patient.layout.nodes.values():
        if node.layer.id in POOLS and node.shape != node.input_shapes[0]:
            yield node


def _doubted(patient: Patient) -> Iterator[Resolved]:
    """Layers that samples, or what was learned so far, make doubtful."""
    learned_little = patient.steps_judged >= FEWEST and (patient.relative or 0.0) >= UNFITTED
    for node in augmenting(patient):
        seen = seen_of(patient, node)
        if learned_little or (seen is not None and is_alike(node, seen)):
            yield node
    is_number = patient.session.loss.takes == Takes.NUMBERS and patient.baseline is not None
    is_learned = patient.is_trained and (patient.relative or 0.0) < LEARNED
    if learned_little or (is_number and not is_learned):
        yield from pooling(patient)


def compared(patient: Patient, session: Session) -> Generator[None, None, tuple[Variant, ...]]:
    """Copies without each layer that may do harm."""
    doubted = [n for n in _doubted(patient) if not patient.wiring.is_part(n)][:MOST]
    if not doubted or session.data.watched == Split.TRAINING:
        return ()
    told, usual, steps = list[Variant](), None, STEPS
    if patient.steps_judged >= FEWEST:
        # What takes fewer steps than the network made tells more.
        steps = min(steps, int(SHORTER * patient.steps_judged))
    for node in doubted:
        network = _instead(session.network, node.id, "flatten" if node.layer.id in POOLS else "")
        try:
            copy = Session(network, session.data, session.settings, session.threads)
        except (SpecError, ValueError, MemoryError):
            continue
        course = yield from train_copy(copy, steps, SECONDS, Judged.WATCHED)
        if course.diverged is not None or course.is_cut:
            continue
        if usual is None:
            usual = yield from _usual(patient, session, course.steps)
        told.append(Variant(node.id, course, *usual))
    return tuple(told)


def _usual(patient: Patient, session: Session, steps: int) -> Generator[None, None, tuple[float, int]]:
    """The watched loss as it is, after at least so many steps, and how many these were."""
    answers = patient.answers.get(session.data.watched)
    if answers is not None and patient.steps_judged >= steps:
        return float(answers.losses.mean()), patient.step
    copy = Session(session.network, session.data, session.settings, session.threads)
    course = yield from train_copy(copy, steps, 2 * SECONDS, Judged.WATCHED)
    return course.measured, course.steps


def _instead(network: NetworkSpec, name: str, layer: str) -> NetworkSpec:
    """The network with another layer in the stead of a node, or with none: what fed it feeds its readers."""
    old = next(node for node in network.nodes if node.id == name)
    if layer:
        nodes = [replace(n, layer=layer, options={}) if n is old else n for n in network.nodes]
    else:
        (source,) = old.inputs
        nodes = [
            replace(n, inputs=tuple(source if i == name else i for i in n.inputs))
            for n in network.nodes if n is not old
        ]  # fmt: skip
    return replace(network, nodes=tuple(nodes))

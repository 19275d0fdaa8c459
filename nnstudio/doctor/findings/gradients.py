"""Gradients that do not arrive, or arrive far too large, at the first layers."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from nnkernels.graph.network import Resolved
from nnstudio.doctor.charts import powers
from nnstudio.doctor.finding import Case, Chart, Finding, Sees, findings
from nnstudio.doctor.flow import ArrayFlow
from nnstudio.doctor.patient import Patient
from nnstudio.doctor.proposals import let_through, normalised
from nnstudio.doctor.remedies import setting
from nnstudio.model.problems import Repair

# The gradient of the first layer over that of the last.
VANISHING, EXPLODING = 3e-3, 1e3
FEWEST_LAYERS = 3
# What is seen of a network whose weights get no gradient, or hardly any.
SYMPTOMS = (
    "constant_loss", "underfitting", "slow_learning", "learning_rate_low", "class_never_predicted", "plateau",
    "nothing_learned",
)  # fmt: skip
# The slope of a Sigmoid is a quarter at the most. So many of them in a row are a reason of their own where
# less than this is left of the gradient, and the network learned nothing: its loss is this share of that of a
# constant answer.
MANY, FADING, UNLEARNED = 4, 0.03, 0.9


def _arrays(patient: Patient) -> list[ArrayFlow]:
    """Matrices of weights that learn, in the order of the network; of a recurrent layer, all of them. Those
    that lead to no Output whose loss counts are left out: they have no gradient for that reason alone.
    """
    assert patient.flow is not None
    learned = {n.id for n in patient.wiring.learned} & patient.wiring.counted
    shapes = {(s.node, s.name): s.shape for s in patient.layout.parameters}
    return [a for a in patient.flow.arrays if a.node in learned and len(shapes[a.node, a.name]) > 1]


def _last(patient: Patient, arrays: list[ArrayFlow]) -> list[float]:
    """Gradients of the layers in front of Outputs: of several, each has a loss of its own size."""
    return [a.gradient for a in arrays if a.node in patient.wiring.last_learned] or [arrays[-1].gradient]


def _chart(arrays: list[ArrayFlow]) -> Chart:
    return powers([array.gradient for array in arrays], "layer", "gradient")


def _case(
    patient: Patient, arrays: list[ArrayFlow], guilty: ArrayFlow, text: str, remedies: Sequence[Repair]
) -> Case:
    """What the gradients of all arrays show, with those of the first and the last one."""
    numbers = tuple(
        (f"Gradient at {patient.name(a.node)}", f"{a.gradient:.2g}") for a in (arrays[0], arrays[-1])
    )
    return Case(patient.node(guilty.node), text, numbers, _chart(arrays), tuple(remedies))


@findings.register
class NoGradient(Finding):
    """Weights that no gradient reaches, so that they stay as they are for ever."""

    id = "no_gradient"
    title = "Weights that never change"
    order = 13
    sees = (Sees.NETWORK, Sees.FLOW)
    may_see = (Sees.ANSWERS,)
    explains = SYMPTOMS
    is_serious = True

    def look(self, patient: Patient) -> Iterator[Case]:
        arrays = _arrays(patient)
        still = [a for a in arrays if a.gradient == 0]
        # Before the first step, the last layer may start at 0 on purpose.
        if not still or patient.is_fitted or (len(still) < len(arrays) and not patient.is_trained):
            return
        # Backwards from the output, the first one that none reaches: what stands behind it lets none through.
        guilty = still[-1].node
        name = patient.name(guilty)
        many = f" and {len(still) - 1} more before it" if len(still) > 1 else ""
        yield Case(
            patient.node(guilty),
            f"The loss does not change when the weights of {name}{many} do: their gradient is exactly 0 for "
            f"all {patient.flow.samples if patient.flow else 0} samples. Something behind {name} lets "
            "nothing through, such as an activation that gives the same for every sample.",
            (("Arrays of weights without gradient", f"{len(still)} of {len(arrays)}"),),
            remedies=(normalised(patient, patient.layout.nodes[guilty]),),
        )


@findings.register
class VanishingGradients(Finding):
    """The gradient shrinks from layer to layer on its way back (Hochreiter 1991)."""

    id = "vanishing_gradients"
    title = "Vanishing gradients"
    order = 14
    sees = (Sees.NETWORK, Sees.FLOW)
    may_see = (Sees.ANSWERS, Sees.AHEAD)
    explains = SYMPTOMS
    is_serious = True

    def look(self, patient: Patient) -> Iterator[Case]:
        arrays = _arrays(patient)
        if len(arrays) < FEWEST_LAYERS or patient.is_fitted:
            return
        last = min(_last(patient, arrays))
        if last == 0:
            return
        share = arrays[0].gradient / last
        sigmoids = _sigmoids(patient)
        if len(sigmoids) >= MANY and share < FADING and _stands_still(patient):
            yield _of_sigmoids(patient, arrays, sigmoids, share)
            return
        if not share < VANISHING:
            return
        first = patient.name(arrays[0].node)
        yield _case(
            patient, arrays, arrays[0],
            f"On its way back, the gradient shrinks to {share:.1g} of "
            f"what it was at the last layer until it reaches {first}. The first layers hardly learn, so what "
            "follows works with values that are nearly random.",
            let_through(patient),
        )  # fmt: skip


def _sigmoids(patient: Patient) -> list[Resolved]:
    """Sigmoids with more of the network behind them, in its order."""
    nodes = patient.layout.nodes.values()
    return [n for n in nodes if n.layer.id == "sigmoid" and not patient.wiring.is_before_output(n.id)]


def _stands_still(patient: Patient) -> bool:
    """Whether nothing was learned; of a network that is new, by a copy either, where one was trained."""
    if patient.is_trained:
        return patient.relative is None or patient.relative > UNLEARNED
    ahead = patient.ahead.relative if patient.ahead is not None else None
    return ahead is None or ahead > UNLEARNED


def _of_sigmoids(patient: Patient, arrays: list[ArrayFlow], sigmoids: list[Resolved], share: float) -> Case:
    """What a row of Sigmoids does to the gradient."""
    first = patient.name(arrays[0].node)
    case = _case(
        patient, arrays, arrays[0],
        f"The gradient passes {len(sigmoids)} Sigmoid layers on its way back, and each one lets a quarter of "
        f"it through at the most. Only {share:.1g} of what it was at the last layer reaches {first}, so the "
        "first layers hardly learn.",
        let_through(patient),
    )  # fmt: skip
    # Before the first step it may still come alive.
    return replace(case, node=patient.node(sigmoids[0].id), is_serious=patient.is_trained)


@findings.register
class ExplodingGradients(Finding):
    """The gradient grows from layer to layer on its way back."""

    id = "exploding_gradients"
    title = "Exploding gradients"
    order = 15
    sees = (Sees.NETWORK, Sees.FLOW)
    may_see = (Sees.ANSWERS,)
    is_serious = True

    def look(self, patient: Patient) -> Iterator[Case]:
        arrays = _arrays(patient)
        if len(arrays) < FEWEST_LAYERS or patient.is_fitted:
            return
        largest = max(arrays, key=lambda a: a.gradient)
        last = max(_last(patient, arrays))
        if not largest.gradient > EXPLODING * max(last, 1e-12) or largest.gradient < 1:
            return
        name = patient.name(largest.node)
        yield _case(
            patient, arrays, largest,
            f"On its way back, the gradient grows to {largest.gradient:.2g} until it reaches {name}. Its "
            "weights jump about at each step, whatever the other layers need.",
            (setting("Limit the norm of the gradients to 1", clip_norm=1.0),
             normalised(patient, patient.layout.nodes[largest.node])),
        )  # fmt: skip

"""Values that vanish or grow without bounds on their way through the layers."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from nnkernels.graph.network import Resolved
from nnstudio.doctor.charts import powers
from nnstudio.doctor.finding import Case, Chart, Finding, Sees, findings
from nnstudio.doctor.patient import Patient
from nnstudio.doctor.proposals import let_through, normalised, other_starts
from nnstudio.doctor.remedies import replacement
from nnstudio.doctor.wiring import is_affine
from nnstudio.model.problems import Repair
from nnstudio.model.quantity import in_digits

# The spread between samples, or the size of values, against that of the inputs.
STARVED, FLOODED = 1e-3, 1e3
# Layers that a title names.
NAMED = 2
# A size of nothing, that something may be divided by it.
TINY = 1e-12
# From this share of the loss of a constant answer on, nothing was learned.
UNLEARNED = 0.9


def _layers(patient: Patient) -> list[Resolved]:
    """Hidden layers of weights, in order."""
    return [n for n in patient.wiring.learned if patient.wiring.is_hidden(n.id)]


def _entering(patient: Patient) -> float:
    """The spread of what comes to the first layers of weights: a normalisation before them is no loss."""
    assert patient.flow is not None
    wiring, learned = patient.wiring, {n.id for n in patient.wiring.learned}
    firsts = [n for n in wiring.learned if not any(b.id in learned for b in wiring.before(n.id))]
    return max((patient.flow.layers[name].spread for n in firsts for name in n.inputs[:1]), default=0.0)


def _chart(patient: Patient, layers: list[Resolved]) -> Chart:
    assert patient.flow is not None
    return powers([patient.flow.layers[n.id].spread for n in layers], "layer", "spread")


@findings.register
class StarvedSignal(Finding):
    """Behind some layer, all samples look the same: nothing about them comes through."""

    id = "starved_signal"
    title = "The signal dies out on its way"
    order = 11
    sees = (Sees.NETWORK, Sees.FLOW)
    may_see = (Sees.AHEAD,)
    explains = (
        "vanishing_gradients",
        "constant_loss",
        "no_gradient",
        "class_never_predicted",
        "underfitting",
        "learning_rate_low",
        "plateau",
        "slow_learning",
    )
    is_serious = True

    def look(self, patient: Patient) -> Iterator[Case]:
        assert patient.flow is not None
        layers, entering = _layers(patient), _entering(patient)
        weak = [n for n in layers if patient.flow.layers[n.id].spread < STARVED * entering]
        if not weak or entering == 0 or weak[-1] is not layers[-1] or patient.is_fitted:
            return
        first = weak[0]
        spread, name = patient.flow.layers[first.id].spread, patient.name(first.id)
        when = "from the start" if not patient.is_trained else f"at step {patient.step:,}"
        yield Case(
            patient.node(first.id),
            f"Behind {name}, all samples look nearly the same {when}: values differ by {spread:.2g}, where "
            f"the inputs differ by {entering:.2g}. What follows cannot tell samples apart, and hardly any "
            "gradient comes back.",
            (
                ("Spread of the inputs", in_digits(entering, 3)),
                (f"Spread behind {name}", in_digits(spread, 3)),
            ),
            _chart(patient, layers),
            let_through(patient),
            # Before the first step it may still come alive.
            is_serious=patient.is_trained or _stays(patient),
        )


def _stays(patient: Patient) -> bool:
    """Whether a copy that was trained on did not get away from it."""
    ahead = patient.ahead
    return ahead is not None and ahead.relative is not None and ahead.relative > UNLEARNED


@findings.register
class FloodedSignal(Finding):
    """Values that grow by thousands on their way to the output."""

    id = "flooded_signal"
    title = "The signal grows without bounds"
    order = 12
    sees = (Sees.NETWORK, Sees.FLOW)
    explains = ("exploding_gradients", "learning_rate_low", "slow_learning")
    is_serious = True

    def look(self, patient: Patient) -> Iterator[Case]:
        assert patient.flow is not None
        layers = patient.wiring.learned
        entering = max((patient.flow.layers[n.id].size for n in patient.wiring.inputs), default=0.0)
        large = [n for n in layers if not patient.flow.layers[n.id].size < FLOODED * max(entering, 1e-6)]
        # The last layer may have to give large numbers.
        hidden = [n for n in large if patient.wiring.is_hidden(n.id)]
        is_output = not hidden and large and patient.relative is not None and patient.relative > 100
        guilty = hidden or (large if is_output else [])
        if not guilty or patient.is_fitted:
            return
        first = guilty[0]
        bends = _growing(patient, first)
        if bends:
            yield _of_activations(patient, bends, entering, first)
            return
        size, name = patient.flow.layers[first.id].size, patient.name(first.id)
        yield Case(
            patient.node(first.id),
            f"{name} gives values of about {in_digits(size, 2)}, where the inputs are of about "
            f"{in_digits(entering, 2)}. The loss and its gradient become as large, and each step throws the "
            "weights far away.",
            (("Size of the inputs", in_digits(entering, 3)), (f"Size behind {name}", in_digits(size, 3))),
            powers([patient.flow.layers[n.id].size for n in layers], "layer", "size"),
            (*other_starts(patient), normalised(patient, first)),
        )


def _growing(patient: Patient, last: Resolved) -> list[Resolved]:
    """Layers before another one that bend each value and enlarge it, where they and not the weights are why
    values grow on the way there; nothing where these are.

    Each layer multiplies the size of values by its gain; what counts is whose gains together are the greater.
    """
    flow, way = patient.flow, [n for n in patient.wiring.before(last.id) if len(n.inputs) == 1]
    assert flow is not None

    def gain(node: Resolved) -> float:
        came, went = flow.layers[node.inputs[0]].size, flow.layers[node.id].size
        return float(np.log(max(went, TINY) / max(came, TINY)))

    bends = [n for n in way if _bends(n) and gain(n) > 0]
    weights = [n for n in (*way, last) if n.parameters and n.inputs]
    return bends if bends and sum(map(gain, bends)) > sum(map(gain, weights)) else []


def _bends(node: Resolved) -> bool:
    """Whether it makes each value another one, and no weighted sum."""
    is_alone = not node.parameters and len(node.inputs) == 1 and node.shape == node.input_shapes[0]
    return is_alone and not is_affine(node)


def _of_activations(patient: Patient, bends: list[Resolved], entering: float, last: Resolved) -> Case:
    """What layers do that make values larger each time."""
    flow = patient.flow
    assert flow is not None
    worst = max(bends, key=lambda n: flow.layers[n.id].size / max(flow.layers[n.inputs[0]].size, TINY))
    came, went = (flow.layers[name].size for name in (worst.inputs[0], worst.id))
    kinds = {n.layer.id for n in bends}
    alike = [n for n in patient.layout.nodes.values() if n.layer.id in kinds and _bends(n)]
    own = tuple(n.id for n in alike if not patient.wiring.is_part(n))
    name, size = patient.name(worst.id), flow.layers[last.id].size
    return Case(
        patient.node(worst.id),
        f"{name} makes large values larger: it gets values of about {in_digits(came, 2)} and gives values of "
        f"about {in_digits(went, 2)}. Behind {patient.name(last.id)} they are of about {in_digits(size, 2)}, "
        f"where the inputs are of about {in_digits(entering, 2)}; the loss and its gradient become as large, "
        "and each step throws the weights far away.",
        (
            ("Size of the inputs", in_digits(entering, 3)),
            (f"Size of what {name} gets", in_digits(came, 3)),
            (f"Size of what {name} gives", in_digits(went, 3)),
        ),
        powers([flow.layers[n.id].size for n in patient.wiring.learned], "layer", "size"),
        _replaced(patient, own),
    )


def _replaced(patient: Patient, nodes: tuple[str, ...]) -> tuple[Repair, ...]:
    """Usual activations in the stead of nodes; nothing in that of none."""
    titles = {patient.layout.nodes[node].layer.title for node in nodes}
    names = ", ".join(map(patient.name, nodes))
    if len(nodes) > NAMED:
        names = f"all {len(nodes)} {titles.pop() if len(titles) == 1 else 'such'} layers"
    return tuple(
        replacement(f"Replace {names} with {title}", nodes, kind)
        for kind, title in (("relu", "ReLU"), ("tanh", "Tanh"))
        if nodes
    )

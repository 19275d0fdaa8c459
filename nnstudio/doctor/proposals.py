"""Remedies that several findings propose, made for the network that they look at."""

from __future__ import annotations

from collections.abc import Sequence

from nnkernels.graph.network import Resolved
from nnstudio.doctor.patient import Patient
from nnstudio.doctor.remedies import (
    hidden_layer,
    insertion,
    insertions,
    options,
    removal,
    replacement,
    setting,
    together,
)
from nnstudio.doctor.wiring import ACTIVATIONS, normalises, passes_on
from nnstudio.model.problems import Repair

HE = "start all weights as He et al."
# Hidden layers that are left where many of them let nothing through.
LEFT = 2


def larger(patient: Patient) -> tuple[Repair, ...]:
    """What gives a network that is stuck more room, or another way."""
    remedies = [setting("Use Adam at a learning rate of 0.01", optimizer="adam", learning_rate=0.01)]
    last = patient.wiring.learned[-1] if patient.wiring.learned else None
    if last is not None and last.layer.id == "dense" and not patient.wiring.is_part(last):
        before = last.inputs[0]
        title = f"Insert a Dense layer of 16 units and a ReLU behind {patient.whole(before)}"
        remedies.append(hidden_layer(title, patient.node(before), 16))
    return tuple(remedies)


def held_back(patient: Patient) -> tuple[Repair, ...]:
    """What keeps a network from learning its samples by heart, as far as it has none of it."""
    remedies = []
    if not patient.settings.extra("patience"):
        title = "Stop after 5 epochs without a better loss, and take the best weights"
        remedies.append(setting(title, patience=5))
    if not patient.settings.extra("l2"):
        remedies.append(setting("Pull weights towards zero (L2 of 0.001)", l2=0.001))
    last = patient.wiring.learned[-1] if patient.wiring.learned else None
    drops = any(n.layer.id == "dropout" for n in patient.layout.nodes.values())
    if last is not None and not drops and patient.wiring.nodes[last.inputs[0]].inputs:
        before = last.inputs[0]
        title = f"Insert Dropout of 0.3 behind {patient.whole(before)}"
        remedies.append(insertion(title, patient.node(before), "dropout", rate=0.3))
    return tuple(remedies)


def falling(patient: Patient) -> tuple[Repair, ...]:
    """A learning rate that falls until the end of the run, where that is still to come."""
    is_over = int(patient.losses.epochs[-1]) >= patient.settings.epochs
    if is_over or patient.settings.schedule != "constant":
        return ()
    return (setting("Let the learning rate fall until the end (cosine)", schedule="cosine"),)


def normalised(patient: Patient, node: Resolved) -> Repair:
    """A BatchNorm behind a layer."""
    title = f"Insert BatchNorm behind {patient.whole(node.id)}"
    return insertion(title, patient.node(node.id), "batchnorm")


def let_through(patient: Patient) -> tuple[Repair, ...]:
    """What lets values and gradients through many layers: another start, activations that do not saturate,
    normalisation, or fewer layers.
    """
    layers = [n for n in patient.wiring.learned if patient.wiring.is_hidden(n.id)]
    own = tuple(dict.fromkeys(patient.node(n.id) for n in layers if not patient.wiring.is_part(n)))
    remedies = [*other_starts(patient), *_other_activations(patient)]
    if own:
        where = f"behind {patient.whole(own[0])}" if len(own) == 1 else "behind each hidden layer"
        remedies.append(insertions(f"Insert BatchNorm {where}", own, "batchnorm"))
    return (*remedies, *_fewer(patient, layers))


def _starts(patient: Patient) -> tuple[str, ...]:
    """Nodes with weights that start in another way than He's."""
    layers = [n for n in patient.wiring.learned if not patient.wiring.is_part(n)]
    hidden = [n for n in layers if patient.wiring.is_hidden(n.id)]
    return tuple(patient.node(n.id) for n in hidden if n.options.get("init") not in (None, "he"))


def other_starts(patient: Patient) -> tuple[Repair, ...]:
    """The weights of hidden layers begun in He's way, where they are not."""
    starts = _starts(patient)
    return (options(HE[0].upper() + HE[1:], starts, "init", "he"),) if starts else ()


def _other_activations(patient: Patient) -> tuple[Repair, ...]:
    """ReLU, with the start that suits it, or Tanh in the stead of hidden activations that saturate."""
    wiring, starts = patient.wiring, _starts(patient)
    bends = [
        n for n in patient.layout.nodes.values()
        if n.layer.saturates and not wiring.is_part(n) and not wiring.is_before_output(n.id)
    ]  # fmt: skip
    if not bends:
        return ()
    nodes, told = tuple(n.id for n in bends), f"Replace {_told(bends)} with"
    relu = replacement(f"{told} ReLU", nodes, "relu")
    if starts:
        relu = together(f"{relu.title}, and {HE}", relu, options(HE, starts, "init", "he"))
    has_others = any(n.layer.id != "tanh" for n in bends)
    return (relu, replacement(f"{told} Tanh", nodes, "tanh")) if has_others else (relu,)


def _told(bends: Sequence[Resolved]) -> str:
    """Hidden activations in words."""
    titles = {n.layer.title for n in bends}
    if len(titles) > 1:
        return "the hidden activations"
    (title,) = titles
    return f"each hidden {title}" if len(bends) > 1 else f"the hidden {title}"


def _fewer(patient: Patient, layers: Sequence[Resolved]) -> tuple[Repair, ...]:
    """All but the first hidden layers deleted, with what stands between them, where they are in a row."""
    wiring = patient.wiring
    if len(layers) <= LEFT + 1 or any(wiring.is_part(n) for n in layers):
        return ()
    names, gone = [n.id for n in layers], list[str]()
    # The activation of the last one that stays, stays as well.
    is_behind = False
    for node in wiring.chain_behind(names[LEFT - 1]):
        if node is wiring.learned[-1]:
            break
        is_behind = is_behind or node.id in names
        is_idle = passes_on(node) and node.shape == node.input_shapes[0]
        may_go = node.id in names or node.layer.category == ACTIVATIONS or normalises(node) or is_idle
        if is_behind and may_go:
            gone.append(node.id)
    if not set(names[LEFT:]) <= set(gone):
        return ()
    return (removal(f"Keep only the first {LEFT} of the {len(layers)} hidden layers", *gone),)

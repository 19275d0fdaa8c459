"""Dropout that leaves next to nothing, or too little to learn from."""

from __future__ import annotations

from collections.abc import Iterator

from nnkernels.graph.network import Resolved
from nnstudio.doctor.charts import loss_curve
from nnstudio.doctor.finding import Case, Finding, Sees, findings
from nnstudio.doctor.patient import FITTED, Patient
from nnstudio.doctor.remedies import options
from nnstudio.doctor.wiring import values_of
from nnstudio.model.quantity import in_digits

# So many values must be left of a sample, on average.
LEAST = 1.0
# From this rate on, Dropout may be why little is learned: where the loss with it, over the latest epochs, is
# so many times that of the same samples without it.
STRONG, LATEST, APART = 0.8, 5, 1.2


@findings.register
class HeavyDropout(Finding):
    """A rate at which fewer than one value of a sample is left on average, so that most samples are all 0."""

    id = "heavy_dropout"
    title = "Dropout that leaves nothing"
    order = 7
    explains = (
        "no_gradient",
        "underfitting",
        "plateau",
        "slow_learning",
        "constant_loss",
        "class_never_predicted",
        "strong_dropout",
        "nothing_learned",
    )
    is_serious = True

    def look(self, patient: Patient) -> Iterator[Case]:
        heavy = [n for n in patient.layout.nodes.values() if n.layer.id == "dropout" and _left(n) < LEAST]
        nodes = tuple(patient.node(n.id) for n in heavy if not patient.wiring.is_part(n))
        for node in heavy:
            name, rate, values = patient.name(node.id), node.options["rate"], values_of(node)
            which = f"the rate of {name}" if len(nodes) == 1 else f"all {len(nodes)} such rates"
            yield Case(
                patient.node(node.id),
                f"{name} switches off {rate:.0%} of {values} values, so for most samples none is left while "
                "training. Nothing about these samples reaches what follows, and no gradient comes back.",
                (("Values", f"{values}"), ("Left on average", f"{_left(node):.2g}")),
                remedies=(options(f"Set {which} to 0.3", nodes, "rate", 0.3),) if nodes else (),
            )


@findings.register
class StrongDropout(Finding):
    """A rate at which some values are left of each sample, but too few to tell what it is.

    The network answers the same samples far better as soon as nothing is switched off: this sets it apart
    from all else that keeps a loss high.
    """

    id = "strong_dropout"
    title = "Dropout that takes too much"
    order = 8
    sees = (Sees.CURVE, Sees.ANSWERS)
    explains = (
        "no_gradient", "underfitting", "plateau", "slow_learning", "constant_loss", "class_never_predicted",
        "learning_rate_low", "oscillating_loss", "nothing_learned",
    )  # fmt: skip

    def look(self, patient: Patient) -> Iterator[Case]:
        strong = [
            n for n in patient.layout.nodes.values()
            if n.layer.id == "dropout" and n.options["rate"] >= STRONG
        ]  # fmt: skip
        if not strong or patient.relative is None or patient.baseline is None or patient.relative < FITTED:
            return
        training = float(patient.losses.loss[-LATEST:].mean())
        without = patient.relative * patient.baseline
        if not training > APART * without:
            return
        nodes = tuple(patient.node(n.id) for n in strong if not patient.wiring.is_part(n))
        for node in strong:
            name = patient.name(node.id)
            which = f"the rate of {name}" if len(nodes) == 1 else f"all {len(nodes)} such rates"
            yield Case(
                patient.node(node.id),
                f"{name} switches off {node.options['rate']:.0%} of its values while training, and the rest "
                f"hardly tells samples apart. The training loss is {in_digits(training, 3)}; without Dropout "
                f"it would be {in_digits(without, 3)} for the same weights.",
                (
                    ("Training loss", in_digits(training, 3)),
                    ("Without Dropout", in_digits(without, 3)),
                    ("Left on average", f"{in_digits(_left(node), 2)} of {values_of(node)} values"),
                ),
                loss_curve(patient),
                tuple(options(f"Set {which} to {rate}", nodes, "rate", rate) for rate in (0.5, 0.2))
                if nodes
                else (),
            )


def _left(node: Resolved) -> float:
    """How many values of a sample are left on average."""
    return (1 - float(node.options["rate"])) * values_of(node)

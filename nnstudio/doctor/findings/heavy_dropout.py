"""Dropout that leaves next to nothing."""

from __future__ import annotations

from collections.abc import Iterator

from nnkernels.graph.network import Resolved
from nnstudio.doctor.finding import Case, Finding, findings
from nnstudio.doctor.patient import Patient
from nnstudio.doctor.remedies import options
from nnstudio.doctor.wiring import values_of

# So many values must be left of a sample, on average.
LEAST = 1.0


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


def _left(node: Resolved) -> float:
    """How many values of a sample are left on average."""
    return (1 - float(node.options["rate"])) * values_of(node)

"""Dropout that leaves next to nothing."""

from __future__ import annotations

from collections.abc import Iterator

from nnstudio.doctor.finding import Case, Finding, findings
from nnstudio.doctor.patient import Patient
from nnstudio.doctor.remedies import option
from nnstudio.doctor.wiring import is_part, values_of

# So many values must be left of a sample, on average.
LEAST = 1.0


@findings.register
class HeavyDropout(Finding):
    """A rate at which fewer than one value of a sample is left on average, so that most samples are all 0."""

    id = "heavy_dropout"
    title = "Dropout that leaves nothing"
    order = 7
    explains = ("no_gradient", "underfitting", "plateau", "constant_loss", "class_never_predicted")
    is_serious = True

    def look(self, patient: Patient) -> Iterator[Case]:
        for node in patient.layout.nodes.values():
            rate, values = node.options.get("rate"), values_of(node)
            drops = node.layer.id == "dropout" and isinstance(rate, float) and not is_part(node)
            if not drops or (1 - rate) * values >= LEAST:
                continue
            name, guilty = patient.name(node.id), patient.node(node.id)
            yield Case(
                guilty,
                f"{name} switches off {rate:.0%} of {values} values, so for most samples none is left while "
                "training. Nothing about these samples reaches what follows, and no gradient comes back.",
                (("Values", f"{values}"), ("Left on average", f"{(1 - rate) * values:.2g}")),
                remedies=(option(f"Set the rate of {name} to 0.3", guilty, "rate", 0.3),),
            )

"""A single number that all of a sample must pass through."""

from __future__ import annotations

from collections.abc import Iterator

from nnkernels.spec import size_of
from nnstudio.doctor.finding import Case, Finding, findings
from nnstudio.doctor.patient import Patient
from nnstudio.doctor.remedies import option
from nnstudio.doctor.wiring import values_of


@findings.register
class Bottleneck(Finding):
    """A layer of one unit, with more numbers before and more to learn behind it."""

    id = "bottleneck"
    title = "A bottleneck of one number"
    order = 21

    def look(self, patient: Patient) -> Iterator[Case]:
        wiring = patient.wiring
        for node in wiring.learned:
            behind = [n for n in wiring.learned if n in list(wiring.behind(node.id))]
            if values_of(node) != 1 or not behind or sum(map(size_of, node.input_shapes)) < 2:
                continue
            if wiring.is_of_layer(node) or not wiring.is_cut(node.id):
                continue
            name, before = patient.name(node.id), sum(map(size_of, node.input_shapes))
            remedies = [
                option(f"Give {name} {units} units", patient.node(node.id), "units", units)
                for units in (8, 16)
                if node.layer.has_option("units") and not wiring.is_part(node)
            ]
            yield Case(
                patient.node(node.id),
                f"Everything that the network knows of a sample must pass through the one number that {name} "
                f"gives. {patient.name(behind[0].id)} behind it can only tell samples apart by that number.",
                (("Numbers before", f"{before:,}"), ("Numbers in it", "1"),
                 ("Numbers behind", f"{values_of(behind[0]):,}")),
                remedies=tuple(remedies),
            )  # fmt: skip
            return

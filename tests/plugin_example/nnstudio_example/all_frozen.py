"""A network of which every layer is frozen: it can be trained for ever and stays as it is."""

from __future__ import annotations

from collections.abc import Iterator

from nnstudio.doctor.finding import Case, Finding, findings
from nnstudio.doctor.patient import Patient
from nnstudio.doctor.remedies import options


@findings.register
class AllFrozen(Finding):
    """Layers with weights, none of which an optimizer may change."""

    id = "example_all_frozen"
    title = "All layers are frozen"
    order = 8
    is_serious = True

    def look(self, patient: Patient) -> Iterator[Case]:
        learned = patient.wiring.learned
        if not learned or patient.learned_values:
            return
        nodes = tuple(dict.fromkeys(patient.node(node.id) for node in learned))
        yield Case(
            nodes[0],
            f"All {len(nodes)} layers with weights are frozen, so training changes nothing. Thaw those that "
            "are to learn.",
            (("Frozen layers", f"{len(nodes)}"),),
            remedies=(options("Thaw all layers", nodes, "frozen", False),),
        )

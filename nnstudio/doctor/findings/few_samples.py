"""Far more trained values than samples, and nothing that holds them back."""

from __future__ import annotations

from collections.abc import Iterator

from nnkernels.graph.network import Resolved
from nnstudio.doctor.finding import Case, Finding, Judged, findings
from nnstudio.doctor.patient import Patient
from nnstudio.doctor.proposals import held_back
from nnstudio.doctor.remedies import option
from nnstudio.model.problems import Repair

# So many trained values for each number that is to be learned are too many; where there are fewer in all, the
# network is small whatever the data.
FACTOR, SMALL = 150, 20_000
# A layer that has too many units gets so many times fewer, but no fewer than these.
NARROWER, FEWEST = 8, 4


@findings.register
class FewSamples(Finding):
    """Networks of more values than samples are usual; a hundred times as many learn by heart.

    Told only where nothing holds the weights back: no dropout or other noise, penalty, or early stopping.
    """

    id = "few_samples"
    title = "Very many weights for so few samples"
    order = 31
    judged = Judged.WATCHED

    def look(self, patient: Patient) -> Iterator[Case]:
        settings, count = patient.settings, patient.learned_values
        numbers = len(patient.data.x_train) * patient.data.target_width
        held = any(
            settings.extra(name)
            for name in ("l1", "l2", "max_norm", "mixup", "adversarial_strength", "patience")
        )
        decay = settings.hyperparameters().get("weight_decay", 0)
        noise = any(
            n.layer.differs_in_training(n.options) and not n.layer.across_samples
            for n in patient.layout.nodes.values()
        )
        if held or decay or noise or count <= max(FACTOR * numbers, SMALL):
            return
        largest = max(patient.wiring.learned, key=lambda n: n.parameter_count)
        yield Case(
            patient.node(largest.id),
            f"The network has {count:,} weights to learn {len(patient.data.x_train):,} samples, and nothing "
            f"holds them back. It can learn every sample by heart; most weights are in "
            f"{patient.name(largest.id)}.",
            (("Weights", f"{count:,}"), ("Training samples", f"{len(patient.data.x_train):,}"),
             ("Weights for each", f"{count / numbers:,.0f}")),
            remedies=(*_narrower(patient, largest), *held_back(patient)),
        )  # fmt: skip


def _narrower(patient: Patient, largest: Resolved) -> tuple[Repair, ...]:
    """Fewer units in the layer that has most weights."""
    if patient.wiring.is_part(largest) or not patient.wiring.is_hidden(largest.id):
        return ()
    name = next((o for o in ("units", "filters") if largest.layer.has_option(o)), "")
    units = int(largest.options.get(name, 0)) // NARROWER
    if units < FEWEST:
        return ()
    return (option(f"Give {patient.name(largest.id)} {units} {name}", largest.id, name, units),)

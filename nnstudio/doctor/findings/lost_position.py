"""A pool over all positions where what matters is where something is."""

from __future__ import annotations

from collections.abc import Iterator

from nnkernels.spec import Takes
from nnstudio.doctor.baseline import baseline
from nnstudio.doctor.finding import Case, Finding, Judged, Sees, findings
from nnstudio.doctor.patient import Patient
from nnstudio.doctor.remedies import replacement
from nnstudio.doctor.variants import LEARNED as LEARNED_NUMBERS
from nnstudio.doctor.variants import POOLS, UNFITTED
from nnstudio.model.quantity import counted, in_digits

# A copy that sees positions leaves this share of the watched loss of a network that trained longer, or less;
# the next of one that trained as long: one with more weights is faster at first. Of classes, only the first
# tells anything.
TELLS, AT_ONCE = 0.5, 0.25
# Below such a share of the loss of a constant answer, a network has no need of positions.
LEARNED = {True: LEARNED_NUMBERS, False: UNFITTED}


@findings.register
class LostPosition(Finding):
    """A copy with Flatten in the place of the pool, trained from the start, is far better on new samples."""

    id = "lost_position"
    title = "A pool that forgets where things are"
    order = 29
    sees = (Sees.VARIANTS,)
    explains = ("underfitting", "slow_learning", "plateau", "nothing_learned", "receptive_field")
    judged = Judged.WATCHED

    def look(self, patient: Patient) -> Iterator[Case]:
        usual = baseline(patient.session)
        is_number = patient.session.loss.takes == Takes.NUMBERS
        for variant in patient.variants:
            node, course = patient.layout.nodes[variant.node], variant.course
            is_longer = variant.steps > course.steps
            share = TELLS if is_longer else AT_ONCE
            if node.layer.id not in POOLS or not (is_longer or is_number):
                continue
            if not course.measured <= share * variant.usual:
                continue
            if usual is not None and variant.usual < LEARNED[is_number] * usual:
                continue
            name, part = patient.name(node.id), patient.data.watched
            steps = counted(course.steps, "step")
            yield Case(
                patient.node(node.id),
                f"{name} keeps one number of each channel, and nothing of where it was in the "
                f"{'picture' if len(node.input_shapes[0]) == 3 else 'sequence'}. A copy with Flatten in its "
                f"place had a {part} loss of {in_digits(course.measured, 3)} after {steps}, so the place "
                f"tells much: with {name} it is {in_digits(variant.usual, 3)}.",
                (
                    (f"{part} loss as it is".capitalize(), f"{in_digits(variant.usual, 3)} after "
                     f"{counted(variant.steps, 'step')}"),
                    ("Of a copy with Flatten", f"{in_digits(course.measured, 3)} after {steps}"),
                ),
                remedies=(replacement(f"Replace {name} with Flatten", (node.id,), "flatten"),),
            )  # fmt: skip

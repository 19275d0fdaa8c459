"""A target that was sorted apart from its rows, so that no input can tell it."""

from __future__ import annotations

from collections.abc import Iterator

from nnstudio.doctor.finding import Case, Finding, Sees, findings
from nnstudio.doctor.patient import Patient
from nnstudio.model.quantity import in_percent


@findings.register
class TargetSortedAlone(Finding):
    """The target is in order over the file, and no input changes with it."""

    id = "sorted_target"
    title = "The target was sorted by itself"
    order = 2
    sees = (Sees.DATA,)
    explains = (
        "overfitting", "nothing_learned", "slow_learning", "plateau", "underfitting", "few_samples",
        "rising_loss", "unseen_targets", "class_never_predicted",
    )  # fmt: skip
    is_serious = True

    def look(self, patient: Patient) -> Iterator[Case]:
        told = patient.data.sorted_target
        if told is None:
            return
        yield Case(
            "",
            f"The rows are in the order of '{told.column}', and no input changes with it: was the column "
            "sorted by itself? Then its values belong to other rows, and no network can learn them from the "
            "inputs. Join them to their own rows again in the file.",
            (
                ("Neighbouring rows in order", in_percent(round(told.in_order, 3))),
                ("Of the target's order, the strongest input explains", in_percent(round(told.strongest, 3))),
                ("Rows", f"{told.rows:,}"),
            ),
            shown=(),
        )

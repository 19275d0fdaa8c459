"""A penalty that pulls all weights to zero before they learn anything."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from nnstudio.doctor.charts import line
from nnstudio.doctor.finding import Case, Finding, Sees, findings
from nnstudio.doctor.patient import Patient
from nnstudio.doctor.remedies import setting
from nnstudio.model.quantity import in_digits

# The norm of the weights over that at the start, and the loss over that of a constant answer.
SHRUNK, UNLEARNED = 0.25, 0.9
TITLES = {"l1": "L1", "l2": "L2", "weight_decay": "weight decay"}


@findings.register
class HeavyPenalty(Finding):
    """With a penalty, weights that are a fraction of what they began with, and nothing learned."""

    id = "heavy_penalty"
    title = "A penalty that leaves no weights"
    order = 4
    sees = (Sees.NETWORK, Sees.ANSWERS)
    explains = (
        "symmetric_units",
        "learning_rate_high",
        "starved_signal",
        "vanishing_gradients",
        "constant_loss",
        "plateau",
        "slow_learning",
        "nothing_learned",
        "underfitting",
        "class_never_predicted",
        "dead_units",
        "no_gradient",
    )
    is_serious = True

    def look(self, patient: Patient) -> Iterator[Case]:
        penalties = _penalties(patient)
        is_learned = patient.relative is not None and patient.relative < UNLEARNED
        if not penalties or is_learned:
            return
        steps, norms = patient.weight_norms
        if len(norms) < 2 or norms[-1] > SHRUNK * norms[0]:
            return
        told = " and ".join(f"{TITLES[name]} of {in_digits(value, 2)}" for name, value in penalties.items())
        weaker: dict[str, Any] = {name: float(f"{value / 100:.1g}") for name, value in penalties.items()}
        nothing: dict[str, Any] = dict.fromkeys(penalties, 0.0)
        names = " and ".join(TITLES[name] for name in penalties)
        yield Case(
            "",
            f"All weights together have shrunk to {in_digits(100 * norms[-1] / norms[0], 2)}% of their size "
            f"{_since(int(steps[0]))}: {told} pulls them to zero faster than they learn. The network then "
            "answers nearly the same for every sample.",
            (
                *(
                    (TITLES[name][0].upper() + TITLES[name][1:], in_digits(value, 3))
                    for name, value in penalties.items()
                ),
                ("Size of all weights at first", in_digits(float(norms[0]), 3)),
                ("Now", in_digits(float(norms[-1]), 3)),
            ),
            line(steps, norms, "step", "size of all weights"),
            (
                setting(f"Set {names} to a hundredth of that", **weaker),
                setting(f"Set {names} to 0", **nothing),
            ),
        )


def _since(step: int) -> str:
    return f"since step {step:,}" if step else "at the start"


def _penalties(patient: Patient) -> dict[str, float]:
    values = {name: patient.settings.extra(name) for name in ("l1", "l2")}
    values["weight_decay"] = float(patient.session.hyperparameters.get("weight_decay", 0.0))
    return {name: value for name, value in values.items() if value > 0}

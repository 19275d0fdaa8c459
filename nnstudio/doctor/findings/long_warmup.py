"""A warm-up that takes the whole run, so that the learning rate that is set is hardly ever reached."""

from __future__ import annotations

from collections.abc import Iterator

from nnstudio.doctor.finding import Case, Finding, Sees, findings
from nnstudio.doctor.patient import Patient
from nnstudio.doctor.remedies import setting
from nnstudio.model.quantity import counted, in_percent

# A warm-up of this share of the run or more; the one that is proposed is of that share.
MOST, USUAL = 0.75, 0.05


@findings.register
class LongWarmup(Finding):
    """Steps over which the learning rate rises that are nearly all steps of the run, or more than all."""

    id = "long_warmup"
    title = "A warm-up as long as the run"
    order = 5
    sees = (Sees.NETWORK,)
    may_see = (Sees.CURVE, Sees.ANSWERS)
    explains = (
        "learning_rate_low", "plateau", "slow_learning", "constant_loss", "underfitting", "nothing_learned",
        "class_never_predicted",
    )  # fmt: skip

    def look(self, patient: Patient) -> Iterator[Case]:
        settings = patient.settings
        warmup, total = int(settings.extra("warmup_steps")), settings.epochs * patient.steps_per_epoch
        if warmup < MOST * max(total, patient.step, 1) or patient.is_fitted:
            return
        reached = min(total / warmup, 1.0)
        few = max(round(USUAL * total), 1)
        yield Case(
            "",
            f"The learning rate rises over the first {counted(warmup, 'step')}, and the run has "
            f"{counted(total, 'step')}: at its end the rate is at {in_percent(round(reached, 3))} of what is "
            "set. Steps are too small for most of the run, whatever learning rate it aims at.",
            (
                ("Warm-up", counted(warmup, "step")),
                ("The run", f"{counted(settings.epochs, 'epoch')}, {counted(total, 'step')}"),
                ("Learning rate that is set", f"{patient.rate:g}"),
                ("At the end of the run", f"{patient.rate * reached:.3g}"),
            ),
            remedies=(
                setting("Start at the full learning rate (no warm-up)", warmup_steps=0),
                setting(
                    f"Warm up over the first {USUAL:.0%} of the run ({counted(few, 'step')})",
                    warmup_steps=few,
                ),
            ),
        )

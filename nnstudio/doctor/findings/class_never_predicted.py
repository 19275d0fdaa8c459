"""Classes that a trained network never names."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from nnstudio.data.dataset import Split
from nnstudio.doctor.charts import bars
from nnstudio.doctor.finding import Case, Finding, Judged, Sees, findings
from nnstudio.doctor.patient import FEWEST_EPOCHS, Patient
from nnstudio.doctor.proposals import larger
from nnstudio.doctor.remedies import setting
from nnstudio.model.problems import Repair

# A class of fewer samples is too rare to be missed; so many steps are a start.
FEWEST, STEPS = 8, 100
NAMED = 3
# From this accuracy on, a class that is never predicted is hidden by the others.
RIGHT = 0.6


@findings.register
class ClassNeverPredicted(Finding):
    """A class that is among the training samples looked at, and predicted for none of them."""

    id = "class_never_predicted"
    title = "A class that is never predicted"
    order = 45
    sees = (Sees.ANSWERS,)
    may_see = (Sees.CURVE,)
    judged = Judged.CLASSES

    def look(self, patient: Patient) -> Iterator[Case]:
        answers = patient.answers[Split.TRAINING]
        trained = patient.steps_judged >= STEPS and len(patient.losses) >= FEWEST_EPOCHS
        # Of a text, rare letters are seldom the likeliest, however well it is learned.
        if not trained or not answers.likely.size or patient.data.text is not None:
            return
        names = patient.data.classes
        there = np.bincount(answers.labels[answers.labels >= 0], minlength=len(names))
        named = np.bincount(answers.chosen, minlength=len(names))
        missing = np.flatnonzero((there >= FEWEST) & (named == 0))
        if not len(missing):
            return
        listed = ", ".join(f"'{names[i]}'" for i in missing[:NAMED])
        more = f" and {len(missing) - NAMED} more" if len(missing) > NAMED else ""
        hidden = "The overall accuracy hides it; look" if answers.accuracy > RIGHT else "Look"
        remedies = list[Repair]()
        options = patient.session.loss
        if options.has_option("class_weights") and not patient.settings.loss_options.get("class_weights"):
            remedies.append(setting("Let rare classes count more (balanced)", class_weights="balanced"))
        remedies += larger(patient)
        yield Case(
            patient.node(patient.layout.output),
            f"The network never answers {listed}{more}, though {int(there[missing].sum()):,} of "
            f"{len(answers.labels):,} training samples are of that kind. {hidden} at the results of each "
            "class.",
            (("Classes never predicted", f"{len(missing)} of {len(names)}"),
             ("Their training samples", f"{int(there[missing].sum()):,}")),
            bars(named.tolist(), "classes in their order", "times predicted", float(missing[0] + 1)),
            tuple(remedies),
        )  # fmt: skip

"""Running statistics of a BatchNorm that are not those of the data."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from nnstudio.doctor.charts import bars
from nnstudio.doctor.finding import Case, Finding, Judged, Sees, findings
from nnstudio.doctor.patient import Patient
from nnstudio.doctor.remedies import option, setting
from nnstudio.model.problems import Repair

# The median channel: so many standard deviations apart, or so many times the variance.
APART, RATIO = 1.0, 4.0
# Statistics of fewer steps are on their way.
FEWEST_STEPS = 50
# Batches that are so many times as large tell the statistics better.
LARGER = 4


@findings.register
class BatchNormStatistics(Finding):
    """Mean and variance that predictions use, against those that training batches have now."""

    id = "batchnorm_statistics"
    title = "BatchNorm remembers other data"
    order = 18
    sees = (Sees.NETWORK, Sees.FLOW)
    explains = ("overfitting",)
    judged = Judged.WATCHED

    def look(self, patient: Patient) -> Iterator[Case]:
        assert patient.flow is not None
        if patient.steps_judged < FEWEST_STEPS:
            return
        for node in patient.layout.nodes.values():
            mean, variance = (patient.array(node.id, f"running_{name}") for name in ("mean", "var"))
            if mean is None or variance is None or not node.layer.across_samples:
                continue
            now = patient.flow.layers[node.inputs[0]]
            spread = np.sqrt(now.deviation**2 + 1e-12)
            apart = float(np.median(np.abs(mean - now.mean) / spread))
            ratios = (variance + 1e-12) / spread**2
            ratio = float(np.exp(np.median(np.abs(np.log(np.maximum(ratios, 1e-12))))))
            if apart <= APART and ratio <= RATIO:
                continue
            name, guilty = patient.name(node.id), patient.node(node.id)
            momentum = float(node.options.get("momentum", 0.1))
            remedies = list[Repair]()
            if momentum < 0.1 and not patient.wiring.is_part(node):
                remedies.append(option(f"Set the momentum of {name} to 0.1", guilty, "momentum", 0.1))
            batch = patient.settings.batch_size * LARGER
            if batch <= len(patient.data.x_train):
                remedies.append(setting(f"Set the batch size to {batch:,}", batch_size=batch))
            yield Case(
                guilty,
                f"{name} remembers a mean and a variance of its inputs from training, and uses them when "
                "predicting; but its inputs now have others. So the network predicts otherwise than it "
                "learned. More steps, larger batches or another momentum bring them together.",
                (
                    ("Means apart", f"{apart:.2g} standard deviations"),
                    ("Variances apart", f"{ratio:.2g} times"),
                    ("Momentum", f"{momentum:g}"),
                ),
                bars(
                    np.log10(np.clip(ratios, 1e-6, 1e6))[:40].tolist(),
                    "channel",
                    "remembered over real, power of ten",
                ),
                tuple(remedies),
            )

"""Inputs of very different size, or very large ones."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from nnstudio.doctor.charts import powers
from nnstudio.doctor.finding import Case, Finding, Sees, findings
from nnstudio.doctor.patient import Patient
from nnstudio.doctor.proposals import normalised
from nnstudio.doctor.scaling import scaled_inputs
from nnstudio.model.quantity import in_digits
from nnstudio.model.tokens import columns_of

# One input spreads so many times as far as another; or all of them so far from 0.
RATIO, LARGE = 100.0, 50.0
LARGE_TITLE = "Inputs are large numbers"


@findings.register
class InputScales(Finding):
    """Spread of each input as the network gets it, where no normalisation comes first.

    Inputs of two values and numbers of tokens are no quantities; in pictures, only the size of all counts.
    """

    id = "input_scales"
    title = "Inputs on very different scales"
    order = 22
    sees = (Sees.NETWORK, Sees.DATA)
    explains = ("flooded_signal", "saturated_units")

    def look(self, patient: Patient) -> Iterator[Case]:
        x, data = patient.samples, patient.data
        if len(x) < 8 or patient.wiring.is_normalised:
            return
        columns = np.setdiff1d(np.arange(x.shape[1]), columns_of(data.tokens)).astype(int)
        if not len(columns):
            return
        with np.errstate(all="ignore"):
            size = np.sqrt((x[:, columns] ** 2).mean(0))
            spread = x[:, columns].std(0)
        many = (
            np.array([len(np.unique(x[:, c])) > 2 for c in columns])
            if len(data.input_shape) == 1
            else spread > 0
        )
        many = many & (spread > 0)
        if not many.any():
            return
        low, high = float(spread[many].min()), float(spread[many].max())
        uneven = len(data.input_shape) == 1 and many.sum() > 1 and high > RATIO * low
        if not uneven and float(np.sqrt((size[many] ** 2).mean())) < LARGE:
            return
        largest, smallest = columns[many][spread[many].argmax()], columns[many][spread[many].argmin()]
        names = (
            data.features
            if len(data.features) == x.shape[1]
            else [f"input {i + 1}" for i in range(x.shape[1])]
        )
        start = patient.wiring.inputs[0]
        if uneven:
            why = (
                f"'{names[largest]}' spreads {in_digits(high / low, 2)} times as far as "
                f"'{names[smallest]}', so at first the network hardly sees any other input. No learning "
                "rate suits both; let BatchNorm or the scaling of the columns under Data bring them to one "
                "size."
            )
        else:
            why = (
                f"The inputs are numbers of about {in_digits(float(size[many].mean()), 2)}, where networks "
                "start best from numbers of about 1. Values and gradients become as large, and learning "
                "jumps about; scale the inputs, or let BatchNorm do it."
            )
        yield Case(
            patient.node(start.id),
            why,
            (("Largest spread", in_digits(high, 3)), ("Smallest spread", in_digits(low, 3))),
            powers(spread[many][:40].tolist(), "input", "spread"),
            (
                *scaled_inputs(patient),
                *(
                    normalised(patient, node)
                    for node in (start, *patient.wiring.learned[:1])
                    if not patient.wiring.is_part(node) and not patient.wiring.feeds_outputs_only(node.id)
                ),
            ),
            title="" if uneven else LARGE_TITLE,
        )

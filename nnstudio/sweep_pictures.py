"""Curves of a sweep as a chart, for the command line."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from nnstudio.data.terms import right_called
from nnstudio.explain.charts import COLOURS, line_chart
from nnstudio.explain.charts import Line as Drawn
from nnstudio.sweep.curves import Line, told, values_over
from nnstudio.sweep.plan import Plan
from nnstudio.sweep.space import Varied


def curves_picture(
    lines: Sequence[Line], plan: Plan, over: Varied, titles: Mapping[str, str], only_real: bool = False
) -> np.ndarray:
    """The curves with the standard deviation of the trainings around them: (h, w, 3), 0 to 1; ``only_real``
    is as `right_called` has it.
    """
    names = [(float(at), told(over, value)) for at, value in enumerate(values_over(over))]
    drawn = [_drawn(line, COLOURS[number % len(COLOURS)]) for number, line in enumerate(lines)]
    return line_chart(drawn, titles.get(over.name, over.name), right_called(plan.metric, only_real), names)


def _drawn(line: Line, colour: tuple[int, int, int]) -> Drawn:
    x, y = (np.array([getattr(p, part) for p in line.points], float) for part in ("at", "mean"))
    spread = np.array([p.deviation or 0.0 for p in line.points])
    return Drawn(line.title, x, y, colour, y - spread, y + spread, has_dots=True)

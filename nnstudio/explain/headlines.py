"""What a person asks first of the ends of a network: which quantities enter, and what is predicted."""

from __future__ import annotations

import numpy as np

from nnkernels.spec import Role
from nnstudio.explain.activations import describe_prediction
from nnstudio.explain.end_names import names_of_units
from nnstudio.explain.end_numbers import SCALED, passed_on
from nnstudio.training.by_output import at_output, compared_with_data
from nnstudio.training.evaluation import Evaluation

# So many quantities are named.
MOST_NAMED = 3
SCALED_INPUTS = f"{SCALED}inputs"


def headline_of(
    session: Evaluation, node: str, values: np.ndarray, sample: int | None, is_over_range: bool
) -> str:
    """Of an Output what it predicts for a sample, by its number, -1 for one that a person made, where that is
    a class or labels; ``values`` are what it gives. Where units are shown over all that can enter, of the
    Input, and of an Output of numbers, what these are called. Of a node that gives on what entered, that its
    numbers are scaled, where they are. "" for other nodes: they show numbers.
    """
    data, known = session.data, session.layout.nodes[node]
    is_output = any(target.node == node for target in compared_with_data(session.layout))
    seen = at_output(session, node) if is_output else session
    has_classes = bool(data.classes) or seen.loss.for_labels
    if is_output and has_classes:
        which = (data.watched, sample) if sample is not None and sample >= 0 else None
        return "" if sample is None else describe_prediction(seen, values.ravel(), which)
    if not is_over_range and any(name.startswith(SCALED) for name in passed_on(session, node)):
        return SCALED_INPUTS
    if not is_over_range or not (is_output or known.layer.role == Role.INPUT):
        return ""
    names = names_of_units(session, node)
    return ", ".join(names) if len(names) <= MOST_NAMED else ""

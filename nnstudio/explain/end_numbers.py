"""Numbers at the ends of a network in the unit of the data, not scaled as for training.

What enters as v stands for v * scale + shift, and so does what an Output gives. Of a series that is predicted
as changes or logarithms, what an Output gives stands for a value of the table.
"""

from __future__ import annotations

import numpy as np

from nnkernels.graph.network import read_columns
from nnkernels.spec import Role, Takes
from nnstudio.data.dataset import Dataset
from nnstudio.data.own_unit import in_own_unit
from nnstudio.data.table_unit import in_table, in_table_called, is_in_other_form
from nnstudio.explain.activations import Which
from nnstudio.explain.answers import answers
from nnstudio.explain.end_names import Names, names_of_units
from nnstudio.training.by_output import at_output, compared_with_data
from nnstudio.training.evaluation import Evaluation

# Before the name of what is told as it is computed with, not in the unit of the data.
SCALED = "scaled "


def own_numbers(
    session: Evaluation, node: str, values: np.ndarray, which: Which | None = None
) -> tuple[float, ...]:
    """What an Input or an Output gave for one sample, (values,), in the unit of the data; ``which`` sample
    that is, None for one that a person made. () for other nodes, and where the values are in that unit.
    """
    if values.ndim != 1:
        return ()
    if session.layout.nodes[node].layer.role == Role.INPUT:
        return _entered(session, node, values)
    return _predicted(session, node, values, which) if _gives_numbers(session, node) else ()


def passed_on(session: Evaluation, node: str) -> Names:
    """What the values of a node are called that gives on what entered as it came, such as a Flatten; () for
    all others, and for the Input. Those that are scaled have a word before their name.
    """
    nodes = session.layout.nodes
    source, shape = nodes[node], nodes[node].shape
    if source.layer.role != Role.LAYER:
        return ()
    while len(source.inputs) == 1 and source.layer.is_view(source.options, False):
        node = source.inputs[0]
        source = nodes[node]
    if source.layer.role != Role.INPUT or source.shape != shape:
        return ()
    names = names_of_units(session, node)
    if not names:
        return ()
    shift, scale = _scaling(session, node)
    is_scaled = (shift != 0) | (scale != 1)
    return tuple(f"{SCALED}{name}" if so else name for name, so in zip(names, is_scaled, strict=True))


def own_names(session: Evaluation, node: str, which: Which | None = None) -> Names:
    """What the units are called whose values `own_numbers` tells, and those of other nodes: with a word
    before the name of a target, or of an input, where a value stands for one only once it is scaled back.
    """
    names, data = names_of_units(session, node), session.data
    if not names:
        return passed_on(session, node)
    if session.layout.nodes[node].layer.role == Role.INPUT or data.classes:
        return names
    if _gives_numbers(session, node):
        seen = at_output(session, node).data
        return in_table_called(seen) if which is not None and is_in_other_form(seen) else names
    return tuple(f"{SCALED}{name}" for name in names) if _is_scaled(data) else names


def _entered(session: Evaluation, node: str, values: np.ndarray) -> tuple[float, ...]:
    if len(session.data.input_shape) != 1:
        return ()
    shift, scale = _scaling(session, node)
    if not shift.any() and (scale == 1).all():
        return ()
    return tuple(in_own_unit(values, shift, scale).tolist())


def _scaling(session: Evaluation, node: str) -> tuple[np.ndarray, np.ndarray]:
    """Shift and scale (values,) of what an Input gives, of data that is one list of values."""
    data, known = session.data, session.layout.nodes[node]
    columns = read_columns(known.options["columns"], data.input_shape[0], "values")
    chosen = slice(None) if columns is None else list(columns)
    shift, scale = (
        np.broadcast_to(np.ravel(v), data.input_shape)[chosen] for v in (data.x_shift, data.x_scale)
    )
    return shift, scale


def _predicted(session: Evaluation, node: str, values: np.ndarray, which: Which | None) -> tuple[float, ...]:
    seen = at_output(session, node)
    data = seen.data
    is_other = which is not None and is_in_other_form(data)
    if not (is_other or _is_scaled(data)):
        return ()
    if seen.loss.takes == Takes.NUMBERS:
        told = np.ravel(in_own_unit(values, data.y_shift, data.y_scale))
    else:
        told = answers(seen, values[None])[0]
    if is_other and which is not None:
        part, index = which
        told = in_table(data, part, told[None], np.array([index]))[0]
    return tuple(told.tolist())


def _gives_numbers(session: Evaluation, node: str) -> bool:
    """Whether it is an Output whose targets are numbers, neither classes nor labels that hold or not."""
    is_output = any(target.node == node for target in compared_with_data(session.layout))
    return is_output and not session.data.classes and not at_output(session, node).loss.for_labels


def _is_scaled(data: Dataset) -> bool:
    return bool(np.any(data.y_shift) or np.any(np.not_equal(data.y_scale, 1)))

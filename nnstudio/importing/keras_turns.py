"""Sequences whose steps Keras has the other way round: go_backwards gives outputs in the order of reading.

Here every output stays at its step. What stands between such a layer and the Flip that turns its steps round
again is followed, as long as it does the same with every step.
"""

from __future__ import annotations

from collections.abc import Sequence

from nnstudio.importing.builder import NotExpressible
from nnstudio.importing.keras_call import KerasCall, Part

STEP_BY_STEP = frozenset({
    "dense", "dropout", "gaussiannoise", "identity", "batchnorm", "relu", "sigmoid", "tanh", "leaky_relu",
    "elu", "selu", "gelu", "silu", "softplus", "step", "square", "sine", "add", "subtract", "multiply",
    "average",
})  # fmt: skip
# What is the same for all orders of the steps.
ANY_ORDER = frozenset({"globalaveragepool1d", "globalmaxpool1d"})
RECURRENT = frozenset({"simplernn", "gru", "lstm"})
LAST_FIRST = (
    "The steps of what it takes come last first, as go_backwards gives them, and no layer here turns them "
    "round; put keras.ops.flip(x, axis=1) before it."
)


class Turned(str):
    """The name of a node, for values that are the node's with the last step first."""

    __slots__ = ()


def turns_round(call: KerasCall) -> bool:
    """Whether a call is keras.ops.flip of the steps of a sequence, and nothing else."""
    axis = call.config.get("axis", call.arguments.get("axis"))
    return call.kind == "Flip" and ".ops" in call.module and len(call.shapes[0]) == 2 and axis in (1, [1], -2)


def is_turned_behind(parts: Sequence[Part], call: KerasCall) -> bool:
    """Whether the steps of what a call gives come last first. Raises NotExpressible if that is no order."""
    turned = {isinstance(source, Turned) for source in call.inputs}
    if len(turned) > 1:
        raise NotExpressible("Of what it takes, some has its last step first and some its first.")
    is_turned = True in turned
    for part in parts:
        if part.kind in RECURRENT:
            # How it reads what is here, where the first step comes first, is an option of it already.
            is_turned = bool(part.options.get("reverse") and part.options["return_sequences"])
        elif is_turned and part.kind in ANY_ORDER:
            is_turned = False
        elif is_turned and part.kind not in STEP_BY_STEP:
            raise NotExpressible(LAST_FIRST)
    return is_turned


__all__ = ["LAST_FIRST", "Turned", "is_turned_behind", "turns_round"]

"""How the inputs of an ONNX graph lie: where the samples are, and whether channels come first."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from nnkernels.spec import Shape, size_of
from nnstudio.importing.onnx_values import OnnxNode, Value, first_axes, lies_first
from nnstudio.model.atomic_file import FileError

# Of one sample, at any node: what is larger is no network that runs.
MOST_VALUES = 2**26
# How an input lies in the file.
CHANNELS, STEPS_FIRST, PLAIN, WHOLE, LABELS = "channels first", "steps first", "plain", "whole", "labels"
TOLD = {
    CHANNELS: "; the file has its channels first",
    STEPS_FIRST: "; the file has its samples at axis 1, behind the steps",
    WHOLE: ", which is one sample: the file computes with whole arrays, and has no axis of samples",
    PLAIN: "",
    LABELS: "",
}
# Operators that take channels first, and those behind which the order of axes says nothing of that before.
CHANNELS_FIRST = frozenset({
    "Conv", "ConvTranspose", "MaxPool", "AveragePool", "GlobalAveragePool", "GlobalMaxPool", "LpPool",
    "BatchNormalization", "InstanceNormalization", "LRN", "DepthToSpace", "SpaceToDepth", "Resize",
    "Upsample", "GlobalLpPool", "GroupNormalization",
})  # fmt: skip
LOSSES = frozenset({"SoftmaxCrossEntropyLoss", "NegativeLogLikelihoodLoss"})
RECURRENT = frozenset({"LSTM", "GRU", "RNN"})
NOT_BY_VALUE = frozenset({"Reshape", "Flatten", "MatMul", "Gemm", "Gather"}) | RECURRENT


def input_value(name: str, shape: Shape, how: str, file: str) -> Value:
    """What an input is whose array in the file has this shape. Raises FileError."""
    shape = (*shape, 1) if how == LABELS else shape
    batch = 1 if how == STEPS_FIRST else 0
    sample = (shape or (1,)) if how == WHOLE else (*shape[:batch], *shape[batch + 1 :])
    if not sample or min(sample) < 1 or size_of(sample) > MOST_VALUES:
        raise FileError(
            f"The input '{name}' of '{file}' has shape {shape}; all of its sizes but the "
            f"batch must be known, and a sample have at most {MOST_VALUES:,} values. Export it so."
        )
    rank = len(sample)
    axes = first_axes(rank) if how == CHANNELS else tuple(range(rank))
    lies = lies_first(rank) if how == CHANNELS else axes
    return Value(name, tuple(sample[axis] for axis in axes), lies, batch)


def taken_as(name: str, rank: int, takers: Mapping[str, Sequence[OnnxNode]]) -> str:
    """How an input lies by what takes it: pictures have channels first where nothing says otherwise."""
    if rank == 0 and any(node.kind in LOSSES for node in takers.get(name, [])):
        return LABELS
    seen, waiting = {name}, [name]
    while waiting and len(seen) < 100 and rank > 1:
        for node in takers.get(waiting.pop(0), []):
            if node.kind in CHANNELS_FIRST:
                return CHANNELS
            if node.kind in RECURRENT and rank == 2 and not node.attributes.get("layout", 0):
                return STEPS_FIRST
            if node.kind == "Transpose":
                return PLAIN
            if node.kind not in NOT_BY_VALUE:
                waiting += [output for output in node.outputs if output not in seen]
                seen |= set(node.outputs)
    return CHANNELS if rank == 3 else PLAIN

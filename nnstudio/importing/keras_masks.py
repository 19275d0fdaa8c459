"""Masks of Keras, by which layers pass over steps whose number is 0: none here does, and that is said."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import Any

from nnstudio.importing.keras_call import KerasCall
from nnstudio.importing.keras_config import Call, Value, tensors_of

# What passes over the steps that an Embedding masks.
MASKED = frozenset({
    "SimpleRNN", "LSTM", "GRU", "Bidirectional", "TimeDistributed", "MultiHeadAttention", "Attention",
    "AdditiveAttention", "GlobalAveragePooling1D", "Softmax",
})  # fmt: skip
COUNTS = "here they count as all others do. Samples without a 0 predict the same."
LOST = f" mask_zero: in Keras, {{}} behind it may pass over the steps whose number is 0; {COUNTS}"
LEFT_OUT = f" Its mask is left out: in Keras, it passes over the steps whose number is 0; {COUNTS}"
READ = "A mask of the steps whose number is 0. No layer here heeds it: those that took it say so."


def lost_mask(call: KerasCall, others: Iterable[str], is_inner: bool) -> str:
    """What of an Embedding's mask is lost for layers of other kinds in the file, in sentences; else "".

    What takes the result of an inner model is not among them.
    """
    if call.kind != "Embedding" or not call.config.get("mask_zero"):
        return ""
    takers = sorted(MASKED & set(others)) or (["what stands"] if is_inner else [])
    return LOST.format(", ".join(takers)) if takers else ""


def masks_of(calls: Iterable[Call], used: Collection[Value]) -> frozenset[Value]:
    """Values that tell where a number is not 0 and that nothing takes but as its mask."""
    masks = {
        (call.name, call.number, 0)
        for call in calls
        if call.layer.get("class_name") == "NotEqual"
        and ".ops" in str(call.layer.get("module"))
        and [value for value, _ in call.constants] == [0]
    }
    return frozenset(masks - set(used))


def is_mask(key: str, given: Any, masks: Collection[Value]) -> bool:
    """Whether an argument of a call is one of `masks_of`."""
    return key.endswith("mask") and set(tensors_of(given)) <= set(masks)


__all__ = ["LEFT_OUT", "READ", "is_mask", "lost_mask", "masks_of"]

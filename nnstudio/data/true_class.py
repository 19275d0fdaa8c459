"""What a sample is, in words."""

from __future__ import annotations

from nnstudio.data.dataset import Dataset, Split


def true_class(data: Dataset, part: Split, index: int) -> str:
    """The class of a sample of a part; "" where the target is a number, or more than one label."""
    y = data.part(part)[1]
    return data.classes[int(y[index, 0])] if data.classes and y.shape[1] == 1 else ""

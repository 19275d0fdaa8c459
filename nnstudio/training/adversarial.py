"""What adversarial training needs of the data: how far each input may be pushed, and between which ends."""

from __future__ import annotations

from nnkernels.ops.pushing import Push
from nnstudio.data.dataset import Dataset
from nnstudio.data.ends import least_and_most


def push_of(data: Dataset, strength: float) -> Push | None:
    """Pushes by a share of the way from black to white, or from least to most; None for no strength."""
    if not strength:
        return None
    low, high = (end.ravel() for end in least_and_most(data))
    return Push(strength * (high - low), low, high)

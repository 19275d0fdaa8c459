"""Kernels that picture programs have as filters, and what one makes of a picture."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class KnownKernel:
    """3 x 3 numbers, row by row from the top, as they are laid over the pixels: nothing is flipped."""

    title: str
    rows: tuple[tuple[float, float, float], ...]


NINTH = 1 / 9
IDENTITY = KnownKernel("Identity", ((0, 0, 0), (0, 1, 0), (0, 0, 0)))
BLUR = KnownKernel("Blur", ((NINTH,) * 3,) * 3)
SHARPEN = KnownKernel("Sharpen", ((0, -1, 0), (-1, 5, -1), (0, -1, 0)))
SOBEL_X = KnownKernel("Edges, left to right (Sobel x)", ((-1, 0, 1), (-2, 0, 2), (-1, 0, 1)))
SOBEL_Y = KnownKernel("Edges, top to bottom (Sobel y)", ((-1, -2, -1), (0, 0, 0), (1, 2, 1)))
LAPLACIAN = KnownKernel("Edges, all (Laplacian)", ((0, 1, 0), (1, -4, 1), (0, 1, 0)))
EMBOSS = KnownKernel("Emboss", ((-2, -1, 0), (-1, 1, 1), (0, 1, 2)))
KNOWN_KERNELS = (IDENTITY, BLUR, SHARPEN, SOBEL_X, SOBEL_Y, LAPLACIAN, EMBOSS)


def known_kernel(title: str) -> KnownKernel | None:
    """The one of this title, None where there is none."""
    return next((kernel for kernel in KNOWN_KERNELS if kernel.title == title), None)


def can_hold_known(sides: tuple[int, ...]) -> bool:
    """Whether a kernel of this height and width has a middle with something on each side of it."""
    return all(side >= 3 and side % 2 for side in sides)


def in_middle(kernel: KnownKernel, sides: tuple[int, ...]) -> np.ndarray:
    """A known kernel in the middle of one that can hold it, with zeros around it: float64 of these sides."""
    numbers = np.zeros(sides)
    top, left = (side // 2 - 1 for side in sides)
    numbers[top : top + 3, left : left + 3] = kernel.rows
    return numbers


def filtered(picture: np.ndarray, kernel: KnownKernel) -> np.ndarray:
    """What a kernel makes of a picture (h, w): (h, w) float64; beyond the picture's border all is 0."""
    height, width = picture.shape
    padded = np.pad(picture.astype(np.float64), 1)
    result = np.zeros((height, width))
    for i, row in enumerate(kernel.rows):
        for j, weight in enumerate(row):
            result += weight * padded[i : i + height, j : j + width]
    return result

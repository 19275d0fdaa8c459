"""Activation maximisation and deep dream: a sample that excites a unit, a channel or a class."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from nnkernels.spec import Option
from nnstudio.explain.method import Explanation, Kind, Method, Network, Question, Stage, methods

STARTS = ("noise", "sample", "grey")
# Deviation of the noise that it begins with, as a share of the way from black to white.
NOISE = 0.05


@methods.register
class ActivationMaximisation(Method):
    """Steps up the gradient of the target's number, less ``l2`` and ``variation`` times the sample's own.

    Each step is as long as ``step_size`` allows, whatever the gradient's size (Mordvintsev et al. 2015).
    Before each, the picture is shifted by up to ``jitter`` pixels, and back after. Octaves begin with blocks
    of pixels that change together, twice as large for each, and end with single ones. ``l2`` pulls towards
    the middle (Simonyan et al. 2013), ``variation`` makes neighbours alike (Mahendran, Vedaldi 2015).
    """

    id = "activation_maximisation"
    title = "What excites it"
    order = 20
    help = "Builds a sample up that raises the number: from noise, or as a dream of a picture."
    paper = (
        "Erhan et al. 2009; Mordvintsev, Olah, Tyka 2015, 'Inceptionism'; arXiv:1312.6034; arXiv:1412.0035"
    )
    kind = Kind.SAMPLE
    options = (
        Option("start", STARTS[0], "What it begins with.", choices=STARTS),
        Option("steps", 64, "Steps in each octave.", 1, 100_000),
        Option("step_size", 0.02, "Length of a step, as a share of the way from black to white.", 1e-6, 1.0),
        Option(
            "octaves", 2, "Sizes of blocks of pixels, from large to single ones; 1 for single ones.", 1, 8
        ),
        Option("jitter", 1, "Largest shift before a step.", 0, 64, unit="px"),
        Option("l2", 0.0, "How strongly values are pulled to the middle.", 0.0, 1e6),
        Option("variation", 0.0, "How strongly neighbours are made alike.", 0.0, 1e6),
        Option("seed", 1, "Number that decides noise and shifts.", 0, 2**31 - 1),
    )

    def run(self, network: Network, question: Question, options: Mapping[str, Any]) -> Iterator[Stage]:
        rng = np.random.default_rng(options["seed"])
        now = _begun(question, options["start"], rng)
        before = float(network.values(question.target, now[None])[0])
        octaves = options["octaves"] if question.is_picture else 1
        total = octaves * options["steps"] + 1
        for done in range(total - 1):
            block = 2 ** (octaves - 1 - done // options["steps"])
            now = _raised(network, question, options, now, block, rng)
            yield Stage((done + 1) / total, now)
        after = float(network.values(question.target, now[None])[0])
        figures: dict[str, float | str] = {
            f"{question.target.name}, before": before, "after": after, "starts with": options["start"],
        }  # fmt: skip
        notes, is_of_sample = [], options["start"] == "sample"
        if after <= before:
            notes.append("The number did not rise. Take more steps, shorter ones, or begin with a sample.")
        yield Stage(1.0, now, Explanation(now, figures, notes=tuple(notes), is_of_sample=is_of_sample))


def _raised(
    network: Network, question: Question, options: Mapping[str, Any], now: np.ndarray, block: int,
    rng: np.random.Generator,
) -> np.ndarray:  # fmt: skip
    """The sample after one step."""
    span = question.high - question.low
    # What cannot change in the data stays.
    divisor = np.where(span > 0, span, 1)
    shift = (0, 0)
    if question.is_picture:
        down, across = rng.integers(-options["jitter"], options["jitter"] + 1, 2)
        shift = int(down), int(across)
    gradient = _shifted(network, question, now, shift) * span
    gradient -= options["l2"] * (now - (question.low + question.high) / 2) / divisor
    if question.is_picture:
        gradient -= options["variation"] * variation_gradient(now / divisor)
        gradient = in_blocks(gradient, block)
    size = np.sqrt((gradient**2).mean())
    if not size > 0:
        return now
    moved = now + options["step_size"] * span * gradient / size
    kept: np.ndarray = np.clip(moved, question.low, question.high)
    return kept


def _begun(question: Question, start: str, rng: np.random.Generator) -> np.ndarray:
    if start == "sample":
        return np.array(question.x[0], np.float64)
    middle = np.asarray((question.low + question.high) / 2, np.float64)
    if start == "grey":
        return middle
    noise = rng.normal(size=middle.shape) * NOISE * (question.high - question.low)
    return np.array(np.clip(middle + noise, question.low, question.high))


def _shifted(network: Network, question: Question, now: np.ndarray, shift: tuple[int, int]) -> np.ndarray:
    """The gradient by a sample that the network sees shifted."""
    # A row of inputs has one axis alone, and is never shifted.
    seen = now if shift == (0, 0) else np.roll(now, shift, (0, 1))
    gradient: np.ndarray = network.gradients(question.target, seen[None])[1][0]
    return gradient if shift == (0, 0) else np.roll(gradient, (-shift[0], -shift[1]), (0, 1))


def variation_gradient(picture: np.ndarray) -> np.ndarray:
    """The gradient of half the sum of squared differences of neighbours, of a picture (height, width, ..)."""
    gradient = np.zeros(picture.shape)
    for axis in (0, 1):
        difference = np.diff(picture, axis=axis)
        ends = [(0, 0)] * picture.ndim
        ends[axis] = (1, 0)
        gradient += np.pad(difference, ends)
        ends[axis] = (0, 1)
        gradient -= np.pad(difference, ends)
    return gradient


def in_blocks(picture: np.ndarray, block: int) -> np.ndarray:
    """A picture (h, w, ..) whose values are the means of blocks of pixels; the last ones may be smaller."""
    if block == 1:
        return picture
    for axis in (0, 1):
        length = picture.shape[axis]
        starts = np.arange(0, length, block)
        sizes = np.diff(np.append(starts, length))
        shape = [1] * picture.ndim
        shape[axis] = -1
        means = np.add.reduceat(picture, starts, axis) / sizes.reshape(shape)
        picture = np.repeat(means, sizes, axis)
    return picture

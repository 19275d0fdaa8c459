"""Style: the content of one picture in the style of another, over the network's own convolutions."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from nnkernels.spec import Option, SpecError
from nnstudio.data.dataset import DataError
from nnstudio.explain.method import Explanation, Kind, Method, Network, Question, Stage, methods
from nnstudio.explain.methods.activation_maximisation import variation_gradient

STARTS = ("content", "noise", "grey")
# How fast Adam forgets gradients and their squares, as Kingma and Ba 2014 have it.
FORGETS = 0.9, 0.999


@methods.register
class Style(Method):
    """``content_weight C + style_weight sum over l of w_l S_l``, made small by Adam over the picture.

    With F the maps of a layer, (positions, channels), C is half the mean of ``(F - F of the content)**2``.
    The Gram matrix ``G = F^T F / positions`` says how often two channels answer together, and not where; S_l
    is a quarter of the mean of ``(G - G of the style picture)**2`` in layer l. Both are divided by what they
    would be for maps of zeros, so that 1 means nothing of it, and weights mean the same in every network.
    """

    id = "style"
    title = "Style"
    order = 30
    help = "Paints the content of one picture in the style of another, as the network's layers tell them."
    paper = "Gatys, Ecker, Bethge 2015, arXiv:1508.06576"
    kind = Kind.SAMPLE
    needs_style = True
    options = (
        Option("content_layer", "", "Whose maps tell the content; empty: those of the last convolution."),
        Option(
            "style_layers", "",
            "Whose maps tell the style, with weights, as in relu_1:1, relu_2:0.5; empty: all convolutions.",
        ),
        Option("content_weight", 1.0, "How much the content counts.", 0.0, 1e6),
        Option("style_weight", 1.0, "How much the style counts.", 0.0, 1e6),
        Option("variation", 0.0, "How strongly neighbouring pixels are made alike.", 0.0, 1e6),
        Option("start", STARTS[0], "What it begins with.", choices=STARTS),
        Option("steps", 200, "Steps of the picture.", 1, 100_000),
        Option("step_size", 0.03, "Length of a step, as a share of the way from black to white.", 1e-6, 1.0),
        Option("seed", 1, "Number that decides the noise.", 0, 2**31 - 1),
    )  # fmt: skip

    def run(self, network: Network, question: Question, options: Mapping[str, Any]) -> Iterator[Stage]:
        wanted = Wanted.of(network, question, options)
        span = question.high - question.low
        now = _begun(question, options["start"], np.random.default_rng(options["seed"]))
        slopes, squares, total = np.zeros(now.shape), np.zeros(now.shape), options["steps"] + 1
        first = wanted.losses(network, now)
        for done in range(1, total):
            _, gradient = wanted.gradient(network, now)
            gradient = gradient * span
            gradient += options["variation"] * variation_gradient(now / span) / now[..., 0].size
            slopes += (1 - FORGETS[0]) * (gradient - slopes)
            squares += (1 - FORGETS[1]) * (gradient**2 - squares)
            mean, size = slopes / (1 - FORGETS[0] ** done), np.sqrt(squares / (1 - FORGETS[1] ** done))
            step = np.divide(mean, size, out=np.zeros(mean.shape), where=size > 0)
            now = np.clip(now - options["step_size"] * span * step, question.low, question.high)
            yield Stage(done / total, now)
        last = wanted.losses(network, now)
        yield Stage(1.0, now, Explanation(now, wanted.figures(first, last), notes=_notes(first, last)))


@dataclass(frozen=True, eq=False)
class Losses:
    """Content and style losses of a picture, as shares of what they are for maps of zeros."""

    content: float
    style: float


@dataclass(frozen=True, eq=False)
class Wanted:
    """What a picture should come to.

    Attributes:
        layer: whose maps tell the content, and ``maps`` what they should be.
        grams: by layer, what its Gram matrix should be; ``weights`` how much it counts, all together 1.
        by: weights of content and style.
    """

    layer: str
    maps: np.ndarray
    grams: Mapping[str, np.ndarray]
    weights: Mapping[str, float]
    by: tuple[float, float]

    @staticmethod
    def of(network: Network, question: Question, options: Mapping[str, Any]) -> Wanted:
        """Raises DataError or SpecError."""
        if question.style is None or not question.is_picture:
            raise DataError("Style needs two pictures: one for the content and one for the style.")
        known = network.map_layers()
        layer = options["content_layer"] or known[-1]
        weights = read_weights(options["style_layers"], known)
        (maps,) = network.maps(question.x, [layer])
        grams = {
            n: gram(m[0]) for n, m in zip(weights, network.maps(question.style, [*weights]), strict=True)
        }
        if not np.isfinite(maps).all() or not all(np.isfinite(matrix).all() for matrix in grams.values()):
            raise DataError("The network gives no numbers for these pictures, so nothing can be painted.")
        flat = [name for name, matrix in grams.items() if not matrix.any()]
        if flat or not maps.any():
            raise DataError(
                f"'{(flat or [layer])[0]}' gives nothing but zeros for this picture, so there is nothing to "
                "come close to. Train the network, or choose another layer."
            )
        by = options["content_weight"], options["style_weight"]
        return Wanted(layer, maps[0], grams, weights, by)

    def losses(self, network: Network, picture: np.ndarray) -> Losses:
        return self.gradient(network, picture)[0]

    def gradient(self, network: Network, picture: np.ndarray) -> tuple[Losses, np.ndarray]:
        """Both losses of a picture (h, w, c), and the gradient of their weighted sum by it."""
        nodes = list(dict.fromkeys([self.layer, *self.grams]))
        maps = {n: m[0] for n, m in zip(nodes, network.maps(picture[None], nodes), strict=True)}
        back = {node: np.zeros(values.shape) for node, values in maps.items()}
        content, slope = content_loss(maps[self.layer], self.maps)
        size, _ = content_loss(np.zeros(self.maps.shape), self.maps)
        back[self.layer] += self.by[0] * slope / size
        style = 0.0
        for node, matrix in self.grams.items():
            loss, slope = style_loss(maps[node], matrix)
            share = self.weights[node] / style_loss(np.zeros(maps[node].shape), matrix)[0]
            style += share * loss
            back[node] += self.by[1] * share * slope
        gradient = network.maps_back(picture[None], {n: b[None] for n, b in back.items()})[0]
        return Losses(content / size, style), gradient

    def figures(self, first: Losses, last: Losses) -> dict[str, float | str]:
        """What to print."""
        return {
            "content layer": self.layer, "style layers": ", ".join(self.grams),
            "content loss at first": first.content, "content loss now": last.content,
            "style loss at first": first.style, "style loss now": last.style,
        }  # fmt: skip


def gram(maps: np.ndarray) -> np.ndarray:
    """How often two channels of maps (.., channels) answer together: (channels, channels)."""
    flat = maps.reshape(-1, maps.shape[-1])
    matrix: np.ndarray = flat.T @ flat / len(flat)
    return matrix


def content_loss(maps: np.ndarray, wanted: np.ndarray) -> tuple[float, np.ndarray]:
    """Half the mean squared difference of maps (.., channels) from those wanted, and its gradient by them.

    Gatys, Ecker and Bethge 2016, equation 1, as a mean instead of a sum.
    """
    difference = maps - wanted
    return float((difference**2).mean() / 2), difference / difference.size


def style_loss(maps: np.ndarray, wanted: np.ndarray) -> tuple[float, np.ndarray]:
    """A quarter of the mean squared difference of the `gram` matrix of maps (.., channels) from a wanted one,
    and its gradient by the maps. Gatys, Ecker and Bethge 2016, equation 4.
    """
    difference = gram(maps) - wanted
    positions = maps[..., 0].size
    return float((difference**2).mean() / 4), maps @ difference / (difference.size * positions)


def read_weights(text: str, known: Sequence[str]) -> dict[str, float]:
    """Layers with their weights, made 1 all together, from "relu_1:1, relu_2:0.5"; all ``known`` for "".

    Raises SpecError.
    """
    weights: dict[str, float] = {}
    for part in text.split(",") if text.strip() else known:
        name, _, weight = part.rpartition(":") if ":" in part else (part, "", "1")
        try:
            weights[name.strip()] = float(weight)
        except ValueError:
            weights[name.strip()] = np.nan
    total = sum(weights.values())
    if not total > 0 or not np.isfinite(total) or min(weights.values()) < 0:
        raise SpecError(f"Style layers are written as in relu_1:1, relu_2:0.5; received '{text}'.")
    return {name: weight / total for name, weight in weights.items() if weight}


def _begun(question: Question, start: str, rng: np.random.Generator) -> np.ndarray:
    if start == "content":
        return np.array(question.x[0], np.float64)
    if start == "grey":
        return np.asarray((question.low + question.high) / 2, np.float64)
    shares = rng.uniform(size=question.low.shape)
    return np.asarray(question.low + shares * (question.high - question.low))


def _notes(first: Losses, last: Losses) -> tuple[str, ...]:
    if last.style < first.style:
        return ()
    return ("The style did not come closer. Take more steps, or set style_weight higher.",)

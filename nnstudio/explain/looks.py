"""What a network looks at, remembers and generates, as tables (CSV) and pictures: views and the command line
write the same.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from nnstudio.data.dataset import Dataset
from nnstudio.data.imitation import ORIGINS
from nnstudio.explain.attention_maps import AttentionMaps
from nnstudio.explain.backtest_figures import number_of
from nnstudio.explain.charts import COLOURS, Arrows, dot_chart
from nnstudio.explain.drawn import AGAINST, FOR, NEUTRAL, SHADE, as_csv, beside, enlarged, in_colours
from nnstudio.explain.generated import GeneratedPictures, GeneratedPoints
from nnstudio.explain.hidden_state import HiddenState
from nnstudio.explain.reactions import STRONGEST, Reaction, Reactions

# Generated pictures in a row, pixels between two, and the height of the bar below each, in their own pixels.
ACROSS, GAP, BAR = 8, 3, 4
# The longest arrow takes this share of the plane.
ARROW = 0.1
CHANNELS = 3
# Pixels down that a part which a unit reacts to is enlarged to, about.
PART = 48


def tokens_of(maps: AttentionMaps) -> tuple[str, ...]:
    """What the steps are called; without names they are counted from 1."""
    assert maps.weights is not None
    steps = max(maps.weights.shape[1:])
    return maps.names if len(maps.names) == steps else tuple(str(i + 1) for i in range(steps))


def attention_table(maps: AttentionMaps, layer: str, heads: Mapping[str, np.ndarray]) -> str:
    """A line for each step and each that it looks at, in these heads, (steps, keys) by their names."""
    tokens, rows = tokens_of(maps), []
    for head, shares in heads.items():
        masked = np.zeros(shares.shape, bool) if maps.masked is None else maps.masked
        for step, key in np.ndindex(*shares.shape):
            looks = (step + 1, tokens[step], key + 1, tokens[key], f"{shares[step, key]:.6g}")
            rows.append((layer, head, maps.step, *looks, int(masked[step, key])))
    columns = (
        "layer", "head", "training_step", "step", "token", "looks_at", "its_token", "share", "hidden",
    )  # fmt: skip
    return as_csv(columns, rows)


def attention_picture(maps: AttentionMaps) -> np.ndarray:
    """The maps of all heads beside each other, rows looking at columns; grey is hidden. Colours (h, w, 3)."""
    assert maps.weights is not None
    most = maps.weights.max(2, keepdims=True)
    shares = (maps.weights / np.where(most == 0, 1, most))[..., None]
    colours = NEUTRAL + shares * (FOR - NEUTRAL)
    if maps.masked is not None:
        colours[:, maps.masked] = SHADE
    return beside([enlarged(head) for head in colours])


def state_table(state: HiddenState, layer: str) -> str:
    """A line for each step: what entered, and what each unit held after it."""
    units = [f"unit {unit + 1}" for unit in range(len(state.values))]
    rows = [
        (state.step, layer, at, entered, *map(number_of, held))
        for at, (entered, held) in enumerate(zip(state.inputs, state.values.T, strict=True), 1)
    ]
    return as_csv(("training step", "layer", "step", "input", *units), rows)


def state_picture(state: HiddenState, most: float | None = None) -> np.ndarray:
    """Units down, steps across: blue above 0, orange below, the strongest for the largest size, or for
    ``most``. Colours (h, w, 3).
    """
    return enlarged(in_colours(state.values, most=most))


def points_table(drawn: GeneratedPoints, data: Dataset) -> str:
    """A line for each generated point, with where the generator's loss falls fastest."""
    assert drawn.points is not None and drawn.moves is not None
    names = data.features if len(data.features) == drawn.points.shape[1] else ("x1", "x2")
    rows = [tuple(map(number_of, pair)) for pair in np.hstack([drawn.points, drawn.moves]).astype(float)]
    return as_csv((*names, *(f"{name} moves by" for name in names)), rows)


def points_picture(drawn: GeneratedPoints, data: Dataset) -> np.ndarray:
    """Generated points over real ones, and over what the judge thinks: blue is real, orange is generated.

    Lines lead where the generator's loss falls fastest.
    """
    assert drawn.points is not None and drawn.moves is not None and drawn.field is not None
    likely = drawn.field.values[..., None]
    # Half as pale as the dots, and white where the judge is not sure.
    strong = np.abs(likely - 0.5)
    field = NEUTRAL + strong * (np.where(likely > 0.5, FOR, AGAINST) - NEUTRAL)
    left, _bottom, right, _top = drawn.field.extent
    longest = np.linalg.norm(drawn.moves[np.isfinite(drawn.moves).all(1)], axis=1).max(initial=0)
    moves = drawn.moves * (ARROW * (right - left) / longest if longest > 0 else 0.0)
    x, y = data.part(data.watched)
    names = data.features if len(data.features) == drawn.points.shape[1] else ("x1", "x2")
    real = x[y[:, 0] == ORIGINS.index("real")][: len(drawn.points)]
    groups = [("real", real, COLOURS[0]), ("generated", drawn.points, COLOURS[1])]
    return dot_chart(groups, names[0], names[1], Arrows(drawn.points, moves), (field, drawn.field.extent))


def reactions_table(given: Reactions, layer: str) -> str:
    """A line for each unit and each sample that it reacts to, the strongest first."""
    rows = [
        (given.step, layer, reaction.name, rank, str(given.part), sample, number_of(value))
        for reaction in given.reactions
        for rank, (sample, value) in enumerate(zip(reaction.samples, reaction.values, strict=True), 1)
    ]
    return as_csv(("training step", "layer", "unit", "rank", "part", "sample", "value"), rows)


def reactions_picture(given: Reactions) -> np.ndarray:
    """A row for each unit, the strongest part on the left; grey is outside of the sample. (h, w, 3)."""
    times, rows = max(PART // given.seen[0], 1), []
    height, width = (times * pixels for pixels in given.seen)
    for reaction in given.reactions:
        parts = [
            part.repeat(times, 0).repeat(times, 1)
            for part in parts_in_colours(reaction, np.full(CHANNELS, SHADE))
        ]
        parts += [np.ones((height, width, CHANNELS))] * (STRONGEST - len(parts))
        rows.append(
            np.concatenate([np.pad(p, ((0, GAP), (0, GAP), (0, 0)), constant_values=1) for p in parts], 1)
        )
    return enlarged(np.concatenate(rows))


def parts_in_colours(reaction: Reaction, outside: np.ndarray) -> np.ndarray:
    """What a unit reacts to as colours (n, h, w, 3), all on one scale; ``outside`` (3,) beyond the sample."""
    parts = reaction.parts
    if not len(parts):
        return np.zeros((0, 1, 1, CHANNELS))
    low, high = float(np.nanmin(parts)), float(np.nanmax(parts))
    shares = (parts - low) / (high - low) if high > low else np.zeros_like(parts)
    colours = shares[..., :CHANNELS] if parts.shape[-1] >= CHANNELS else shares[..., :1].repeat(CHANNELS, -1)
    return np.where(np.isnan(colours), outside, colours)


def pictures_table(drawn: GeneratedPictures, data: Dataset) -> str:
    """A line for each number of each generated picture, in the units of the data."""
    assert drawn.pictures is not None and drawn.real is not None
    values = drawn.pictures.astype(float) * data.x_scale + data.x_shift
    rows = [
        (at[0], number_of(float(drawn.real[at[0]])), *at[1:], number_of(float(values[at])))
        for at in np.ndindex(*values.shape)
    ]
    return as_csv(("picture", "real for the judge", "row", "column", "channel", "value"), rows)


def sheet_of(
    shares: np.ndarray,
    real: np.ndarray | None,
    bar: tuple[float, ...],
    ground: tuple[float, ...],
    track: tuple[float, ...],
) -> np.ndarray:
    """Pictures (n, h, w, c) from 0, black, to 1, white, in rows, with a bar below each: (height, width, 3).

    ``real`` (n,) is the length of a bar as a share of the picture's width, of 0 where it is no number; what
    it lacks has the colour ``track``. None: without bars.
    """
    count, height, width = shares.shape[:3]
    thick = 0 if real is None else BAR
    tall, broad = height + thick + GAP, width + GAP
    sheet = np.empty((-(-count // ACROSS) * tall + GAP, ACROSS * broad + GAP, 3))
    sheet[:] = ground
    lengths = np.zeros(count) if real is None else np.nan_to_num(real)
    for i, (picture, share) in enumerate(zip(np.nan_to_num(shares), lengths, strict=True)):
        top, left = GAP + i // ACROSS * tall, GAP + i % ACROSS * broad
        sheet[top : top + height, left : left + width] = picture[..., :3]
        below, long = top + height, round(float(share) * width)
        sheet[below : below + thick, left : left + width] = track
        sheet[below : below + thick, left : left + long] = bar
    return sheet

"""Explanations as files: pictures (PNG), growing ones (GIF), numbers (CSV); drawn with NumPy and Pillow."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from nnstudio.data.dataset import DataError, Dataset
from nnstudio.data.ends import is_picture
from nnstudio.explain.charts import COLOURS, Line, bar_chart, line_chart
from nnstudio.explain.method import Explanation, Kind
from nnstudio.explain.targets import input_names

# Height that pictures are enlarged to, by whole pixels; breadth and lightness of what lies between them.
HEIGHT, GAP, SHADE = 224, 8, 0.75
# The most pictures of a GIF, how long each is shown, and the last.
FRAMES, FRAME_MS, LAST_MS = 60, 80, 1500
# Of what speaks against, for nothing, and for; those in between lie on straight lines. They are the window's
# own colours of numbers below and above 0.
AGAINST, NEUTRAL, FOR = np.array([[232, 134, 46], [255, 255, 255], [47, 111, 222]]) / 255
SUFFIXES = (".png", ".gif", ".csv")
# Inputs of a row that are drawn as bars: of more, the strongest.
MOST_BARS = 24


@dataclass(frozen=True, eq=False)
class Drawing:
    """What is drawn.

    Attributes:
        sample: as it was, `(*shape)`.
        frames: the sample as it grew.
        style: the picture whose style was asked for, `(1, *shape)`, if any.
    """

    kind: Kind
    data: Dataset
    sample: np.ndarray
    explanation: Explanation
    frames: Sequence[np.ndarray] = ()
    style: np.ndarray | None = None

    def content(self, suffix: str) -> bytes:
        """A file. Raises DataError where there is no such file of this explanation."""
        self.check(suffix)
        if suffix == ".csv":
            return self.table().encode()
        if suffix == ".gif":
            return as_gif(self._grown())
        return as_png(self.picture())

    def check(self, suffix: str) -> None:
        """Raise DataError where there is no such file of this explanation."""
        if suffix not in SUFFIXES:
            raise DataError(f"'{suffix}' is no kind of file for this. Choose {', '.join(SUFFIXES)}.")
        if suffix == ".gif" and self.kind != Kind.SAMPLE:
            raise DataError(
                "Only a sample that grows becomes a GIF. Choose a file that ends in .png or .csv."
            )

    @property
    def amplified(self) -> float:
        """By how much the difference from the sample is drawn stronger than it is."""
        assert self.explanation.values is not None
        largest = float(np.abs(self._shares(self.explanation.values) - self._shares(self.sample)).max())
        return 0.5 / largest if largest > 0 else 1.0

    def picture(self) -> np.ndarray:
        """What was asked about beside what came out, (height, width, 3), 0 to 1; numbers are a chart."""
        if self.kind == Kind.TABLE:
            return self._curve()
        values = self.explanation.values
        assert values is not None
        if values.ndim == 1:
            return self._bars(values)
        if self.kind == Kind.SAMPLE and not is_picture(self.data):
            return enlarged(in_colours(values.T))
        if self.kind == Kind.IMPORTANCE:
            colours = in_colours(in_one_channel(values))
            if not is_picture(self.data):
                # Steps run to the right.
                return enlarged(colours.transpose(1, 0, 2))
            sample = self._rgb(self.sample)
            return beside([enlarged(p) for p in (sample, colours, (0.35 * sample + 0.65) * colours)])
        before, after = self._rgb(self.sample), self._rgb(values)
        if not self.explanation.is_of_sample:
            return enlarged(after)
        if self.style is not None:
            return beside([enlarged(p) for p in (before, self._rgb(self.style[0]), after)])
        difference = np.clip(0.5 + self.amplified * (after - before), 0, 1)
        return beside([enlarged(p) for p in (before, after, difference)])

    def _curve(self) -> np.ndarray:
        """The second column of a table over its first."""
        x, y = (np.array([row[at] for row in self.explanation.rows]) for at in (0, 1))
        across, up = self.explanation.columns[:2]
        return line_chart([Line("", x, y, COLOURS[0], has_dots=True)], across, up, within=(0.0, 1.0))

    def _bars(self, values: np.ndarray) -> np.ndarray:
        """The importance of inputs (n,), or what was changed of them, in their own order."""
        is_changed = self.kind == Kind.SAMPLE and self.explanation.is_of_sample
        shown = values - self.sample if is_changed else values
        at = np.sort(self._order(shown)[:MOST_BARS])
        what = "importance" if self.kind == Kind.IMPORTANCE else "change" if is_changed else "value"
        what += "" if self.kind == Kind.IMPORTANCE else ", as the network gets it"
        what += f", the {len(at)} largest of {len(values):,}" if len(at) < len(values) else ""
        return bar_chart([self._called(i) for i in at], shown[at], what)

    def _grown(self) -> list[np.ndarray]:
        """The sample as it was, where it has a part in it, and as it grew: pictures of one size."""
        first = [self.sample] if self.explanation.is_of_sample else []
        frames = [np.asarray(frame) for frame in (*first, *self.frames)]
        if is_picture(self.data):
            return [self._rgb(frame) for frame in frames]
        if frames[0].ndim != 1:
            most = max(float(np.abs(frame).max()) for frame in frames)
            return [enlarged(in_colours(frame.T, most=most)) for frame in frames]
        at = np.sort(self._order(frames[-1])[:MOST_BARS])
        ends = min(float(f[at].min()) for f in frames), max(float(f[at].max()) for f in frames)
        names, what = [self._called(i) for i in at], "value, as the network gets it"
        return [bar_chart(names, frame[at], what, ends) for frame in frames]

    def table(self) -> str:
        """CSV: the rows of a table, or a row for each input."""
        if self.kind == Kind.TABLE:
            return as_csv(self.explanation.columns, self.explanation.rows)
        values, data = self.explanation.values, self.data
        assert values is not None
        if self.explanation.names:
            told = [f"{value:.7g}" for value in values]
            return as_csv(("column", "importance"), list(zip(self.explanation.names, told, strict=True)))
        values = np.broadcast_to(values, self.sample.shape)
        called = "importance" if self.kind == Kind.IMPORTANCE else "changed"
        units = [np.broadcast_to(v, self.sample.shape) for v in (data.x_scale, data.x_shift)]
        before = self.sample * units[0] + units[1]
        after = values if self.kind == Kind.IMPORTANCE else values * units[0] + units[1]
        axes = ("row", "column", "channel") if self.sample.ndim == 3 else ("step", "feature")
        names = axes[: self.sample.ndim] if self.sample.ndim > 1 else ("input",)
        rows, called_by = [], input_names(data, self.sample)
        for at in np.ndindex(*self.sample.shape):
            where: tuple[Any, ...] = (called_by[at[0]],) if called_by else at
            told = [f"{before[at]:.7g}"] if self.explanation.is_of_sample else []
            rows.append((*where, *told, f"{after[at]:.7g}"))
        return as_csv((*names, *(("sample", called) if self.explanation.is_of_sample else ("value",))), rows)

    def strongest(self, count: int) -> list[tuple[str, float]]:
        """Inputs of a row by their importance, the strongest first."""
        values = self.explanation.values
        assert values is not None and values.ndim == 1
        return [(self._called(i), float(values[i])) for i in self._order(values)[:count]]

    @staticmethod
    def _order(values: np.ndarray) -> np.ndarray:
        """The numbers of values (n,), the one of the largest size first."""
        return np.argsort(-np.abs(values), kind="stable")

    def _called(self, at: int) -> str:
        """What an input of a row is called."""
        names = self.explanation.names or input_names(self.data, self.sample)
        return f"{names[at]}{self._number(at)}" if names else f"input {at}"

    def _number(self, at: int) -> str:
        """Which of the tokens of a text it is: the same one may stand there several times."""
        return f" ({at})" if self.data.text is not None else ""

    def _shares(self, values: np.ndarray) -> np.ndarray:
        return self.data.shares_of_white(np.asarray(values, np.float64))

    def _rgb(self, values: np.ndarray) -> np.ndarray:
        shares = np.clip(self._shares(values), 0, 1)
        return np.broadcast_to(shares, (*shares.shape[:2], 3))


def in_one_channel(values: np.ndarray) -> np.ndarray:
    """Importance (.., channels) of a place in the picture: the sum of what it is for and against, or of sizes
    the largest.
    """
    summed: np.ndarray = values.sum(-1) if (values < 0).any() else values.max(-1)
    return summed if values.ndim == 3 else values


def in_colours(
    values: np.ndarray, against: np.ndarray = AGAINST, neutral: np.ndarray = NEUTRAL, for_: np.ndarray = FOR,
    most: float | None = None,
) -> np.ndarray:  # fmt: skip
    """Importance (height, width) as colours (height, width, 3), the strongest for the largest size, or for
    ``most``.
    """
    finite = np.where(np.isfinite(values), values, 0)
    most = float(np.abs(finite).max()) if most is None else most
    share = (finite / most if most > 0 else finite)[..., None]
    end = np.where(share > 0, for_, against)
    return np.asarray(neutral + np.abs(share) * (end - neutral))


def enlarged(picture: np.ndarray) -> np.ndarray:
    """A picture (h, w, channels) by whole pixels as high as `HEIGHT`, or as it is where it is higher."""
    times = max(HEIGHT // picture.shape[0], 1)
    return picture.repeat(times, 0).repeat(times, 1)


def beside(pictures: Sequence[np.ndarray]) -> np.ndarray:
    """Pictures (h, w, 3) of one height from left to right, with grey between."""
    gap = np.full((pictures[0].shape[0], GAP, 3), SHADE)
    parts = [part for picture in pictures for part in (gap, picture)][1:]
    return np.concatenate(parts, 1)


def as_gif(frames: Sequence[np.ndarray]) -> bytes:
    """Pictures (height, width, 3), 0 to 1, one after the other as the content of a file; of many some."""
    from PIL import Image

    step = max(-(-len(frames) // FRAMES), 1)
    shown = [*frames[::step], *([frames[-1]] if (len(frames) - 1) % step else [])]
    pictures = [Image.fromarray(_bytes(enlarged(frame))) for frame in shown]
    times = [FRAME_MS] * (len(pictures) - 1) + [LAST_MS]
    content = io.BytesIO()
    pictures[0].save(content, "GIF", save_all=True, append_images=pictures[1:], duration=times, loop=0)
    return content.getvalue()


def as_csv(columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> str:
    """Rows below their header."""
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows(rows)
    return text.getvalue()


def _bytes(picture: np.ndarray) -> np.ndarray:
    return np.asarray(np.clip(np.rint(picture * 255), 0, 255), np.uint8)


def as_png(picture: np.ndarray) -> bytes:
    """A picture (height, width, 3), 0 to 1, as the content of a file."""
    from PIL import Image

    content = io.BytesIO()
    Image.fromarray(_bytes(picture)).save(content, "PNG")
    return content.getvalue()

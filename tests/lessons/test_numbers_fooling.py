"""What the lessons fooling, deep-dream and style state as numbers, with the network written out in NumPy."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from nnstudio.explain.dream import DreamProbe
from nnstudio.explain.fooling import FoolingProbe
from nnstudio.explain.painting import PaintingProbe
from nnstudio.explain.style_pictures import style_called
from nnstudio.lessons.actions import SetSetting, Train
from nnstudio.lessons.player import Player

LESSONS = Path(__file__).parents[2] / "resources" / "lessons"
MANY = 200


def trained(lesson: str, *before) -> Player:
    player = Player(LESSONS / lesson / "start.nns")
    player.play((*before, Train()))
    return player


@pytest.fixture(scope="module")
def usual() -> Player:
    return trained("fooling")


def conv(x: np.ndarray, weight: np.ndarray, bias: np.ndarray) -> np.ndarray:
    """Of pictures (n, h, w, c) with filters (k, k, c, f), as large as they are."""
    k = len(weight)
    padded = np.pad(x, ((0, 0), (k // 2, k // 2), (k // 2, k // 2), (0, 0)))
    windows = np.lib.stride_tricks.sliding_window_view(padded, (k, k), (1, 2))
    return np.einsum("nhwcij,ijcf->nhwf", windows, weight, optimize=True) + bias


def blocks(x: np.ndarray) -> np.ndarray:
    """Maps (n, h, w, c) as (n, h / 2, w / 2, c, 4): the values that pooling chooses from."""
    n, h, w, c = x.shape
    return x.reshape(n, h // 2, 2, w // 2, 2, c).transpose(0, 1, 3, 5, 2, 4).reshape(n, h // 2, w // 2, c, 4)


def unpooled(gradient: np.ndarray, x: np.ndarray) -> np.ndarray:
    """The gradient by maps whose pooled values have this one: each goes to the largest of its block."""
    own = blocks(x)
    chosen = own.argmax(-1)[..., None] == np.arange(4)
    n, h, w, c = gradient.shape
    spread = (gradient[..., None] * chosen).reshape(n, h, w, c, 2, 2)
    return spread.transpose(0, 1, 4, 2, 5, 3).reshape(n, 2 * h, 2 * w, c)


class Written:
    """Two rounds of convolution, ReLU and pooling, then ten logits; weights of a player's network."""

    def __init__(self, player: Player) -> None:
        names = "Filters 1", "Filters 2", "Digit"
        network = player.network()
        self.arrays = [[network.weights(n, p, False) for p in ("weight", "bias")] for n in names]

    def layers(self, x: np.ndarray) -> list[np.ndarray]:
        """After each ReLU, and the logits."""
        first = np.maximum(conv(x, *self.arrays[0]), 0)
        second = np.maximum(conv(blocks(first).max(-1), *self.arrays[1]), 0)
        flat = blocks(second).max(-1).reshape(len(x), -1)
        return [first, second, flat @ self.arrays[2][0] + self.arrays[2][1]]

    def shares(self, x: np.ndarray) -> np.ndarray:
        logits = self.layers(x)[-1]
        powers = np.exp(logits - logits.max(1, keepdims=True))
        return powers / powers.sum(1, keepdims=True)

    def slopes(self, x: np.ndarray, y: np.ndarray) -> np.ndarray:
        """The gradient of each sample's cross-entropy by its pixels."""
        first, second, _ = self.layers(x)
        wrong = self.shares(x) - np.eye(10)[y]
        back = (wrong @ self.arrays[2][0].T).reshape(len(x), 7, 7, -1)
        for maps, (weight, _bias) in ((second, self.arrays[1]), (first, self.arrays[0])):
            inner = unpooled(back, maps) * (maps > 0)
            back = conv(inner, weight[::-1, ::-1].swapaxes(2, 3), np.zeros(weight.shape[2]))
        return back

    def rights(self, x: np.ndarray, y: np.ndarray, strengths: tuple[float, ...]) -> list[float]:
        """The share of samples that are right when each is changed in one step, by strength."""
        signs = np.sign(self.slopes(x, y))
        pushed = [np.clip(x + strength * signs, 0, 1) for strength in strengths]
        return [float((self.shares(each).argmax(1) == y).mean()) for each in pushed]


def digits(player: Player, count: int) -> tuple[np.ndarray, np.ndarray]:
    x, y, _ = player.session.samples()
    return x[:count].astype(np.float64), y[:count, 0].astype(int)


def test_of_200_digits_96_percent_are_right_and_63_and_20_percent_when_they_are_changed(usual):
    x, y = digits(usual, MANY)
    rights = Written(usual).rights(x, y, (0.0, 0.1, 0.2))
    assert rights == pytest.approx([0.955, 0.63, 0.2], abs=0.015)
    assert usual.network().robust("validation", 0.1) == pytest.approx(rights[1], abs=0.01)


def test_the_6_becomes_a_5_and_the_2_needs_six_times_as_much(usual):
    x, y = digits(usual, 4)
    written = Written(usual)
    pushed = np.clip(x + 0.1 * np.sign(written.slopes(x, y)), 0, 1)
    before, now = written.shares(x)[3], written.shares(pushed)[3]
    assert (y[3], before.argmax(), now.argmax()) == (6, 6, 5)
    assert (before[6], now[5]) == pytest.approx((0.89, 0.94), abs=0.01)
    strengths = [
        list(FoolingProbe("smallest_change", 0, sample=n).run(usual.session))[-1].strength for n in (3, 0)
    ]
    assert strengths == pytest.approx([0.04, 0.24], abs=0.01)


def test_small_steps_make_a_1_of_the_7_which_one_step_leaves(usual):
    told = [list(FoolingProbe(m, 0.1, sample=1).run(usual.session))[-1] for m in ("fgsm", "iterated_fgsm")]
    assert [(t.before.name, t.now.name) for t in told] == [("7", "7"), ("7", "1")]
    noise = list(FoolingProbe("iterated_fgsm", 0.3, 3, from_noise=True).run(usual.session))[-1]
    assert noise.now.name == "3" and noise.now.share > 0.995


def test_trained_against_changes_82_and_58_percent_are_right():
    player = trained("fooling", SetSetting("adversarial_strength", 0.1))
    x, y = digits(player, MANY)
    rights = Written(player).rights(x, y, (0.0, 0.1, 0.2))
    assert rights == pytest.approx([0.955, 0.825, 0.575], abs=0.02)


def test_the_dream_of_a_3_excites_more_than_twice_as_much_as_the_best_digit(usual):
    *_, dream = DreamProbe("dense_1", 3, "noise").run(usual.session)
    written = Written(usual)
    best = written.layers(digits(usual, 256)[0])[-1][:, 3].max()
    now = written.layers(dream.picture[None])[-1][0, 3]
    assert (best, dream.before, now) == pytest.approx((12.07, -2.63, 28.8), rel=0.02)
    assert (dream.exciting[0][1], dream.now) == pytest.approx((best, now), rel=1e-4)


def test_style_and_content_of_a_painting_from_noise_fall_to_a_few_hundredths():
    player = trained("style")
    *_, painted = PaintingProbe("cat", "coffee", start="noise").run(player.session)
    weight, bias = (player.network().weights("Conv 1", name, False) for name in ("weight", "bias"))
    cup = style_called(player.session.data, "coffee", painted.content[None])[0]
    grams = []
    for picture in (painted.picture, cup):
        maps = np.maximum(conv(picture[None].astype(np.float64), weight, bias), 0).reshape(
            -1, weight.shape[3]
        )
        grams.append(maps.T @ maps / len(maps))
    # One of the three layers, whose losses count alike.
    assert ((grams[0] - grams[1]) ** 2).sum() < 0.05 * (grams[1] ** 2).sum()
    figures = painted.figures
    firsts, lasts = (
        [figures[f"{of} loss {when}"] for of in ("content", "style")] for when in ("at first", "now")
    )
    assert firsts == pytest.approx([2.43, 5.76], rel=0.05) and max(lasts) < 0.06

"""What the lessons on pictures state as numbers, computed here with plain NumPy, against their networks."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from nnstudio.lessons.actions import Reset, SetData, SetKernel, SetWeight, Train
from nnstudio.lessons.player import Player

LESSON = Path(__file__).parents[2] / "resources" / "lessons" / "kernel-filter"
FLAT = np.full((3, 3), 0.6)


@pytest.fixture
def player():
    return Player(LESSON / "start.nns")


def kernel_of(player: Player, channel: int = 0) -> np.ndarray:
    return player.network().weights("Filter", "weight", False)[:, :, channel, 0]


def output_for(player: Player, picture: np.ndarray) -> np.ndarray:
    """What the filter gives for a picture (64, 64), from 0 to 1."""
    values = player.network().values("Filter", list(picture.ravel() * 255))
    return values.reshape(64, 64)


def chosen(player: Player, kernel: str) -> np.ndarray:
    player.play((SetKernel(node="Filter", kernel=kernel),))
    return kernel_of(player)


def test_the_photograph_is_64_by_64_numbers_from_0_to_1_and_the_identity_keeps_it(player):
    x, _y = player.session.data.part("test")
    assert x.shape == (1, 64, 64, 1) and 0 <= x.min() < 0.05 and 0.85 < x.max() <= 1
    chosen(player, "Identity")
    np.testing.assert_allclose(output_for(player, x[0, ..., 0]), x[0, ..., 0], atol=1e-6)
    assert player.network().score("test")[0] < 1e-12


def test_a_white_pixel_that_is_blurred_gives_a_ninth_to_each_of_nine(player):
    chosen(player, "Blur")
    one = np.zeros((64, 64))
    one[30, 40] = 1
    got = output_for(player, one)
    wanted = np.zeros((64, 64))
    wanted[29:32, 39:42] = 1 / 9
    np.testing.assert_allclose(got, wanted, atol=1e-6)
    assert round(float(got[30, 40]), 3) == 0.111


@pytest.mark.parametrize(
    ("kernel", "on_the_wall"),
    [("Edges, left to right (Sobel x)", 0), ("Edges, top to bottom (Sobel y)", 0), ("Sharpen", 0.6)],
)
def test_on_a_flat_wall(player, kernel, on_the_wall):
    assert (chosen(player, kernel) * FLAT).sum() == pytest.approx(on_the_wall, abs=1e-9)
    got = output_for(player, np.full((64, 64), 0.6))
    np.testing.assert_allclose(got[1:-1, 1:-1], on_the_wall, atol=1e-5)
    frame = np.r_[got[0], got[:, -1]]
    assert abs(frame - on_the_wall).max() > 0.5, "the frame, as pixels beyond the border count as 0"


def test_edges_are_white_where_dark_turns_to_bright_and_black_the_other_way(player):
    chosen(player, "Edges, left to right (Sobel x)")
    step = np.zeros((64, 64))
    step[:, 20:40] = 1
    got = output_for(player, step)
    assert got[30, [19, 20, 39, 40]].round(4).tolist() == [4, 4, -4, -4] and not got[30, 21:39].any()


def test_sharpening_goes_below_0_and_above_1(player):
    chosen(player, "Sharpen")
    got = output_for(player, player.session.data.part("test")[0][0, ..., 0])
    assert got.min() < 0 and got.max() > 1


def test_minus_one_and_a_bias_of_one_make_a_negative(player):
    chosen(player, "Identity")
    player.play((
        SetWeight(node="Filter", at=(1, 1, 0, 0), value=-1),
        SetWeight(node="Filter", parameter="bias", at=(0,), value=1),
    ))  # fmt: skip
    picture = np.random.default_rng(0).uniform(size=(64, 64))
    np.testing.assert_allclose(output_for(player, picture), 1 - picture, atol=1e-5)


def test_27_numbers_make_the_grey_photograph_of_the_colours(player):
    grey = player.session.data.part("test")[0][0, ..., 0]
    player.play((SetData(option="colour", value=True),))
    assert player.network().weights("Filter", "weight", False).size == 27
    shares = (0.299, 0.587, 0.114)
    for channel, share in enumerate(shares):
        player.play((
            SetKernel(node="Filter", kernel="Identity", channel=channel),
            SetWeight(node="Filter", at=(1, 1, channel, 0), value=share),
        ))  # fmt: skip
    x = player.session.data.part("test")[0]
    got = player.session.predict(x, player.network().names["Filter"])[0, ..., 0]
    np.testing.assert_allclose(got, x[0] @ np.array(shares), atol=1e-6)
    np.testing.assert_allclose(got, grey, atol=1e-6)
    assert player.network().score("test")[0] < 1e-12


@pytest.mark.parametrize(
    ("target", "wanted", "near"),
    [("blurred", np.full((3, 3), 1 / 9), 0.0005), ("all edges", [[0, 1, 0], [1, -4, 1], [0, 1, 0]], 0.03)],
)
def test_training_finds_the_kernel_that_least_squares_finds(player, target, wanted, near):
    player.play((SetData(option="target", value=target), Reset(), Train()))
    x, y = player.session.data.part("training")
    windows = np.lib.stride_tricks.sliding_window_view(np.pad(x[0, ..., 0].astype(float), 1), (3, 3))
    rows = np.c_[windows.reshape(-1, 9), np.ones(64 * 64)]
    exact = np.linalg.lstsq(rows, y[0].astype(float), rcond=None)[0]
    np.testing.assert_allclose(exact[:9].reshape(3, 3), wanted, atol=1e-4)
    assert abs(kernel_of(player) - wanted).max() < near
    assert player.work().epochs == 1000 and player.network().score("test")[0] < 1e-5

"""What the lessons on bias and on autoencoders state as numbers, computed here another way."""

from __future__ import annotations

import csv
import re
from pathlib import Path
from zipfile import ZipFile

import numpy as np
import pytest

from nnstudio.lessons.actions import AddLayer, Reset, SetData, SetOption, SetSetting, Train
from nnstudio.lessons.condition import Range
from nnstudio.lessons.lesson import shipped_lesson
from nnstudio.lessons.network_conditions import Gap
from nnstudio.lessons.player import Player

LESSONS = Path(__file__).parents[2] / "resources" / "lessons"
DISTRICTS = ("Centre", "Harbour", "Hill", "Lake")


def applicants() -> list[dict[str, str]]:
    with ZipFile(LESSONS / "bias" / "start.nns") as project:
        return list(csv.DictReader(project.read("data.csv").decode().splitlines()))


def drawn_applicants() -> list[list[str]]:
    """By the formula that docs/lessons.md states."""
    rng = np.random.default_rng(6)
    other = rng.random(1200) < 0.1
    ability = rng.standard_normal(1200)
    noise = rng.standard_normal((2, 1200))
    score = np.where(other, 46 + 5 * noise[0], 60 + 12 * ability + 3 * noise[0])
    years = np.where(other, 8 + 3 * ability + 0.8 * noise[1], 6 + 2 * noise[1])
    home = rng.integers(0, 3, 1200)
    in_harbour = rng.random(1200) < np.where(other, 0.92, 0.01)
    return [
        [
            f"{min(max(score[i], 0), 100):.1f}",
            f"{max(years[i], 0):.1f}",
            "Harbour" if in_harbour[i] else ("Centre", "Hill", "Lake")[home[i]],
            "other" if other[i] else "English",
            "yes" if ability[i] > 0 else "no",
        ]
        for i in range(1200)
    ]


def right_in_test(player: Player) -> dict[str, float]:
    """The share that is right of all and of each language, in percent; the language is looked up in the table
    by score, years and district.
    """
    data = player.session.data
    x, y = data.part("test")
    inputs = x.astype(np.float64) * data.x_scale + data.x_shift
    assert data.features[2:6] == tuple(f"district = {name}" for name in DISTRICTS)
    languages: dict[tuple[float, float, str], str] = {}
    for row in applicants():
        languages[float(row["score"]), float(row["years"]), row["district"]] = row["language"]
    yes = player.session.predict(x).ravel() > 0.5
    right: dict[str, list[bool]] = {"all": [], "English": [], "other": []}
    for sample, passed, said in zip(inputs, y[:, 0], yes, strict=True):
        district = DISTRICTS[int(sample[2:6].argmax())]
        language = languages[round(sample[0], 1), round(sample[1], 1), district]
        for group in ("all", language):
            right[group].append(bool(said) == bool(passed))
    return {name: round(100 * sum(values) / len(values), 1) for name, values in right.items()}


def harbour(player: Player) -> float:
    """The weight of living in Harbour."""
    at = player.session.data.features.index("district = Harbour")
    return round(float(player.network().weights("Decision", "weight", False)[at, 0]), 2)


LEFT_OUT = SetData(option="columns", value="language: left out")
BALANCE = SetSetting(setting="balance", value="language")
HIDDEN = (
    AddLayer(kind="dense", behind="Applicant", options={"units": 4}),
    AddLayer(kind="tanh", behind="Dense"),
)
AGAIN = (Reset(), Train())


class TestBias:
    def test_the_table_is_drawn_by_the_formula(self):
        assert [list(row.values()) for row in applicants()] == drawn_applicants()
        others = [row for row in applicants() if row["language"] == "other"]
        assert (len(others), sum(row["district"] == "Harbour" for row in others)) == (106, 102)
        assert sum(row["district"] == "Harbour" for row in applicants()) - 102 == 15

    @pytest.mark.parametrize(
        "actions, shares, weight",
        [
            ((Train(),), (90.3, 93.0, 63.6), -0.17),
            ((LEFT_OUT, *AGAIN), (89.8, 92.3, 65.5), 0.90),
            ((LEFT_OUT, BALANCE, *AGAIN), (82.8, 83.1, 80.0), None),
            ((LEFT_OUT, BALANCE, *HIDDEN, *AGAIN), (91.0, 91.0, 90.9), None),
            ((LEFT_OUT, *HIDDEN, *AGAIN), (91.3, 91.7, 87.3), None),
        ],
        ids=["as it is", "without the language", "balanced", "with a hidden layer", "with that alone"],
    )
    def test_the_share_that_is_right_of_each_group(self, actions, shares, weight):
        player = Player(LESSONS / "bias" / "start.nns")
        player.play(actions)
        assert tuple(right_in_test(player).values()) == shares
        assert player.network().by_group("language", "test")[0].gap * 100 == pytest.approx(
            abs(shares[1] - shares[2]), abs=0.11
        )
        assert weight is None or harbour(player) == weight

    def test_how_many_of_each_group_there_are(self):
        network = Player(LESSONS / "bias" / "start.nns").network()
        assert network.by_group("language", "training")[0].counts.tolist() == [549, 51]
        assert network.by_group("language", "test")[0].counts.tolist() == [545, 55]


@pytest.fixture(scope="module")
def autoencoder() -> Player:
    player = Player(LESSONS / "autoencoder" / "start.nns")
    player.play((Train(),))
    return player


class TestAutoencoder:
    def test_the_loss_with_two_and_with_eight_numbers_and_of_the_mean_picture(self, autoencoder):
        data = autoencoder.session.data
        x, y = data.part("validation")
        drawn = autoencoder.session.predict(x).reshape(y.shape)
        assert round(float(((drawn - y) ** 2).mean()), 4) == 0.0447
        assert round(float(((data.y_train.mean(0) - y) ** 2).mean()), 3) == 0.068
        larger = Player(LESSONS / "autoencoder" / "start.nns")
        larger.play((SetOption(node="Code", option="units", value=8), Reset(), Train()))
        assert round(larger.network().score("validation")[0], 4) == 0.0264

    def test_the_error_of_the_digits_in_levels_of_grey(self, autoencoder):
        data = autoencoder.session.data
        x, y = data.part("validation")
        errors = 255 * np.abs(autoencoder.session.predict(x).reshape(y.shape) - y).mean(1)
        digits = data.groupings[0].parts["validation"]
        means = [round(float(errors[digits == digit].mean()), 1) for digit in range(10)]
        assert (means[1], means[2]) == (10.8, 32.4) == (min(means), max(means))

    def test_a_four_has_nines_beside_it(self, autoencoder):
        session = autoencoder.session
        codes = session.predict(session.data.part("validation")[0], autoencoder.network().names["Code"])
        digits = session.data.groupings[0].parts["validation"]
        distances = np.linalg.norm(codes[:, None] - codes[None], axis=-1)
        np.fill_diagonal(distances, np.inf)
        near = digits[distances.argsort(1)[:, :5]]
        beside = [(near[digits == 4] == digit).sum() / (digits == 4).sum() for digit in range(10)]
        assert 1.3 < beside[9] < 1.7 and np.argsort(beside)[-2] == 9


def test_a_gap_between_shares_is_told_as_the_panel_results_has_it():
    folder = shipped_lesson("bias")
    assert folder is not None
    missing = Player(folder.project).judge(Gap(column="language", within=Range(at_most=0))).missing
    assert re.search(r"is \d+\.\d percentage points in the test part; it should be at most 0\.$", missing)

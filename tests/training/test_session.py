"""Training runs: resume exactly, diverge safely, repeat from a seed, reach what is promised."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from nnkernels.spec import SpecError
from nnstudio.project import open_example
from nnstudio.training.curve import Epoch
from nnstudio.training.session import Diverged, Session


def session(name: str, state=None, threads: int = 1, **settings) -> Session:
    project = open_example(name)
    project.state = state
    for key, value in settings.items():
        project.document.set_settings(project.document.settings.with_option(key, value))
    return project.session(threads)


def finish(session: Session) -> list[Epoch]:
    return [done for done in session.slices() if isinstance(done, Epoch)]


def test_spiral_reaches_95_percent():
    assert finish(session("spiral"))[-1].val_accuracy >= 0.95


def test_celsius_finds_the_formula():
    trained = session("celsius")
    finish(trained)
    arrays = trained.arrays()
    assert arrays["dense_1.weight"].item() == pytest.approx(1.8, rel=0.01)
    assert arrays["dense_1.bias"].item() == pytest.approx(32, rel=0.01)


@pytest.mark.parametrize("name, least", [("xor", 0.9), ("iris", 0.9)])
def test_the_other_examples_learn(name, least):
    assert finish(session(name))[-1].val_accuracy >= least


def test_the_dense_digits_learn():
    assert finish(session("mnist-dense", epochs=3))[-1].val_accuracy >= 0.88


@pytest.mark.parametrize("stop_after", [1, 7, 50, 163])
def test_a_resumed_run_equals_one_that_was_never_interrupted(stop_after):
    whole = session("spiral", epochs=6)
    rows = finish(whole)
    first = session("spiral", epochs=6)
    while first.steps < stop_after:
        first.single_step()
    second = session("spiral", first.state(), epochs=6)
    finish(second)
    assert np.array_equal(second.program.params, whole.program.params)
    assert [r.loss for r in second.history] == [r.loss for r in rows]


def test_the_same_seed_repeats_and_another_does_not():
    runs = [session("xor", epochs=3, seed=seed) for seed in (5, 5, 6)]
    curves = [[r.loss for r in finish(trained)] for trained in runs]
    assert curves[0] == curves[1] != curves[2]
    runs[0].reset()
    assert [r.loss for r in finish(runs[0])] == curves[0]


def test_a_new_learning_rate_acts_from_the_next_step():
    trained = session("xor")
    trained.single_step()
    trained.set_hyperparameters({**trained.hyperparameters, "learning_rate": 0.0})
    before = trained.parameters.copy()
    trained.single_step()
    assert np.array_equal(trained.parameters, before)


def test_divergence_is_named_and_the_last_good_weights_stay():
    trained = session("celsius", optimizer="sgd", learning_rate=900.0)
    with pytest.raises(Diverged, match=r"diverged at step .*smaller learning rate"):
        finish(trained)
    assert np.isfinite(trained.program.params).all()


def test_divergence_names_the_first_guilty_layer():
    trained = session("iris", optimizer="sgd", learning_rate=1000.0, momentum=0.999)
    trained.parameters[:] = 1e30
    with pytest.raises(Diverged, match="first in 'dense_2'"):
        finish(trained)


def test_divergence_is_found_where_it_began_though_the_slice_went_on():
    for node in ("dense_1", "dense_2"):
        trained = session("iris", optimizer="sgd", learning_rate=0.0)
        slots = {slot.node: slot for slot in trained.layout.parameters if slot.name == "weight"}
        trained.parameters[slots[node].offset :][: slots[node].size] = 3e38
        with pytest.raises(Diverged, match=f"at step 1: .* first in '{node}'"):
            trained.advance(5)
        assert trained.steps == 0


def test_after_a_divergence_the_run_stands_where_it_was_before():
    trained = session("celsius", optimizer="sgd", learning_rate=900.0)
    steps = []
    with pytest.raises(Diverged, match="too large for the loss") as caught:
        for progress in trained.slices():
            steps.append(progress.steps)
    said = int(str(caught.value).split("at step ")[1].split(":")[0].replace(",", ""))
    assert trained.steps == steps[-1] < said
    with pytest.raises(Diverged, match=f"at step {said}:"):
        trained.single_step()


def test_saved_weights_of_another_network_are_refused():
    state = session("xor").state()
    with pytest.raises(SpecError, match="saved weights"):
        session("spiral", state)


def test_another_optimizer_keeps_the_weights_and_starts_its_own_memory():
    first = session("xor", epochs=2)
    finish(first)
    second = session("xor", first.state(), optimizer="sgd")
    assert np.array_equal(second.parameters, first.parameters)
    assert second.steps == first.steps and second.state().optimizer_began == first.steps


def test_evaluate_equals_the_curve_and_predict_is_batched_right():
    trained = session("iris", epochs=2)
    row = finish(trained)[-1]
    loss, accuracy = trained.evaluate(*trained.data.part(trained.data.watched))
    assert (loss, accuracy) == (row.val_loss, row.val_accuracy)
    x = np.concatenate([trained.data.x_train] * 5)
    assert len(x) > 256
    alone = np.concatenate([trained.predict(x[i : i + 1]) for i in range(0, len(x), 50)])
    np.testing.assert_allclose(trained.predict(x)[::50], alone, rtol=1e-5)
    assert trained.predict(x[:0]).shape == (0, 3)


def test_two_threads_learn_the_same_bits():
    one, two = session("mnist-convnet", epochs=1), session("mnist-convnet", epochs=1, threads=2)
    for trained in (one, two):
        for _ in range(5):
            trained.single_step()
    assert np.array_equal(one.program.params, two.program.params)


def test_a_batch_larger_than_the_data_is_the_data():
    trained = session("celsius", batch_size=5000, epochs=2)
    assert finish(trained)[-1].steps == 2


def test_data_without_a_test_part_has_no_validation():
    project = open_example("xor")
    data = replace(project.document.data, options={"test_ratio": 0.0, "validation_ratio": 0.0})
    project.document.set_data(data)
    project.document.set_settings(project.document.settings.with_option("epochs", 1))
    row = finish(project.session())[-1]
    assert row.val_loss is None and row.val_accuracy is None


def test_a_run_keeps_its_identity_until_it_is_reset():
    first = session("xor")
    began = first.run
    assert len(began) == 32 and int(began, 16) >= 0
    first.single_step()
    assert session("xor", first.state()).run == first.state().run == began
    first.reset()
    assert first.run != began
    # Weights that belong to no run yet begin one.
    assert session("xor", replace(first.state(), run="")).run not in ("", began, first.run)


def test_another_learning_rate_is_one_of_its_settings_for_whoever_makes_a_copy():
    session = open_example("spiral").session()
    session.set_hyperparameters({"learning_rate": 10.0})
    copy = Session(session.network, session.data, session.settings)
    assert copy.hyperparameters["learning_rate"] == 10.0


def test_it_stands_within_an_epoch_until_that_is_whole_also_when_it_was_saved_there():
    within = session("xor", batch_size=125)
    assert not within.is_within and within.steps_per_epoch == 2
    within.single_step()
    assert within.is_within and session("xor", within.state(), batch_size=125).is_within
    within.single_step()
    assert not within.is_within and within.epoch == 1
    assert not session("xor", within.state(), batch_size=125).is_within

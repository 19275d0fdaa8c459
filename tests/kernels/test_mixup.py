"""Mixup against NumPy, which is told neither shares nor partners: it reads them from what enters."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from kernels.networks import MLP, chain, samples, takes

from nnkernels.graph.network import NetworkSpec, NodeError, NodeSpec
from nnkernels.planning.plan import build
from nnkernels.program import Program
from nnkernels.spec import Loss, SpecError, losses, optimizers

COUNT, BATCH, INPUTS = 23, 9, 5
WEIGHTS = (1.0, 3.0, 0.5, 2.0)
CASES = [
    pytest.param(
        loss, {**options, **({"class_weights": weights} if weights else {})}, id=f"{loss.id}-{i}{end}"
    )
    for loss in losses
    for i, options in enumerate(loss.samples)
    for end, weights in (("", ""), ("-weighted", "1, 3, 0.5, 2"))
    if not weights or loss.has_option("class_weights")
]


def data_for(loss: Loss) -> tuple[int, np.ndarray, np.ndarray]:
    """Outputs, samples and targets that suit a loss."""
    classes = next((n for n in (4, 2) if loss.suits(n, 1)), 0)
    width = next(n for n in (4, 1) if takes(loss, n, classes))
    x, y = samples(COUNT, INPUTS, classes=classes or 2)
    if not classes:
        y = np.random.default_rng(2).dirichlet(np.ones(width), COUNT)
    return width, x, y


def gone_through(loss: Loss, options: dict[str, Any]) -> tuple[Program, np.ndarray, np.ndarray]:
    """One pass there and back over a batch in the middle of the data, which changes nothing."""
    width, x, y = data_for(loss)
    if width == 1 and "class_weights" in options:
        options = {**options, "class_weights": "1, 3"}
    network = chain(("dense", {"units": width}))
    program = build(
        network, (INPUTS,), loss.id, None, BATCH, y.shape[1], np.float64, loss_options=options,
        gradients=True, mixup=0.7,
    )  # fmt: skip
    program.params[:] = np.random.default_rng(8).normal(size=len(program.params))
    program.set_data(x, y, np.random.default_rng(3).permutation(COUNT))
    program.resume(4, BATCH)
    program.run(1)
    return program, x, y


def partners_and_shares(mixed: np.ndarray, first: np.ndarray, x: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Partner and share of each sample: the only line from it through ``mixed`` that meets another sample."""
    partners, shares = [], []
    for at, sample in zip(mixed, first, strict=True):
        ways = x - sample
        lengths = (ways**2).sum(1)
        rests = (ways @ (at - sample)) / np.where(lengths > 0, lengths, np.inf)
        misses = np.abs(sample + rests[:, None] * ways - at).max(1)
        misses[lengths == 0] = np.inf
        best = int(misses.argmin())
        assert misses[best] < 1e-12
        partners.append(best)
        shares.append(1 - rests[best])
    return np.array(partners), np.array(shares)


def order_of(program: Program) -> np.ndarray:
    return program._data[2][BATCH : 2 * BATCH]


def mean_loss(
    loss: Loss, options: dict[str, Any], z: np.ndarray, a: np.ndarray, b: np.ndarray, share: np.ndarray
) -> float:
    """The loss by mixed numbers, or the mean of those by both classes, with ``WEIGHTS``."""
    full = {**loss.defaults(), **options}
    if not loss.names_classes:
        mixed = share[:, None] * a + (1 - share)[:, None] * b
        return float(loss.reference(full, z, mixed).mean())
    weighted, total, mass = bool(options.get("class_weights")), 0.0, 0.0
    for targets, part in ((a, share), (b, 1 - share)):
        each = loss.reference(full, z, targets)
        weight = np.array(WEIGHTS)[targets[:, 0].astype(int)] if weighted else np.ones(len(z))
        if weighted and loss.has_option("label_smoothing"):
            # Each class's share of the smoothing has the weight of that class.
            logs = z - np.log(np.exp(z).sum(1, keepdims=True))
            own = -logs[np.arange(len(z)), targets[:, 0].astype(int)]
            smoothing = full["label_smoothing"]
            each = (1 - smoothing) * own * weight - smoothing * (logs * WEIGHTS).mean(1)
        else:
            each = each * weight
        total += float((part * each).sum())
        mass += float((part * weight).sum())
    return total / mass


@pytest.mark.parametrize("loss, options", CASES)
def test_loss_accuracy_and_gradients_are_those_of_the_paper(loss, options):
    program, x, y = gone_through(loss, options)
    chosen, mixed = order_of(program), program.activation("input", BATCH).copy()
    partners, shares = partners_and_shares(mixed, x[chosen], x)
    assert (shares > 0).all() and (shares < 1).all() and np.ptp(shares) > 0.3
    width = data_for(loss)[0]

    def oracle(params: np.ndarray) -> tuple[float, np.ndarray]:
        weights = params[: INPUTS * width].reshape(INPUTS, width)
        z = mixed @ weights + params[INPUTS * width :]
        return mean_loss(loss, options, z, y[chosen], y[partners], shares), z

    expected, z = oracle(program.params)
    summed, right = program._sums(1)[0]
    assert summed / BATCH == pytest.approx(expected, rel=1e-9)
    if loss.names_classes:
        answers = z.argmax(1) if width > 1 else (z[:, 0] > 0).astype(int)
        hits = [shares * (answers == y[chosen, 0]), (1 - shares) * (answers == y[partners, 0])]
        assert right == pytest.approx(np.sum(hits))
    differences = []
    for i in range(len(program.params)):
        step = np.zeros(len(program.params))
        step[i] = 1e-6
        differences.append((oracle(program.params + step)[0] - oracle(program.params - step)[0]) / 2e-6)
    np.testing.assert_allclose(program.flat_gradient(), differences, rtol=1e-6, atol=1e-8)


def drawn(alpha: float, count: int, batch: int, dtype: Any = np.float64) -> tuple[np.ndarray, np.ndarray]:
    """Shares and partners of a whole pass over samples (i, i**2), seen from the outside."""
    numbers = np.arange(count, dtype=np.float64)
    x = np.stack([numbers, numbers**2], 1)
    program = build(chain(), (2,), "mse", None, batch, 2, dtype, gradients=True, mixup=alpha)
    program.restart(5)
    program.set_data(x, x, np.arange(count))
    shares, partners = np.empty(count), np.empty(count)
    for start in range(0, count, batch):
        program.run(1)
        end = min(start + batch, count)
        i, (mean, square) = numbers[start:end], program.activation("input", end - start).T
        # mean - i = rest (j - i), square - i**2 = rest (j - i) (j + i).
        far = mean != i
        sums = np.where(far, (square - i**2) / np.where(far, mean - i, 1), np.nan)
        partners[start:end] = sums - i
        shares[start:end] = 1 - (mean - i) / (sums - 2 * i)
    return shares, partners


@pytest.mark.parametrize("alpha", [0.2, 0.5, 1.0, 4.0])
def test_shares_are_from_a_beta_distribution(alpha):
    shares, _ = drawn(alpha, 4000, 500)
    # Where a partner's share is too small, it is not seen which one it was.
    shares = np.where(np.isnan(shares), 1.0, shares)
    expected = np.random.default_rng(0).beta(alpha, alpha, 400_000)
    for quantile in (0.05, 0.25, 0.5, 0.75, 0.95):
        bound = np.quantile(expected, quantile)
        # Four standard deviations of a share of 4,000.
        assert np.mean(shares <= bound) == pytest.approx(
            quantile, abs=4 * np.sqrt(quantile * (1 - quantile) / 4000)
        )
    assert shares.var() == pytest.approx(1 / (4 * (2 * alpha + 1)), rel=0.1)


@pytest.mark.parametrize("batch", [1, 16])
def test_partners_are_any_other_samples_of_the_pass(batch):
    _, partners = drawn(1.0, 400, batch)
    ahead = (np.rint(partners) - np.arange(400)) % 400
    np.testing.assert_allclose(partners, np.rint(partners), atol=1e-4)
    assert ahead.min() >= 1
    assert np.histogram(ahead, bins=4, range=(1, 400))[0].min() > 60


def test_a_single_sample_stays_as_it_is():
    program = build(chain(), (3,), "mse", None, 1, 3, gradients=True, mixup=1.0)
    x = np.array([[1.0, 2.0, 3.0]], np.float32)
    program.set_data(x, x, np.zeros(1))
    program.run(1)
    np.testing.assert_allclose(program.activation("input", 1), x, rtol=1e-6)


def test_all_inputs_are_mixed_alike_and_of_columns_the_right_ones():
    nodes = (
        NodeSpec("left", "input", {"columns": "3, 1"}),
        NodeSpec("right", "input", {"columns": "2, 4-5"}),
        NodeSpec("both", "concatenate", {}, ("left", "right")),
        NodeSpec("output", "output", {}, ("both",)),
    )
    x, _ = samples(COUNT, INPUTS, classes=2)
    program = build(
        NetworkSpec(nodes), (INPUTS,), "mse", None, BATCH, INPUTS, np.float64, gradients=True, mixup=0.5
    )
    program.set_data(x, x, np.arange(COUNT))
    program.run(1)
    mixed = program.activation("both", BATCH)
    partners_and_shares(mixed, x[:BATCH][:, [2, 0, 1, 3, 4]], x[:, [2, 0, 1, 3, 4]])
    # Targets in the order of the data, mixed as the samples: what comes out differs by the order alone.
    targets = np.empty_like(mixed)
    targets[:, [2, 0, 1, 3, 4]] = mixed
    assert program._sums(1)[0, 0] == pytest.approx(((mixed - targets) ** 2).mean(1).sum())


def learning(batch: int, dtype: Any = np.float32, mixup: float = 0.4) -> Program:
    """A network whose batches are cut into chunks, with class weights and two Outputs."""
    nodes = (
        *chain(
            ("conv2d", {"filters": 5}), ("relu", {}), ("globalaveragepool", {}), ("dense", {"units": 3})
        ).nodes,
        NodeSpec("other", "dense", {"units": 1}, ("globalaveragepool2",)),
        NodeSpec("second", "output", {"loss": "mse", "weight": 0.3}, ("other",)),
    )
    program = build(
        NetworkSpec(nodes), (8, 8, 2), "softmax_cross_entropy", "adam", batch, 1, dtype,
        loss_options={"class_weights": "1, 2, 0.5"}, mixup=mixup,
    )  # fmt: skip
    count = program.layout.parameter_count
    program.params[:count] = program.layout.initial(3).astype(np.float32)
    program.set_hyperparameters(optimizers["adam"].complete({"learning_rate": 0.02}))
    program.restart(9)
    x, y = samples(300, 8, 8, 2, classes=3)
    program.set_data(x, y, np.random.default_rng(1).permutation(300))
    return program


@pytest.fixture
def cut_small(monkeypatch):
    monkeypatch.setattr("nnkernels.planning.micro_batches.MICRO_BATCH_BYTES", 1)
    monkeypatch.setattr("nnkernels.planning.micro_batches.FLOPS_PER_PARAMETER", 0)
    monkeypatch.setattr("nnkernels.planning.micro_batches.MIN_PARALLEL_FLOPS", 0)


def test_threads_do_not_change_a_bit(cut_small):
    one, two = learning(64), learning(64)
    assert one.micro_batch < 64
    np.testing.assert_array_equal(one.run(5, 1), two.run(5, 2))
    np.testing.assert_array_equal(one.params, two.params)


def test_micro_batches_are_mixed_as_the_whole_batch(cut_small, monkeypatch):
    cut = learning(64, np.float64)
    monkeypatch.setattr("nnkernels.planning.micro_batches.MICRO_BATCH_BYTES", 10**12)
    whole = learning(64, np.float64)
    assert cut.micro_batch < whole.micro_batch == 64
    np.testing.assert_allclose(cut.run(5), whole.run(5), rtol=1e-9)
    np.testing.assert_allclose(cut.params, whole.params, rtol=1e-7, atol=1e-12)


def test_a_run_that_is_resumed_is_mixed_as_one_that_never_stopped():
    straight, stopped = learning(64), learning(64)
    straight.run(4)
    stopped.run(2)
    resumed = learning(64)
    resumed.params[:] = stopped.params
    resumed.resume(stopped.steps, stopped.visited)
    resumed.run(2)
    np.testing.assert_array_equal(resumed.params, straight.params)


def test_seeds_and_steps_mix_otherwise():
    one, other = learning(64), learning(64)
    other.restart(10)
    other.set_data(*one._data)
    assert one.run(1)[0, 0] != other.run(1)[0, 0]


def test_what_only_evaluates_is_not_mixed():
    x, y = samples(COUNT, INPUTS, classes=3)
    programs = [build(MLP, (INPUTS,), "softmax_cross_entropy", None, BATCH, 1, mixup=a) for a in (0.0, 0.4)]
    for program in programs:
        program.params[:] = program.layout.initial(1)
        program.set_data(x, y, np.arange(COUNT))
    np.testing.assert_array_equal(*(program.run(9) for program in programs))
    np.testing.assert_array_equal(*(program.code for program in programs))


def test_what_does_not_go_with_mixing_says_so():
    with pytest.raises(SpecError, match=r"Mixup does not go with Hill climber.*Set mixup to 0"):
        build(MLP, (INPUTS,), "mse", "hill_climber", 4, 3, mixup=0.2)
    reading = chain(("embedding", {"size": 9}), ("flatten", {}), ("dense", {"units": 2}))
    with pytest.raises(NodeError, match=r"Embedding takes certain numbers only.*Set mixup to 0") as refused:
        build(reading, (INPUTS,), "mse", "sgd", 4, 2, mixup=0.2)
    assert refused.value.node == "embedding0"

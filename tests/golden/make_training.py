"""Makes training.json with PyTorch: every loss, optimizer and schedule.

    python tests/golden/make_training.py     (needs torch==2.13.0; the tests do not)

Each trains the small network of tests/kernels/networks.py, from our own weights, for ten steps in float64.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import nn
from torch.nn import functional as F

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "kernels"), str(ROOT / "tests"), str(ROOT / "tests" / "golden")]

from kernels.networks import MLP, bare, samples  # noqa: E402
from make_golden import load  # noqa: E402

from nnkernels.program import Layout  # noqa: E402

torch.set_default_dtype(torch.float64)


class Lion(torch.optim.Optimizer):
    """Chen et al. 2023, algorithm 2; PyTorch itself has none."""

    def __init__(self, parameters: Any, lr: float, decay: float) -> None:
        super().__init__(parameters, {"lr": lr, "decay": decay})

    @torch.no_grad()
    def step(self) -> None:
        for group in self.param_groups:
            for p in group["params"]:
                memory = self.state[p].setdefault("memory", torch.zeros_like(p))
                p.mul_(1 - group["lr"] * group["decay"])
                p.sub_(group["lr"] * memory.lerp(p.grad, 0.1).sign())
                memory.lerp_(p.grad, 0.01)


class Climber(torch.optim.Optimizer):
    """The hill climber: each weight a step up and a step down, and the best of the three stays.

    Weights come as in our memory: of a dense layer input by input, then its biases.
    """

    def __init__(self, parameters: Any, lr: float) -> None:
        super().__init__(parameters, {"lr": lr})

    @torch.no_grad()
    def step(self, closure: Any) -> None:
        for group in self.param_groups:
            for p in group["params"]:
                flat = p.data.T if p.dim() == 2 else p.data
                for i in np.ndindex(*flat.shape):
                    start = flat[i].item()
                    tried = (start, start + group["lr"], start - group["lr"])
                    losses = []
                    for value in tried:
                        flat[i] = value
                        losses.append(closure().item())
                    flat[i] = tried[int(np.argmin(losses))]


# Ours to PyTorch's; each trains the small network of tests/kernels/networks.py for ten steps.
OPTIMIZERS = {
    "sgd": ({}, lambda p: torch.optim.SGD(p, 0.03)),
    "sgd-momentum": ({"momentum": 0.9}, lambda p: torch.optim.SGD(p, 0.03, 0.9)),
    "sgd-nesterov": (
        {"momentum": 0.9, "nesterov": True, "weight_decay": 0.1},
        lambda p: torch.optim.SGD(p, 0.03, 0.9, weight_decay=0.1, nesterov=True),
    ),
    "adam": ({"learning_rate": 0.01}, lambda p: torch.optim.Adam(p, 0.01)),
    "adamw": (
        {"learning_rate": 0.01, "weight_decay": 0.2},
        lambda p: torch.optim.AdamW(p, 0.01, weight_decay=0.2),
    ),
    "rmsprop": ({}, lambda p: torch.optim.RMSprop(p, 0.01)),
    "adagrad": ({}, lambda p: torch.optim.Adagrad(p, 0.01)),
    "lion": ({"learning_rate": 0.003, "weight_decay": 0.5}, lambda p: Lion(p, 0.003, 0.5)),
    "hill_climber": ({"learning_rate": 0.02}, lambda p: Climber(p, 0.02)),
}
LOSSES = {
    "softmax_cross_entropy": (
        {"label_smoothing": 0.2},
        lambda z, t: F.cross_entropy(z, t[:, 0].long(), label_smoothing=0.2),
    ),
    "softmax_cross_entropy-weights": (
        {"class_weights": "0.5, 2, 1.25"},
        lambda z, t: F.cross_entropy(z, t[:, 0].long(), torch.tensor([0.5, 2.0, 1.25])),
    ),
    "softmax_cross_entropy-both": (
        {"label_smoothing": 0.2, "class_weights": "0.5, 2, 1.25"},
        lambda z, t: F.cross_entropy(z, t[:, 0].long(), torch.tensor([0.5, 2.0, 1.25]), label_smoothing=0.2),
    ),
    "binary_cross_entropy": ({}, F.binary_cross_entropy_with_logits),
    "hinge": ({"margin": 0.7}, lambda z, t: F.multi_margin_loss(z, t[:, 0].long(), margin=0.7)),
    "mse": ({}, F.mse_loss),
    "mae": ({}, F.l1_loss),
    "huber": ({"delta": 0.4}, lambda z, t: F.huber_loss(z, t, delta=0.4)),
    "multi_label_cross_entropy": ({}, F.multilabel_soft_margin_loss),
    "mse-sum": ({"reduction": "sum"}, lambda z, t: F.mse_loss(z, t, reduction="sum") / len(t)),
    "kl_divergence": ({}, lambda z, t: F.kl_div(F.log_softmax(z, 1), t, reduction="batchmean")),
}
SCHEDULES = {
    "constant": ({}, lambda o: torch.optim.lr_scheduler.ConstantLR(o, 1.0)),
    "step": ({"every": 3, "gamma": 0.3}, lambda o: torch.optim.lr_scheduler.StepLR(o, 3, 0.3)),
    "cosine": ({"final": 0.1}, lambda o: torch.optim.lr_scheduler.CosineAnnealingLR(o, 12, 0.1)),
    "linear": ({"final": 0.2}, lambda o: torch.optim.lr_scheduler.LinearLR(o, 1.0, 0.2, 12)),
}
PLATEAU = [5.0, 4.0, 4.0, 4.5, 4.2, 3.0, 3.1, 3.2, 3.3, 3.4, 3.5, 3.6]


def mlp(loss: str = "softmax_cross_entropy") -> nn.Sequential:
    binary = loss == "binary_cross_entropy"
    mlp = nn.Sequential(nn.Linear(5, 8), nn.Tanh(), nn.Linear(8, 1 if binary else 3))
    load(mlp, Layout.of(bare(1) if binary else MLP, (5,), loss if binary else "softmax_cross_entropy"))
    return mlp


def targets_of(loss: str, count: int) -> np.ndarray:
    """Class numbers, or probabilities for losses of values."""
    if loss == "binary_cross_entropy":
        return samples(count, 5, classes=2)[1].astype(float)
    if loss.split("-")[0] in ("softmax_cross_entropy", "hinge"):
        return samples(count, 5, classes=3)[1]
    return np.random.default_rng(4).dirichlet(np.ones(3), count)


def curve(model: nn.Sequential, update: torch.optim.Optimizer, criterion: Any, t: np.ndarray) -> list[float]:
    x, t = torch.tensor(samples(80, 5, classes=3)[0]), torch.tensor(t)
    losses = []
    for step in range(10):
        batch = slice(step * 8, step * 8 + 8)
        update.zero_grad()
        loss = criterion(model(x[batch]), t[batch])
        loss.backward()
        if isinstance(update, Climber):
            update.step(lambda batch=batch: criterion(model(x[batch]), t[batch]))
        else:
            update.step()
        losses.append(loss.item())
    return losses


def rates(make: Any) -> list[float]:
    update = torch.optim.SGD([nn.Parameter(torch.zeros(1))], 1.0)
    schedule, seen = make(update), []
    for loss in PLATEAU:
        seen.append(update.param_groups[0]["lr"])
        update.step()
        is_plateau = isinstance(schedule, torch.optim.lr_scheduler.ReduceLROnPlateau)
        schedule.step(loss) if is_plateau else schedule.step()
    return seen


def main() -> None:
    plateau = (
        {"wait": 2, "gamma": 0.5},
        lambda o: torch.optim.lr_scheduler.ReduceLROnPlateau(o, factor=0.5, patience=2, threshold=0),
    )
    golden: dict[str, Any] = {
        "torch": torch.__version__,
        "plateau_losses": PLATEAU,
        "optimizers": {},
        "losses": {},
        "schedules": {},
    }
    cross_entropy = lambda z, t: F.cross_entropy(z, t[:, 0].long())  # noqa: E731
    for name, (options, make) in OPTIMIZERS.items():
        model = mlp()
        result = curve(model, make(model.parameters()), cross_entropy, targets_of("hinge", 80))
        golden["optimizers"][name] = {"options": options, "losses": result}
    for name, (options, criterion) in LOSSES.items():
        model = mlp(name)
        result = curve(model, torch.optim.SGD(model.parameters(), 0.1), criterion, targets_of(name, 80))
        golden["losses"][name] = {"options": options, "losses": result}
    for name, (options, make) in {**SCHEDULES, "plateau": plateau}.items():
        golden["schedules"][name] = {"options": options, "rates": rates(make)}
    Path(__file__).with_name("training.json").write_text(json.dumps(golden, indent=1) + "\n")


if __name__ == "__main__":
    main()

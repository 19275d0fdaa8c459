"""The loss that a PyTorch source names becomes the loss of the project, or it is said why not."""

from __future__ import annotations

import pytest

from nnstudio.from_network import project_of
from nnstudio.importing.importer import importers

SOURCE = """
import torch
from torch import nn
import torch.nn.functional as F

class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(4, {units})

    def forward(self, x):
        return {end}

def train(model, loader, optimizer):
    for x, y in loader:
        loss = {loss}
        loss.backward()
"""


def built(folder, loss: str, end: str = "self.fc(x)", units: int = 3):
    file = folder / "net.py"
    file.write_text(SOURCE.format(loss=loss, end=end, units=units), "utf-8")
    return project_of(importers.of(file).read(file))


LOGS = "F.log_softmax(self.fc(x), dim=1)"


@pytest.mark.parametrize(
    "loss, end, units, ours, options",
    [
        ("F.nll_loss(model(x), y)", LOGS, 3, "softmax_cross_entropy", {"reduction": "mean"}),
        ("nn.NLLLoss(reduction='sum')(model(x), y)", LOGS, 3, "softmax_cross_entropy", {"reduction": "sum"}),
        ("nn.CrossEntropyLoss(ignore_index=2, label_smoothing=0.1)(model(x), y)", "self.fc(x)", 3,
         "softmax_cross_entropy", {"ignored_class": 2, "label_smoothing": 0.1}),
        ("F.binary_cross_entropy(model(x), y)", "torch.sigmoid(self.fc(x))", 1, "binary_cross_entropy", {}),
        ("nn.BCEWithLogitsLoss()(model(x), y)", "self.fc(x)", 3, "multi_label_cross_entropy", {}),
        ("F.smooth_l1_loss(model(x), y)", "self.fc(x)", 2, "huber", {"delta": 1.0}),
    ],
)  # fmt: skip
def test_losses_of_a_training_loop(loss, end, units, ours, options, tmp_path):
    settings = built(tmp_path, loss, end, units).project.document.settings
    assert settings.loss == ours
    assert {name: settings.loss_options[name] for name in options} == options


@pytest.mark.parametrize(
    "loss, end, text",
    [
        ("F.nll_loss(model(x), y)", "self.fc(x)", "it is read behind log_softmax"),
        ("F.cross_entropy(model(x), y, weight=weights)", "self.fc(x)", "its weights"),
        ("F.cross_entropy(model(x), y, reduction='none')", "self.fc(x)", "it is not reduced"),
        ("F.mse_loss(model(x), y) + F.l1_loss(model(x), y)", "self.fc(x)", "several losses"),
        ("F.cross_entropy(model(x), y)", "self.fc(x).softmax(-1)", "counts that once, not twice"),
    ],
)
def test_what_is_not_taken_is_said(loss, end, text, tmp_path):
    assert any(text in told and "Line 16" in told for told in built(tmp_path, loss, end).assumed)

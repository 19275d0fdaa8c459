"""Writes gan.npz: some steps of a small GAN, as PyTorch makes them.

Run with torch 2.13.0 and numpy: python tests/golden/make_gan.py
"""

from pathlib import Path

import numpy as np
import torch
from torch import nn

STEPS, BATCH, JUDGE_STEPS = 6, 8, 2


def arrays_of(generator: nn.Sequential, judge: nn.Sequential) -> np.ndarray:
    """All parameters in a row; of a layer its weight (inputs, units), then its bias."""
    parts = []
    for module in (generator, judge):
        for layer in (module[0], module[2]):
            parts += [layer.weight.detach().numpy().T.ravel(), layer.bias.detach().numpy().ravel()]
    return np.concatenate(parts)


def main() -> None:
    torch.manual_seed(4)
    generator = nn.Sequential(nn.Linear(3, 5), nn.Tanh(), nn.Linear(5, 2))
    judge = nn.Sequential(nn.Linear(2, 6), nn.Tanh(), nn.Linear(6, 1))
    compare = nn.BCEWithLogitsLoss()
    ones, zeros = torch.ones(BATCH, 1), torch.zeros(BATCH, 1)
    optimizers = {
        "judge": torch.optim.Adam(judge.parameters(), lr=0.02, betas=(0.5, 0.999)),
        "generator": torch.optim.SGD(generator.parameters(), lr=0.3, momentum=0.5),
    }
    x = torch.randn(STEPS * BATCH, 5)
    x[:, :2] = 0.3 * x[:, :2] + torch.tensor([1.0, -0.5])
    params, losses = [arrays_of(generator, judge)], []
    for step in range(STEPS):
        batch = x[step * BATCH : (step + 1) * BATCH]
        real, noise = batch[:, :2], batch[:, 2:]
        name = "generator" if step % (JUDGE_STEPS + 1) == JUDGE_STEPS else "judge"
        optimizers[name].zero_grad()
        if name == "judge":
            parts = [compare(judge(real), ones), compare(judge(generator(noise).detach()), zeros)]
            row = [*(part.item() for part in parts), np.nan]
        else:
            parts = [0.5 * compare(judge(generator(noise)), ones)]
            row = [np.nan, np.nan, 2 * parts[0].item()]
        sum(parts).backward()
        optimizers[name].step()
        params.append(arrays_of(generator, judge))
        losses.append(row)
    path = Path(__file__).with_name("gan.npz")
    np.savez_compressed(path, x=x.numpy(), params=np.array(params), losses=np.array(losses))


if __name__ == "__main__":
    main()

"""Makes explanations.npz with PyTorch: FGSM, integrated gradients, Grad-CAM and losses of style.

They are those of a small ConvNet.

    python tests/golden/make_explanations.py     (needs torch==2.13.0; the tests do not)

Weights and the picture are drawn here and rounded to float32; PyTorch computes in float64. Arrays lie as
ours do: pictures (height, width, channels), filters (height, width, in, out), dense weights (in, out).
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch
from torch.nn import functional as F

STEPS, STRENGTH = 20, 0.05


def drawn(*shape: int, seed: int, size: float) -> np.ndarray:
    values: np.ndarray = np.random.default_rng(seed).normal(size=shape) * size
    return values.astype(np.float32).astype(np.float64)


def maps(x: torch.Tensor, p: dict[str, np.ndarray]) -> torch.Tensor:
    """What the second convolution and its ReLU give for pictures (n, channels, height, width)."""
    for number in (1, 2):
        weight = torch.tensor(p[f"conv{number}.weight"]).permute(3, 2, 0, 1)
        x = F.relu(F.conv2d(x, weight, torch.tensor(p[f"conv{number}.bias"]), padding=1))
        if number == 1:
            x = F.max_pool2d(x, 2)
    return x


def scores(above: torch.Tensor, p: dict[str, np.ndarray]) -> torch.Tensor:
    flat = above.permute(0, 2, 3, 1).flatten(1)
    return flat @ torch.tensor(p["dense.weight"]) + torch.tensor(p["dense.bias"])


def losses_of_style(
    x: torch.Tensor, painted: torch.Tensor, p: dict[str, np.ndarray]
) -> dict[str, np.ndarray]:
    """Of the maps of one picture beside those of another, with gradients by maps and by the picture.

    Half the mean squared difference of maps, and a quarter of that of Gram matrices.
    """

    def gram(of: torch.Tensor) -> torch.Tensor:
        flat = of[0].flatten(1)
        return flat @ flat.T / flat.shape[1]

    def content(of: torch.Tensor, wanted: torch.Tensor) -> torch.Tensor:
        return F.mse_loss(of, wanted) / 2

    def style(of: torch.Tensor, wanted: torch.Tensor) -> torch.Tensor:
        return F.mse_loss(gram(of), gram(wanted)) / 4

    other = maps(painted, p)
    arrays = {"other maps": other[0].permute(1, 2, 0).numpy(), "gram": gram(other).numpy()}
    for name, loss in (("content", content), ("style", style)):
        fresh = x.clone().requires_grad_()
        above = maps(fresh, p)
        above.retain_grad()
        value = loss(above, other)
        value.backward()
        assert above.grad is not None and fresh.grad is not None
        arrays |= {
            "maps": above.detach()[0].permute(1, 2, 0).numpy(),
            f"{name} loss": value.detach().numpy(),
            f"{name} gradient": above.grad[0].permute(1, 2, 0).numpy(),
            f"{name} gradient by picture": fresh.grad[0].permute(1, 2, 0).numpy(),
        }
    return arrays


def main() -> None:
    p = {
        "conv1.weight": drawn(3, 3, 3, 4, seed=1, size=0.3), "conv1.bias": drawn(4, seed=2, size=0.1),
        "conv2.weight": drawn(3, 3, 4, 6, seed=3, size=0.3), "conv2.bias": drawn(6, seed=4, size=0.1),
        "dense.weight": drawn(4 * 4 * 6, 3, seed=5, size=0.2), "dense.bias": drawn(3, seed=6, size=0.1),
    }  # fmt: skip
    picture = np.random.default_rng(7).uniform(size=(8, 8, 3)).astype(np.float32).astype(np.float64)
    x = torch.tensor(picture).permute(2, 0, 1)[None].requires_grad_()
    label = 1

    above = maps(x, p)
    above.retain_grad()
    given = scores(above, p)
    given[0, label].backward()
    assert above.grad is not None and x.grad is not None
    saliency = x.grad.abs()
    weights = above.grad.mean((2, 3), keepdim=True)
    coarse = F.relu((weights * above).sum(1, keepdim=True))
    cam = F.interpolate(coarse, (8, 8), mode="bilinear", align_corners=False)

    points = (torch.arange(STEPS) + 0.5).reshape(-1, 1, 1, 1) / STEPS * x.detach()
    points.requires_grad_()
    scores(maps(points, p), p)[:, label].sum().backward()
    assert points.grad is not None
    integrated = x.detach()[0] * points.grad.mean(0)

    fresh = x.detach().clone().requires_grad_()
    F.cross_entropy(scores(maps(fresh, p), p), torch.tensor([label])).backward()
    assert fresh.grad is not None
    fooled = (fresh.detach() + STRENGTH * fresh.grad.sign()).clamp(0, 1)

    painted = np.random.default_rng(8).uniform(size=(8, 8, 3)).astype(np.float32).astype(np.float64)
    arrays = {
        **losses_of_style(x.detach(), torch.tensor(painted).permute(2, 0, 1)[None], p), "painted": painted,
        **p, "picture": picture, "scores": given.detach()[0].numpy(),
        "saliency": saliency[0].permute(1, 2, 0).numpy(),
        "grad_cam": cam.detach()[0].permute(1, 2, 0).numpy(),
        "integrated_gradients": integrated.permute(1, 2, 0).numpy(),
        "fgsm": fooled[0].permute(1, 2, 0).numpy(),
        "label": np.array(label), "steps": np.array(STEPS), "strength": np.array(STRENGTH),
    }  # fmt: skip
    np.savez_compressed(Path(__file__).with_name("explanations.npz"), **arrays)


if __name__ == "__main__":
    main()

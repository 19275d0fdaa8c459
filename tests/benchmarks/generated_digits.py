"""Judges the digits that the lesson gan-digits generates by the example mnist-convnet, which it trains first:
python tests/benchmarks/generated_digits.py [EPOCHS] (five minutes on one core for all 300).

Of 1,000 pictures: the share of which the ConvNet is surer than 0.9, and the entropy of the classes that it
names, in bits: log2(10) = 3.32 where all ten come equally often. Real test digits beside them.
"""

from __future__ import annotations

import sys
import time
from pathlib import Path

import numpy as np

from nnstudio.explain.activations import probabilities
from nnstudio.explain.generated import generated
from nnstudio.project import Project, open_example
from nnstudio.training.curve import Epoch
from nnstudio.training.generator import generator_of
from nnstudio.training.session import Session

LESSON = Path(__file__).parents[2] / "resources" / "lessons" / "gan-digits" / "start.nns"
PICTURES, SURE, EVERY = 1000, 0.9, 50


def judged(convnet: Session, pictures: np.ndarray) -> str:
    """What the ConvNet says of pictures (n, 28, 28, 1), in words."""
    likely = probabilities(convnet, convnet.predict(pictures.astype(np.float32)))
    counts = np.bincount(likely.argmax(1), minlength=10)
    shares = counts[counts > 0] / counts.sum()
    entropy = float(-(shares * np.log2(shares)).sum())
    sure = float((likely.max(1) > SURE).mean())
    return f"sure of {sure:.1%}, entropy {entropy:.2f} bits, classes {counts.tolist()}"


def main() -> None:
    epochs = int(sys.argv[1]) if len(sys.argv) > 1 else 300
    convnet = open_example("mnist-convnet").session()
    for _ in convnet.slices():
        pass
    x, y = convnet.data.x_test, convnet.data.y_test
    print(f"ConvNet: {convnet.evaluate(x, y)[1]:.1%} of the test digits right; {judged(convnet, x)}")
    session = Project.open(LESSON).session()
    maker = generator_of(session.layout, session.data.input_shape)
    assert maker is not None
    began = time.process_time()
    for done in session.slices(epochs):
        if isinstance(done, Epoch) and (done.epoch % EVERY == 0 or done.epoch == epochs):
            seconds = time.process_time() - began
            told = judged(convnet, generated(session, maker, PICTURES))
            losses = ", ".join(f"{loss:.2f}" for loss in session.outputs.rows[-1])
            print(f"epoch {done.epoch}, {seconds:.0f} s of one core, losses {losses}: {told}", flush=True)


if __name__ == "__main__":
    main()

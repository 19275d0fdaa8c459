"""What the template Language model reaches, beside n-gram models: python tests/benchmarks/language_model.py

It takes about two minutes on two idle cores, and writes a beginning on in the end. Options: --seed N.
"""

from __future__ import annotations

import argparse
import time

from nnstudio.data.vocabulary import Vocabulary
from nnstudio.explain.generated_text import TextProbe
from nnstudio.explain.scores import scores_of
from nnstudio.training.curve import Epoch
from nnstudio.training.session import Session
from nnstudio.ui.project.new_projects import project_of_template

BEGINNING, LENGTH, TEMPERATURE = "MENENIUS:\n", 300, 0.8


def trained(seed: int) -> Session:
    """The network of the template after its epochs, which are printed."""
    project = project_of_template("language_model")
    project.document.settings = project.document.settings.with_option("seed", seed)
    session, start, cores = project.session(2), time.perf_counter(), time.process_time()
    for done in session.slices():
        if isinstance(done, Epoch):
            told = f"epoch {session.epoch}: {time.perf_counter() - start:.0f} s"
            print(f"{told}, {time.process_time() - cores:.0f} s of all cores", flush=True)
    return session


def main() -> None:
    """Train it, judge it by the parts that it did not learn from, and let it write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, default=1)
    session = trained(parser.parse_args().seed)
    for part in session.data.parts[1:]:
        scores = scores_of(session, part)
        assert scores.text is not None
        costs = ", ".join(f"{cost:.4f}" for cost in scores.text.ngrams)
        print(f"{part}: {scores.sentence}; n-grams of the orders from 1 on: {costs} nats")
    vocabulary = Vocabulary.of(session.data)
    assert vocabulary is not None
    begun = vocabulary.begin(BEGINNING, session.data.input_shape[0])
    *_, last = TextProbe(begun.window, begun.given, LENGTH, TEMPERATURE).run(session)
    print(BEGINNING + last.text)


if __name__ == "__main__":
    main()

"""A text that a network writes: what it guesses comes next is drawn, and is read for the next guess.

From the probabilities p of all tokens, the next one is drawn from those in proportion to p^(1 / temperature),
the ``top_k`` most likely ones alone; at temperature 0 it is the most likely. See Holtzman et al. 2020, "The
curious case of neural text degeneration".

A beginning that is shorter than what the network reads is filled up before it. Not so for a causal network
that guesses after each token: it reads the beginning at its first steps, and sees nothing of what is behind.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from nnkernels.spec import Option
from nnstudio.data.vocabulary import Vocabulary
from nnstudio.explain.activations import as_sample, probabilities
from nnstudio.explain.charts import bar_chart
from nnstudio.explain.drawn import as_csv
from nnstudio.training.evaluation import Evaluation
from nnstudio.training.in_pieces import run

# As the window and the command line offer them.
TEMPERATURE = Option(
    "temperature", 1.0, "Below 1 what is likely becomes more likely, above 1 less; 0 takes the most likely.",
    0.0, 100.0,
)  # fmt: skip
TOP_K = Option("top_k", 0, "So many of the most likely are drawn from; 0 for all.", 0, 100_000)
LENGTH = Option("length", 200, "Characters or words that are written.", 1, 5000)
SEED = Option("seed", 1, "Number that decides what is drawn.", 0, 2**31 - 1)
# Tokens are computed for so many seconds before training and other views have their turn.
PIECE_SECONDS = 0.004


@dataclass(frozen=True, eq=False)
class GeneratedText:
    """What was written until now with the weights of a step.

    Attributes:
        asked: what was asked for.
        numbers: of the tokens that were written; ``text`` is what stands behind the beginning. Each was drawn
            with the probability in ``chances``.
        filled: how many tokens were read before the beginning, because it is too short.
        shares: what the next token would be drawn from, float64 (tokens,); NaN where the network gives no
            numbers, which ends the text.
    """

    step: int
    asked: TextProbe
    numbers: tuple[int, ...]
    text: str
    shares: np.ndarray
    chances: tuple[float, ...] = ()
    filled: int = 0

    @property
    def is_whole(self) -> bool:
        """Whether it is as long as was asked for, or cannot go on."""
        return len(self.numbers) >= self.asked.length or not np.isfinite(self.shares).all()

    @property
    def share(self) -> float:
        """Of the text that is written, from 0 to 1."""
        return 1.0 if self.is_whole else len(self.numbers) / self.asked.length


@dataclass(frozen=True)
class TextProbe:
    """The text that a network writes behind a beginning, with the weights that it has when it begins.

    Attributes:
        window: numbers of the tokens that it reads first; the last ``given`` of them are the beginning's own.
        length: tokens that are written.
        patience: seconds that it may take while the network learns on, before it is begun anew.
    """

    window: tuple[int, ...]
    given: int
    length: int = LENGTH.default
    temperature: float = TEMPERATURE.default
    top_k: int = TOP_K.default
    seed: int = SEED.default
    patience: float = float("inf")
    # Nobody reads a text that is another one more often.
    every: ClassVar[float] = 1.0

    def run(self, session: Evaluation) -> Iterator[GeneratedText]:
        vocabulary = Vocabulary.of(session.data)
        if vocabulary is None or not self._is_of(vocabulary, session):
            # It was asked for while there was other data.
            return
        rng, step = np.random.default_rng(self.seed), session.steps
        numbers = self.window[len(self.window) - self.given :]
        before = vocabulary.text_of(numbers)
        guess, chances = Guesses(session), tuple[float, ...]()
        filled = len(self.window) - self.given
        if filled and guess.is_causal(self.window):
            filled = 0 if self.given else 1
        fill = self.window[:filled]
        until = time.perf_counter()
        while True:
            likely = guess.after((*fill, *numbers)[-len(self.window) :])
            shares = drawn_from(likely, self.temperature, self.top_k)
            written = numbers[self.given :]
            is_last = len(written) == self.length or not np.isfinite(shares).all()
            if is_last or time.perf_counter() >= until:
                text = vocabulary.text_of(numbers).removeprefix(before)
                yield GeneratedText(step, self, written, text, shares, chances, filled)
                until = time.perf_counter() + PIECE_SECONDS
            if is_last:
                return
            number = int(rng.choice(len(shares), p=shares))
            numbers, chances = (*numbers, number), (*chances, float(shares[number]))

    def _is_of(self, vocabulary: Vocabulary, session: Evaluation) -> bool:
        fits = (len(self.window),) == session.data.input_shape
        return fits and max(self.window) < len(vocabulary.names)


# Of the tokens that may come next, so many are drawn.
MOST_DRAWN = 12


def written_table(written: GeneratedText, vocabulary: Vocabulary) -> str:
    """A line for each token that was written: it, and the probability with which it was drawn."""
    asked = written.asked
    how = (written.step, asked.temperature, asked.top_k, asked.seed)
    columns = ("training_step", "temperature", "top_k", "seed", "number", "token", "probability")
    drawn = zip(written.numbers, written.chances, strict=True)
    rows = [(*how, at, vocabulary.names[n], f"{chance:.6g}") for at, (n, chance) in enumerate(drawn, 1)]
    return as_csv(columns, rows)


def next_picture(written: GeneratedText, vocabulary: Vocabulary) -> np.ndarray:
    """What the next token would be drawn from, the most probable first, as bars (h, w, 3)."""
    order = np.argsort(-written.shares, kind="stable")[:MOST_DRAWN]
    shares = written.shares[order]
    return bar_chart(
        [vocabulary.names[i] for i in order], shares, "probability of what comes next", (0.0, 1.0)
    )


class Guesses:
    """What a network guesses comes next, with a copy of its weights: it may learn on meanwhile.

    The program of the copy belongs to one text at a time.
    """

    def __init__(self, session: Evaluation) -> None:
        self._session = session
        self._program = session.evaluator(1, own_parameters=True)
        self._program.set_parameters(session.parameters)

    def is_causal(self, window: Sequence[int]) -> bool:
        """Whether it guesses after each token of a window, and no guess sees what stands behind its token.

        Found out by changing the second half of the window: causal layers give the same bits before it.
        """
        half = len(window) // 2
        if self._session.data.target_width != len(window) or not half:
            return False
        other = 1 if window[-1] == 0 else 0
        one, two = (
            self._all((*window[:half], *rest))[:half]
            for rest in (window[half:], (other,) * (len(window) - half))
        )
        return np.array_equal(one, two)

    def after(self, tokens: Sequence[int]) -> np.ndarray:
        """Probabilities (tokens,), float64, of what follows all of a window, or its first tokens where the
        network is causal.
        """
        likely = self._all(tokens)
        return np.asarray(likely[len(tokens) - 1 if len(likely) > 1 else 0])

    def _all(self, tokens: Sequence[int]) -> np.ndarray:
        """Probabilities (labels, tokens) at all steps that have a label."""
        session, program = self._session, self._program
        no_targets = np.zeros((1, session.data.target_width), np.float32)
        program.set_data(as_sample(session, tuple(tokens)), no_targets, np.zeros(1, np.int64))
        run(program, session.threads)
        return probabilities(session, program.activation(session.layout.output, 1))


def drawn_from(likely: np.ndarray, temperature: float, top_k: int) -> np.ndarray:
    """The probabilities (tokens,) by which the next token is drawn, of those that the network gives.

    Of equally likely ones, those with the lowest numbers are kept.
    """
    # What a network without a softmax gives need not be probabilities.
    likely = np.maximum(likely, 0)
    if not np.isfinite(likely).all() or not likely.any():
        return np.full(len(likely), np.nan)
    order = np.argsort(-likely, kind="stable")
    kept = order[: top_k or len(order)] if temperature else order[:1]
    with np.errstate(divide="ignore"):
        logs = np.log(likely[kept])
    shares = np.zeros(len(likely))
    shares[kept] = np.exp((logs - logs[0]) / temperature) if temperature else 1.0
    result: np.ndarray = shares / shares.sum()
    return result

"""Sounds as log-mel spectrograms: one rate, one length, and the energy in each band of each window.

Sources: the mel scale as in HTK, mel(f) = 2595 log10(1 + f / 700) (Young et al., "The HTK Book", 2002), with
triangular filters of height 1 between neighbouring centres; the periodic Hann window.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from math import gcd

import numpy as np

# Power below this, where that of a sine of amplitude 1 peaks at 1, is silence: -100 dB.
FLOOR = 1e-10
# Windows that are transformed at once.
AT_ONCE = 1024


@dataclass(frozen=True)
class Mel:
    """How a sound becomes a spectrogram.

    Attributes:
        rate: samples a second; ``bands``: mel bands from 0 Hz to half of that.
        window, hop: length of a window, and from one to the next, in samples.
    """

    rate: int
    bands: int
    window: int
    hop: int

    def frames(self, samples: int) -> int:
        """Whole windows in a sound; at least one."""
        return 1 + max(0, samples - self.window) // self.hop

    def samples(self, frames: int) -> int:
        """Samples that so many windows span."""
        return self.window + (frames - 1) * self.hop

    def spectrogram(self, sound: np.ndarray, frames: int) -> np.ndarray:
        """Decibels (bands, frames), float32, of a sound (samples,): cut, or with silence after it.

        The lowest band comes first. Silence has -100 dB.
        """
        needed = self.samples(frames)
        padded = np.zeros(needed)
        padded[: len(sound)] = sound[:needed]
        windows = np.lib.stride_tricks.sliding_window_view(padded, self.window)[:: self.hop]
        hann = 0.5 - 0.5 * np.cos(2 * np.pi * np.arange(self.window) / self.window)
        filters, size = _filters(self.rate, self.bands, self.window)
        decibels = np.empty((self.bands, frames), np.float32)
        for start in range(0, frames, AT_ONCE):
            some = slice(start, start + AT_ONCE)
            # The spectrum of a full-scale sine peaks at half the sum of the window.
            power = np.abs(np.fft.rfft(windows[some] * hann, size)) ** 2 / (hann.sum() / 2) ** 2
            decibels[:, some] = 10 * np.log10(np.maximum(power @ filters.T, FLOOR)).T
        return decibels


@cache
def _filters(rate: int, bands: int, window: int) -> tuple[np.ndarray, int]:
    """Weights (bands, frequencies) of the spectrum, and the length of its transform."""
    edges = _frequency(np.linspace(0, _mel(rate / 2), bands + 2))
    size = 1 << (window - 1).bit_length()
    # The narrowest filter, too, has a frequency in it.
    while rate / size > edges[1] - edges[0]:
        size *= 2
    frequencies = np.arange(size // 2 + 1) * (rate / size)
    low, centre, high = edges[:-2, None], edges[1:-1, None], edges[2:, None]
    rising, falling = (frequencies - low) / (centre - low), (high - frequencies) / (high - centre)
    return np.maximum(0, np.minimum(rising, falling)), size


def _mel(frequency: float) -> float:
    return float(2595 * np.log10(1 + frequency / 700))


def _frequency(mel: np.ndarray) -> np.ndarray:
    return np.asarray(700 * (10 ** (mel / 2595) - 1))


def resampled(sound: np.ndarray, rate: int, wanted: int) -> np.ndarray:
    """A sound (samples,) at another rate, float64: its Fourier series, cut at half of the lower rate.

    With N samples at the old rate and M = N wanted / rate at the new one, y[m] = 1/N times the sum over all
    k between -min(N, M) / 2 and min(N, M) / 2 of X[k] exp(2 pi i k m / M), where X is the discrete Fourier
    transform of x. N is filled up by zeros, so that M is whole and the end does not run into the beginning.
    """
    if rate == wanted or not len(sound):
        return np.asarray(sound, np.float64)
    common = gcd(rate, wanted)
    step, new_step = rate // common, wanted // common
    count = -(-len(sound) * new_step // step)
    # A little silence at the end, and a length of the transform that is quick.
    repeats = -(-(len(sound) + rate // 100) // step)
    padded, new = repeats * step, repeats * new_step
    spectrum = np.fft.rfft(sound, padded)
    kept = (min(padded, new) + 1) // 2
    return np.fft.irfft(spectrum[:kept], new)[:count] * (new / padded)

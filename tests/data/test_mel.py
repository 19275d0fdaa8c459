"""Spectrograms and resampling, against what sines must give."""

from __future__ import annotations

import numpy as np
import pytest

from nnstudio.data.mel import Mel, resampled

MEL = Mel(16_000, 40, 400, 160)


def sine(frequency, rate=16_000, seconds=0.5, amplitude=0.5):
    return amplitude * np.sin(2 * np.pi * frequency * np.arange(round(seconds * rate)) / rate)


def centre(band, bands=40, rate=16_000):
    """Of a band in Hz, by the inverse of HTK's natural-logarithm form, 1127 ln(1 + f / 700)."""
    return 700 * np.expm1((band + 1) / (bands + 1) * np.log1p(rate / 2 / 700))


@pytest.mark.parametrize("band", [0, 1, 5, 20, 38, 39])
def test_a_sine_is_loudest_in_its_own_band(band):
    spectrogram = MEL.spectrogram(sine(centre(band)), 40)
    assert spectrogram.shape == (40, 40) and spectrogram.dtype == np.float32
    assert (spectrogram.argmax(0) == band).all()
    far = np.delete(np.arange(40), [b for b in range(40) if abs(b - band) < 8])
    assert spectrogram[far].max() < spectrogram[band].min() - 40


def test_ten_times_the_amplitude_is_twenty_decibels():
    loud, soft = (MEL.spectrogram(sine(1000, amplitude=a), 10) for a in (0.5, 0.05))
    band = loud[:, 0].argmax()
    np.testing.assert_allclose(loud[band] - soft[band], 20, atol=1e-3)


def test_a_window_is_the_transform_as_it_is_defined():
    mel = Mel(800, 4, 16, 8)
    sound = np.random.default_rng(0).normal(size=40)
    frames = mel.frames(40)
    assert frames == 4 and mel.samples(frames) == 40
    spectrogram = mel.spectrogram(sound, frames)
    edges = [centre(b, 4, 800) for b in range(-1, 5)]
    size = 16
    while 800 / size > edges[1]:
        size *= 2
    hann = [np.sin(np.pi * n / 16) ** 2 for n in range(16)]
    for frame in range(frames):
        for band in range(4):
            energy = 0.0
            for k in range(size // 2 + 1):
                wave = sum(
                    hann[n] * sound[8 * frame + n] * np.exp(-2j * np.pi * k * n / size) for n in range(16)
                )
                weight = np.interp(k * 800 / size, edges[band : band + 3], [0, 1, 0])
                energy += weight * abs(wave) ** 2 / (sum(hann) / 2) ** 2
            assert spectrogram[band, frame] == pytest.approx(10 * np.log10(energy), abs=1e-4)


def test_long_sounds_are_transformed_in_pieces(monkeypatch):
    sound = np.random.default_rng(0).normal(size=16_000)
    whole = MEL.spectrogram(sound, 98)
    monkeypatch.setattr("nnstudio.data.mel.AT_ONCE", 7)
    np.testing.assert_allclose(MEL.spectrogram(sound, 98), whole, rtol=1e-6)


def test_silence_and_short_sounds_are_finite():
    for sound in (np.zeros(0), np.zeros(5000), np.full(10, 1e-30)):
        assert (MEL.spectrogram(sound, 20) == -100).all()


@pytest.mark.parametrize("bands, window", [(128, 400), (256, 32), (4, 2)])
def test_no_band_is_deaf(bands, window):
    mel = Mel(16_000, bands, window, 16)
    click = np.zeros(window)
    click[window // 2] = 1.0
    assert mel.spectrogram(click, 1).min() > -100


@pytest.mark.parametrize(
    "rate, wanted", [(44_100, 16_000), (8000, 16_000), (48_000, 16_000), (11_025, 16_000), (16_001, 16_000)]
)
def test_a_sine_at_another_rate_is_the_same_sine(rate, wanted):
    sound = resampled(sine(440, rate), rate, wanted)
    assert len(sound) == wanted // 2
    inner = slice(wanted // 20, -wanted // 20)
    np.testing.assert_allclose(sound[inner], sine(440, wanted)[inner], atol=2e-3)


def test_what_lies_above_half_the_rate_does_not_fold_back():
    high = resampled(sine(11_000, 44_100), 44_100, 16_000)
    assert np.abs(high[800:-800]).max() < 2e-3


def test_the_same_rate_changes_nothing():
    sound = np.random.default_rng(0).normal(size=77)
    assert np.array_equal(resampled(sound, 16_000, 16_000), sound)
    assert not len(resampled(np.zeros(0), 8000, 16_000))

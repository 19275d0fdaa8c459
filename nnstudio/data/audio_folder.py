"""A person's own sounds: a folder with a folder of sounds for each class, as log-mel spectrograms.

Folders called train, validation and test may hold such folders: then they are the parts.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from nnkernels.spec import Option, show_shape
from nnstudio.data.dataset import DataError, Dataset, FileKind, Picks, Samples, Source, Split, sources
from nnstudio.data.files_seen import FilesSeen, Properties
from nnstudio.data.folder_layout import PARTS_OPTIONS, Kind, layout_of
from nnstudio.data.mapped import all_alike, moments
from nnstudio.data.mel import Mel
from nnstudio.data.progress import each
from nnstudio.data.sounds import SUFFIXES, Header, read_header, read_sound, sound_files
from nnstudio.data.splits import VALIDATION_OPTIONS, SplitKind
from nnstudio.data.storage import filled, zeros
from nnstudio.model.folders import holds

SOUNDS = Kind("sound", sound_files, "'bells' and 'drums'")
# Sounds may be as long as a person says, but no median is taken that is longer.
MOST_SECONDS = 60.0
NAMED = 3
# Kinds of sounds, in words for `files_seen`: with one, and with more.
CHANNELS = ("of one channel", "of several channels")
ALL_SAME = "All sounds are the same, so there is nothing to tell the classes apart by."


@sources.register
class AudioFolder(Source):
    """Log-mel spectrograms (bands, frames, 1), the lowest band first, standardised over the training part.

    The mel scale is that of HTK; energies are in decibels.
    """

    id = "audio_folder"
    title = "Sounds"
    order = 27
    picks = Picks.FOLDER
    new_samples = (FileKind.SOUND, FileKind.SOUNDS)
    help = "Your own sounds: a folder in which each class has a folder of its own."
    options = (
        Option("path", "", "The folder."),
        Option(
            "rate", 16_000, "Samples a second that all sounds get; half of it is the highest pitch heard.",
            2000, 96_000, unit="Hz",
        ),
        Option(
            "seconds", 0.0, "Length that sounds are cut to, or filled up to with silence; 0 is the median.",
            0.0, 600.0, unit="s",
        ),
        Option("bands", 40, "Pitches that are told apart: the height of the spectrogram.", 4, 256),
        Option("window", 25.0, "Length of sound whose pitches are measured at once.", 1.0, 1000.0, unit="ms"),
        Option("hop", 10.0, "From one measurement to the next.", 1.0, 1000.0, unit="ms"),
        *PARTS_OPTIONS,
        Option("test_ratio", 0.2, "Share of sounds kept for testing.", 0.0, 0.9),
        *VALIDATION_OPTIONS,
        Option("seed", 1, "Number that decides the split.", 0, 2**31 - 1),
    )  # fmt: skip

    def takes(self, path: Path) -> bool:
        """A folder with sounds in its folders, as a quick look tells."""
        return path.is_dir() and holds(path, SUFFIXES)

    def load(self, options: Mapping[str, Any]) -> Dataset:
        if not options["path"]:
            raise DataError("No folder is chosen yet. Choose one that has a folder of sounds for each class.")
        folder = Path(options["path"])
        layout = layout_of(SOUNDS, folder, options["parts"])
        paths, classes = layout.paths, layout.classes
        headers = [read_header(path) for path in paths]
        seconds = [header.seconds for header in headers if header is not None]
        if not seconds:
            raise DataError(f"No sound in '{folder.name}' can be read. Are the files damaged?")
        length = options["seconds"] or min(float(np.median(seconds)), MOST_SECONDS)
        mel = _mel(options)
        frames = mel.frames(round(length * mel.rate))
        x, kept = _spectrograms(paths, headers, mel, frames)
        readable = np.flatnonzero(kept)
        labels = np.array(layout.labels, np.float32)[readable, None]
        if len(labels) < 2:
            raise DataError(f"Fewer than two sounds in '{folder.name}' can be read. Are the files damaged?")
        parts = layout.divide(SplitKind.RANDOM, readable, options)
        for part in (part for part in Split if part in layout.parts and not len(parts[part])):
            raise DataError(f"None of the sounds for {part} in '{folder.name}' can be read.")
        shift, scale = (float(value) for value in moments(x, readable[parts[Split.TRAINING]]))
        scale = scale or 1.0
        train, validation, test = filled(
            [(x, readable[parts[part]]) for part in Split],
            lambda some: (some[..., None] - np.float32(shift)) / np.float32(scale),
        )
        known = [header for header, is_kept in zip(headers, kept, strict=True) if header and is_kept]
        notes = (
            *([ALL_SAME] if all_alike(x, readable) else []),
            _counts(classes, labels),
            *layout.told(options),
            _length(length, options, mel, frames),
            *_changes(known, mel, length),
            *_left_out([path.name for path, is_kept in zip(paths, kept, strict=True) if not is_kept]),
        )
        return Dataset(
            folder.name, train, labels[parts[Split.TRAINING]], test, labels[parts[Split.TEST]], classes, (),
            ("class",), shift, scale, notes=notes, x_validation=validation,
            y_validation=labels[parts[Split.VALIDATION]], own_parts=layout.own_parts(options),
            files=FilesSeen.of(_properties(headers), readable[parts[Split.TRAINING]]),
        )  # fmt: skip

    def read_samples(self, path: Path, options: Mapping[str, Any], data: Dataset) -> Samples | None:
        if path.suffix.lower() == ".npy":
            # Spectrograms that somebody computed.
            return None
        mel = _mel(options)
        frames = data.input_shape[1]
        if data.input_shape != (mel.bands, frames, 1):
            raise DataError(
                f"Sounds become spectrograms of {mel.bands} bands; the network takes "
                f"{show_shape(data.input_shape)}."
            )
        files = [path]
        if path.is_dir():
            files = sound_files(path)
        headers = [read_header(file) for file in files]
        x, kept = _spectrograms(files, headers, mel, frames)
        if not kept.any():
            raise DataError(f"No sound in '{path}' can be read. Choose a sound or a folder that holds some.")
        names = tuple(str(file.relative_to(path)) if path.is_dir() else file.name for file in files)
        known = [header for header, is_kept in zip(headers, kept, strict=True) if header and is_kept]
        broken = [name for name, is_kept in zip(names, kept, strict=True) if not is_kept]
        notes = (*_changes(known, mel, mel.samples(frames) / mel.rate), *_left_out(broken))
        if data.files is not None:
            read = [name for name, is_kept in zip(names, kept, strict=True) if is_kept]
            notes += data.files.told_of(read, _properties(known), "sounds")
        scaled = (x[kept][..., None] - np.float32(data.x_shift)) / np.float32(data.x_scale)
        return Samples(scaled, kept, notes, names)

    def example(self, folder: Path) -> dict[str, Any]:
        import soundfile

        time = np.arange(4000) / 8000
        for pitch, name in ((300, "low"), (1500, "high")):
            (folder / name).mkdir()
            for i in range(4):
                sound = 0.5 * np.sin(2 * np.pi * (pitch + 20 * i) * time)
                soundfile.write(folder / name / f"{i}.wav", sound, 8000)
        return {"path": str(folder), "rate": 8000, "bands": 8}


def _mel(options: Mapping[str, Any]) -> Mel:
    rate = options["rate"]
    window, hop = (max(2, round(options[name] * rate / 1000)) for name in ("window", "hop"))
    return Mel(rate, options["bands"], window, hop)


def _properties(headers: Sequence[Header | None]) -> Properties:
    """Of each file, see `files_seen`; nothing of those that could not be read."""
    return {
        "seconds": np.array([0.0 if header is None else header.seconds for header in headers]),
        "rate": np.array(["" if h is None else f"of {h.rate:,} Hz" for h in headers], object),
        "channels": np.array(["" if h is None else CHANNELS[h.channels > 1] for h in headers], object),
    }


def _spectrograms(
    paths: Sequence[Path], headers: Sequence[Header | None], mel: Mel, frames: int
) -> tuple[np.ndarray, np.ndarray]:
    """Decibels (n, bands, frames), float32, and which files could be read, (n,)."""
    x = zeros((len(paths), mel.bands, frames))
    kept = np.zeros(len(paths), bool)
    for i, (path, header) in enumerate(each(list(zip(paths, headers, strict=True)))):
        sound = read_sound(path, header, mel.rate, mel.samples(frames)) if header is not None else None
        if sound is not None:
            x[i] = mel.spectrogram(sound, frames)
            kept[i] = True
    return x, kept


def _counts(classes: tuple[str, ...], labels: np.ndarray) -> str:
    counted = Counter(labels[:, 0].astype(int).tolist())
    return ", ".join(f"{counted[i]:,} × {name}" for i, name in enumerate(classes)) + "."


def _length(length: float, options: Mapping[str, Any], mel: Mel, frames: int) -> str:
    whose = "as chosen" if options["seconds"] else "the median of all"
    if not options["seconds"] and length == MOST_SECONDS:
        whose = "as the median of all is longer"
    return (
        f"Each sound is {length:.4g} s long, {whose}: {mel.bands} mel bands and {frames:,} windows of "
        f"{options['window']:g} ms."
    )


def _changes(headers: Sequence[Header], mel: Mel, length: float) -> list[str]:
    """What was done to sounds that are not as the network takes them."""
    notes = []
    rates = Counter(header.rate for header in headers if header.rate != mel.rate)
    for rate, count in sorted(rates.items())[:NAMED]:
        missing = f"; above {rate / 2:,.0f} Hz they hold nothing" if rate < mel.rate else ""
        notes.append(f"{count:,} × resampled from {rate:,} to {mel.rate:,} Hz{missing}.")
    if len(rates) > NAMED:
        notes.append(f"{sum(rates.values()):,} × resampled in all, from {len(rates)} rates.")
    several = sum(header.channels > 1 for header in headers)
    if several:
        notes.append(f"{several:,} × several channels, of which the mean is taken.")
    # As the header of an MP3 tells the length, and rounding, allow.
    slack = mel.hop / mel.rate
    longer = sum(header.seconds > length + slack for header in headers)
    shorter = sum(header.seconds < length - slack for header in headers)
    if longer:
        notes.append(f"{longer:,} × longer, and cut to {length:.4g} s.")
    if shorter:
        notes.append(f"{shorter:,} × shorter, and filled up to {length:.4g} s with silence.")
    return notes


def _left_out(broken: list[str]) -> list[str]:
    if not broken:
        return []
    names = ", ".join(f"'{name}'" for name in broken[:NAMED]) + (" …" if len(broken) > NAMED else "")
    return [f"{len(broken):,} left out because they cannot be read: {names}."]

"""NPZ: plain NumPy arrays, loaded with ``np.load(path, allow_pickle=False)``."""

from __future__ import annotations

import io

import numpy as np

from nnstudio.export.format import Format, formats

# Metadata lies beside the weights as text arrays of these names.
PREFIX = "metadata:"


@formats.register
class Npz(Format):
    """Compressed arrays; the description is stored as text arrays named "metadata:...".

    ``allow_pickle`` is never needed.
    """

    id = "npz"
    title = "NumPy NPZ"
    suffix = ".npz"
    order = 1

    def encode(self, arrays: dict[str, np.ndarray], metadata: dict[str, str]) -> bytes:
        buffer = io.BytesIO()
        texts = {PREFIX + key: np.array(value) for key, value in metadata.items()}
        np.savez_compressed(buffer, allow_pickle=False, **arrays, **texts)
        return buffer.getvalue()

    def decode(self, content: bytes) -> tuple[dict[str, np.ndarray], dict[str, str]]:
        with np.load(io.BytesIO(content), allow_pickle=False) as file:
            everything = {name: file[name] for name in file.files}
        arrays = {k: v for k, v in everything.items() if not k.startswith(PREFIX)}
        texts = {k.removeprefix(PREFIX): str(v) for k, v in everything.items() if k.startswith(PREFIX)}
        return arrays, texts

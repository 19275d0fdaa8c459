"""safetensors: the default for sharing weights."""

from __future__ import annotations

import numpy as np

from nnstudio.export.format import Format, formats


@formats.register
class Safetensors(Format):
    """Named float32 arrays with the description as string metadata; opens in every framework."""

    id = "safetensors"
    title = "safetensors"
    suffix = ".safetensors"
    order = 0

    def encode(self, arrays: dict[str, np.ndarray], metadata: dict[str, str]) -> bytes:
        from safetensors.numpy import save

        return save({k: np.ascontiguousarray(v) for k, v in arrays.items()}, metadata)

    def decode(self, content: bytes) -> tuple[dict[str, np.ndarray], dict[str, str]]:
        import json

        from safetensors.numpy import load

        # The library gives metadata of files only; the header is 8 bytes of length, then JSON.
        length = int.from_bytes(content[:8], "little")
        header = json.loads(content[8 : 8 + length])
        return load(content), header.get("__metadata__", {})

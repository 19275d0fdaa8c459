"""Write Keras exports of layers' samples and of some networks, with what they must predict, into a folder.

    PYTHONPATH=tests:kernels python tests/foreign/write_keras.py FOLDER

runs where nnstudio is; `check_keras.py FOLDER` then judges them where Keras is.
"""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

import numpy as np
from foreign.write_exports import sessions

from nnstudio.export.format import ExportError, formats
from nnstudio.export.network import ExportedNetwork, predict

if __name__ == "__main__":
    out, form = Path(sys.argv[1]), formats["keras"]
    for case, session in sessions():
        network, target = ExportedNetwork.of(session), out / case
        target.mkdir(parents=True)
        try:
            form.check(network)
        except ExportError as error:
            shutil.rmtree(target)
            print(f"{case}: refused. {error}", flush=True)
            continue
        form.write(network, target)
        x = session.data.x_train.astype(np.float64) * session.data.x_scale + session.data.x_shift
        np.savez(
            target / "expected.npz", x=x, y=predict(network.arrays, network.metadata(), x),
            y_units=session.data.y_train * session.data.y_scale + session.data.y_shift,
        )  # fmt: skip

#!/usr/bin/env bash
# On a machine with an NVIDIA card: contract, speed and where a step's time goes, in under four minutes, without a
# network. What fails says why, the rest goes on, and a summary ends it. Without a card it says so; --dry goes the
# whole way on numba's simulator and measures nothing. PYTHON names the Python that runs it.
set -u
cd "$(dirname "$0")/../.." || exit 1
python="${PYTHON:-}"
for each in .venv/bin/python python3 python; do
    if [ -z "$python" ] && "$each" -c "import numpy, numba" >/dev/null 2>&1; then
        python="$each"
    fi
done
if [ -z "$python" ]; then
    echo "Nothing was run: no Python here has NumPy and numba. Install nnstudio with its extra for graphics cards"
    echo "(pip install -e '.[cuda]'), or name a Python that has them: PYTHON=/path/to/python $0"
    exit 1
fi
limit=()
if command -v timeout >/dev/null 2>&1; then
    limit=(timeout -k 5 240)
fi
${limit[@]+"${limit[@]}"} "$python" kernels/benchmarks/on_device.py "$@"
ended=$?
if [ "$ended" = 124 ] || [ "$ended" = 137 ]; then
    echo "Ended after four minutes: what stands above is all that there is."
fi
exit "$ended"

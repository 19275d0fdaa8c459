#!/usr/bin/env bash
# On a machine with an NVIDIA card: contract, speed and where a step's time goes, in under four minutes.
# Without a card it says so; --dry goes the whole way on numba's simulator and measures nothing.
set -euo pipefail
cd "$(dirname "$0")/../.."
exec timeout 240 "${PYTHON:-python3}" kernels/benchmarks/on_device.py "$@"

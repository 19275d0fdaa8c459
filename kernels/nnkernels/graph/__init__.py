"""Networks as frozen data, checked and rewritten before they are planned; must not import numba."""

"""Vector micro-kernels and vectorised mathematics below every operator."""

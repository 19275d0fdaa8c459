"""One file per layer; each registers itself with `spec.layers`."""

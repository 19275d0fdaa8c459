"""Live views: one file each, with a spec, a probe (computed by the worker) and a widget."""

"""The document: graph, settings, commands, project file. Imports neither Qt nor numba."""

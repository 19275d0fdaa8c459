"""Runs that were kept: the page that lists them, and who keeps those of the window."""

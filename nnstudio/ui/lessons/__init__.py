"""Lessons in the window: the page that lists them, the panel that leads through one, and what judges it."""

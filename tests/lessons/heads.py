"""The head of a lesson that a test writes: all that every lesson must say."""

from __future__ import annotations

HEAD = """
title = "T"
summary = "S"
chapter = "C"
order = 1
minutes = 1
"""

"""Operators that several layers share."""

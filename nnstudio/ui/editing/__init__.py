"""Requests of the views become commands on the document."""

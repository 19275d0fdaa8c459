"""The store for the window, at its end."""

from __future__ import annotations


def test_a_page_that_outlives_its_store_asks_nothing(shelf):
    """The window closes just after a run was selected."""
    shelf.add("First")
    page = shelf.show()
    page.table.selectRow(0)
    page.library.close()
    shelf.wait(lambda: not page._soon.isActive())
    assert not shelf.inquiries.are_open

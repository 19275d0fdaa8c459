"""The window and what frames it: docks, menus, status bar, start page."""

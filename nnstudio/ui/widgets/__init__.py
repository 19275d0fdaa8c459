"""Widgets that know nothing of the studio's document: forms, icons, colours, pictures."""

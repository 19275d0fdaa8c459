"""How names of project files end."""

SUFFIX = ".nns"

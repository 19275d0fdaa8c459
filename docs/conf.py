"""How the pages are built: `sphinx-build -W docs build/docs`; a broken reference fails."""

from nnstudio import __version__

project = "nnstudio"
version = release = __version__
extensions = [
    "myst_parser",
    "sphinx.ext.apidoc",
    "sphinx.ext.autodoc",
    "sphinx.ext.napoleon",
]
apidoc_modules = [
    {
        "path": "../kernels/nnkernels",
        "destination": "api/nnkernels",
        "max_depth": 1,
    },
    {"path": "../nnstudio", "destination": "api/nnstudio", "max_depth": 1},
]
exclude_patterns = ["README.md"]
html_theme = "furo"
html_title = "nnstudio"
# Docstrings are written for readers of the source: single backquotes mark code.
default_role = "literal"
autodoc_default_options = {
    "members": True,
    "undoc-members": False,
    "member-order": "bysource",
    "ignore-module-all": True,
}
autodoc_typehints = "signature"
autodoc_preserve_defaults = True
myst_heading_anchors = 3
# Attributes of dataclasses are described in their class's docstring, once.
napoleon_use_ivar = True
# A reference to one of our own modules, classes or functions must hold; private ones have no
# page, and other packages' would take the network.
nitpicky = True
nitpick_ignore_regex = [(r"py:.*", r"(?!nnstudio\.|nnkernels\.).*|.*\.(_\w+|[A-Z])")]
# Annotations are bare words (`bytes`), which also are names of attributes in several classes.
suppress_warnings = ["ref.python"]

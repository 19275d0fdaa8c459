"""Finds the packages; everything else stands in pyproject.toml.

Its own lists cannot hold packages of two folders beside a folder that carries another name (`resources/` is
`nnstudio.resources`).
"""

from setuptools import find_packages, setup

setup(
    packages=[
        *find_packages("kernels", include=["nnkernels", "nnkernels.*"]),
        *find_packages(".", include=["nnstudio", "nnstudio.*"]),
        "nnstudio.resources",
    ]
)

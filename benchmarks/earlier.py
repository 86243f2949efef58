"""Runs a script of this folder by the code of an earlier checkout, which keeps things elsewhere.

../another-checkout/.venv/bin/python benchmarks/earlier.py SCRIPT [ARGUMENT ...]
"""

from __future__ import annotations

import importlib
import importlib.util
import runpy
import sys
from collections.abc import Mapping

MOVED: Mapping[str, str] = {
    "c360_cli.running.tuning": "c360_cli.tuning",
    "c360_kernel.log.topics": "c360_kernel.log.entry",
    "c360_kernel.projection.service": "c360_kernel.service",
    "c360_kernel.value_types": "c360_kernel.catalog.value_types",
}
"""Where what the scripts import was before, by where it is now."""


def main() -> None:
    """Give each module that is not there yet its name of now, then run the script."""
    for now, before in MOVED.items():
        if not _is_there(now):
            sys.modules[now] = importlib.import_module(before)
    del sys.argv[0]
    runpy.run_path(sys.argv[0], run_name="__main__")


def _is_there(module: str) -> bool:
    try:
        return importlib.util.find_spec(module) is not None
    except ModuleNotFoundError:
        return False  # nor is the package that it is in


if __name__ == "__main__":
    main()

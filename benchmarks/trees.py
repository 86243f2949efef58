"""A script of this folder run by the code of some checkout, each time in a process of its own."""

from __future__ import annotations

import json
import subprocess
import tempfile
from pathlib import Path
from typing import Any

HERE = Path(__file__).parents[1]


def reported(tree: Path, script: str, *arguments: str) -> dict[str, Any]:
    """What `script` reports with `--json`, by the code and `.venv` of a checkout."""
    folder = Path(__file__).parent
    command = [tree / ".venv/bin/python", folder / "earlier.py", folder / script, "--json"]
    with tempfile.TemporaryFile() as stated:
        subprocess.run([*command, *arguments], cwd=tree, stdout=stated, check=True)
        stated.seek(0)
        return json.loads(stated.read().splitlines()[-1])

"""Record what the reference composer says of every set in `tests/composition`.

    python libs/federation/scripts/record_reference.py FOLDER

FOLDER is an empty folder outside the checkout in which `npm install @apollo/composition@2.14.4
graphql@16` was run. Only verdicts and codes are written.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE.parent / "tests"))

import composition_sets  # noqa: E402  # pyright: ignore[reportMissingImports] - beside the tests


def ask(folder: Path) -> dict[str, object]:
    """The reference's verdicts by set."""
    sets = {
        name: [{"name": one.name, "sdl": one.sdl} for one in subgraphs]
        for name, subgraphs in composition_sets.read_sets().items()
    }
    command = ["node", str(HERE / "reference.mjs"), str(folder)]
    run = subprocess.run(
        command, input=json.dumps(sets), capture_output=True, check=True, text=True
    )
    return json.loads(run.stdout)


def version(folder: Path) -> str:
    """The version of the reference that is installed."""
    package = folder / "node_modules/@apollo/composition/package.json"
    return json.loads(package.read_text("utf-8"))["version"]


def main() -> None:
    """Write the table."""
    folder = Path(sys.argv[1])
    table = {"reference": f"@apollo/composition {version(folder)}", "verdicts": ask(folder)}
    text = json.dumps(table, indent=1, sort_keys=True) + "\n"
    composition_sets.TABLE.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()

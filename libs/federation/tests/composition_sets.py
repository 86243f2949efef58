"""Small sets of subgraphs, kept as text, for which the reference composer's verdict is known.

A file of `composition/` is a family: `=== name` starts a set and `--- name` a subgraph of it. A
subgraph that links nothing gets the newest federation version with all that it uses imported;
one that starts with `# fed1` stays without.
"""

from __future__ import annotations

import json
import re
from pathlib import Path

from c360_federation import SubgraphSdl

FOLDER = Path(__file__).parent / "composition"
TABLE = FOLDER / "reference.json"
_KNOWN = frozenset(
    ("key", "requires", "provides", "external", "shareable", "override", "inaccessible", "tag",
     "interfaceObject", "extends", "composeDirective", "authenticated", "requiresScopes", "policy",
     "cost", "listSize", "context", "fromContext", "cacheTag")
)  # fmt: skip


def read_sets() -> dict[str, list[SubgraphSdl]]:
    """All sets by `family/name`."""
    sets: dict[str, list[SubgraphSdl]] = {}
    for file in sorted(FOLDER.glob("*.graphql")):
        for part in re.split(r"^=== ", file.read_text("utf-8"), flags=re.M)[1:]:
            name, _, body = part.partition("\n")
            key = f"{file.stem}/{name.strip()}"
            assert key not in sets, key
            sets[key] = list(_subgraphs(body))
    return sets


def _subgraphs(body: str):
    for part in re.split(r"^--- ", body, flags=re.M)[1:]:
        name, _, sdl = part.partition("\n")
        yield SubgraphSdl(name.strip(), _linked(sdl))


def _linked(sdl: str) -> str:
    if "@link" in sdl or sdl.startswith("# fed1"):
        return sdl
    used = sorted(set(re.findall(r"@(\w+)", sdl)) & _KNOWN)
    imports = ", ".join(f'"@{name}"' for name in used)
    version = "v2.12" if "cacheTag" in used else "v2.9"
    url = f"https://specs.apollo.dev/federation/{version}"
    return f'extend schema @link(url: "{url}", import: [{imports}])\n{sdl}'


def read_table() -> dict[str, dict]:
    """The reference's verdict of each set, as it was recorded."""
    return json.loads(TABLE.read_text("utf-8"))["verdicts"]

"""What to do after the demonstration, in commands that work as they are printed."""

from __future__ import annotations

import shlex
import shutil
import sys
from collections.abc import Sequence
from pathlib import Path


def invitation(data: Path, port: int, is_over: bool) -> Sequence[str]:
    """Lines about asking one's own questions; where all has ended, also how to start again."""
    c360, place = command_name(), f"--data {shlex.quote(str(data))}"
    token = f"  {c360} token {place} --role support_agent"
    url = f"http://127.0.0.1:{port}/graphql"
    if not is_over:
        return ("", f"Ask your own questions at {url} with a token (Ctrl-C ends it):", token)
    return (
        "",
        "The world stays there for your own questions. Start it, and get a token:",
        f"  {c360} up {place} --port {port}",
        token,
    )


def command_name() -> str:
    """How this command is called from where one is: `c360`, or the path of its script."""
    script = Path(sys.argv[0]).resolve()
    found = shutil.which("c360")
    if found is not None and Path(found).resolve() == script:
        return "c360"
    here = Path.cwd()
    near = script.relative_to(here) if script.is_relative_to(here) else script
    return shlex.quote(str(near))

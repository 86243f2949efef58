"""Files that are made once: whole or not at all, also on a disk that runs full meanwhile."""

from __future__ import annotations

import contextlib
import os
import secrets
from pathlib import Path

_AS_THE_UMASK_SAYS = 0o666


def make_whole(path: Path, content: bytes, mode: int = _AS_THE_UMASK_SAYS) -> None:
    """Make a file unless there is one; of several that do so at once, one wins whole."""
    path.parent.mkdir(parents=True, exist_ok=True)
    aside = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    descriptor = os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
        with contextlib.suppress(FileExistsError):
            os.link(aside, path)
    except OSError as error:
        # A write that fails does not say of which file.
        error.filename = error.filename or str(path)
        raise
    finally:
        aside.unlink()

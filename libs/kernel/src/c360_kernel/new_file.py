"""Files that are made or replaced whole or not at all, also on a disk that runs full meanwhile."""

from __future__ import annotations

import contextlib
import os
import secrets
from collections.abc import Generator
from pathlib import Path

_AS_THE_UMASK_SAYS = 0o666


def make_whole(path: Path, content: bytes, mode: int = _AS_THE_UMASK_SAYS) -> None:
    """Make a file unless there is one; of several that do so at once, one wins whole."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with _written(path, content, mode) as aside, contextlib.suppress(FileExistsError):
        os.link(aside, path)


def replace_whole(path: Path, content: bytes, mode: int = _AS_THE_UMASK_SAYS) -> None:
    """Put a file in the place of another, of which nothing is left under its name."""
    with _written(path, content, mode) as aside:
        with aside.open("rb") as written:
            os.fsync(written.fileno())
        aside.replace(path)


@contextlib.contextmanager
def _written(path: Path, content: bytes, mode: int) -> Generator[Path]:
    """The content, under a name beside that goes afterwards."""
    aside = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    descriptor = os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
        yield aside
    except OSError as error:
        # A write that fails does not say of which file.
        error.filename = error.filename or str(path)
        raise
    finally:
        aside.unlink(missing_ok=True)

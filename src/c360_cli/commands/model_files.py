"""Files of models that commands write: a version is written once."""

from __future__ import annotations

from pathlib import Path

from c360_kernel.errors import Invalid
from c360_kernel.new_file import make_whole


def refuse_taken(path: Path) -> None:
    """Raise `Invalid` (FILE_UNUSABLE) where there is a file already."""
    if path.exists():
        raise Invalid(f"{path} exists: a model keeps its version", code="FILE_UNUSABLE")


def keep_model(path: Path, text: str) -> None:
    """Write a version whole or not at all. Raises `Invalid` as `refuse_taken` does."""
    refuse_taken(path)
    make_whole(path, text.encode())

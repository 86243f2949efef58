"""The policy of a data directory, and the one that ships."""

from __future__ import annotations

from importlib import resources
from pathlib import Path

from c360_kernel.exposed import refuse_exposed
from c360_kernel.new_file import make_whole

from c360_policy.reading.parsing import decode_policy

MODEL_FILE = "model.conf"
POLICY_FILE = "policy.csv"
ROWS_FILE = "rows.yaml"


def policy_text(directory: Path) -> str:
    """The policy lines of a directory, or the default ones where it has none.

    Raises `SettingsError` for a file that others may write, or that is no text.
    """
    file = directory / POLICY_FILE
    try:
        refuse_exposed(file)
        return decode_policy(file.read_bytes())
    except FileNotFoundError:
        return _shipped(POLICY_FILE).decode()


def rows_text(directory: Path) -> str:
    """What `rows.yaml` of a directory says, that of the policy which ships where it has neither.

    Raises as above.
    """
    file = directory / ROWS_FILE
    if not file.exists():
        return "" if (directory / POLICY_FILE).exists() else _shipped(ROWS_FILE).decode()
    refuse_exposed(file)
    return decode_policy(rows_bytes(file))


def rows_bytes(file: Path) -> bytes:
    """A file of rows; nothing for none, and never nothing for one that is empty."""
    try:
        return file.read_bytes() or b"\n"
    except FileNotFoundError:
        return b""


def copy_default_policy(directory: Path) -> None:
    """Put the default policy into a data directory, leaving files that are there alone.

    Beside a policy that is there, none says of rows what that does not.
    """
    directory.mkdir(parents=True, exist_ok=True)
    has_policy = (directory / POLICY_FILE).exists()
    for name in (MODEL_FILE, *(() if has_policy else (ROWS_FILE,)), POLICY_FILE):
        target = directory / name
        if not target.exists():
            make_whole(target, _shipped(name))


def _shipped(name: str) -> bytes:
    return resources.files("c360_policy").joinpath("defaults", name).read_bytes()

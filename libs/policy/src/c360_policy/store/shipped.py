"""The policy of a data directory, and the one that ships."""

from __future__ import annotations

from importlib import resources
from pathlib import Path

from c360_kernel.exposed import refuse_exposed
from c360_kernel.new_file import make_whole

from c360_policy.reading.parsing import decode_policy

MODEL_FILE = "model.conf"
POLICY_FILE = "policy.csv"


def policy_text(directory: Path) -> str:
    """The policy lines of a directory, or the default ones where it has none.

    Raises `SettingsError` for a file that others may write, or that is no text.
    """
    file = directory / POLICY_FILE
    try:
        refuse_exposed(file)
        return decode_policy(file.read_bytes())
    except FileNotFoundError:
        shipped = resources.files("c360_policy").joinpath("defaults")
        return shipped.joinpath(POLICY_FILE).read_text("utf-8")


def copy_default_policy(directory: Path) -> None:
    """Put the default policy into a data directory, leaving files that are there alone."""
    directory.mkdir(parents=True, exist_ok=True)
    shipped = resources.files("c360_policy").joinpath("defaults")
    for name in (MODEL_FILE, POLICY_FILE):
        target = directory / name
        if not target.exists():
            make_whole(target, shipped.joinpath(name).read_bytes())

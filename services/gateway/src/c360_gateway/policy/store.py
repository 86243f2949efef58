"""Where policy comes from, and the one that ships."""

from __future__ import annotations

import shutil
from importlib import resources
from pathlib import Path
from typing import Protocol

from c360_kernel.exposed import refuse_exposed

from c360_gateway.policy.reading import decode_policy
from c360_gateway.policy.rule import Policy

MODEL_FILE = "model.conf"
POLICY_FILE = "policy.csv"


class PolicyStore(Protocol):
    """Where policy comes from."""

    def current(self) -> Policy:
        """The policy in force now; the one that denies everything while there is none to read."""
        ...

    def answers(self) -> bool:
        """Whether there was a policy to read when it was last looked for."""
        ...


def policy_text(directory: Path) -> str:
    """The policy lines of a directory, or the default ones where it has none.

    Raises `SettingsError` for a file that others may write, or that is no text.
    """
    file = directory / POLICY_FILE
    try:
        refuse_exposed(file)
        return decode_policy(file.read_bytes())
    except FileNotFoundError:
        shipped = resources.files("c360_gateway.policy").joinpath("defaults")
        return shipped.joinpath(POLICY_FILE).read_text("utf-8")


def copy_default_policy(directory: Path) -> None:
    """Put the default policy into a data directory, leaving files that are there alone."""
    directory.mkdir(parents=True, exist_ok=True)
    shipped = resources.files("c360_gateway.policy").joinpath("defaults")
    for name in (MODEL_FILE, POLICY_FILE):
        target = directory / name
        if not target.exists():
            with resources.as_file(shipped.joinpath(name)) as source:
                shutil.copyfile(source, target)

"""The policies that commands speak of: in a file, of a version that was kept, or in force."""

from __future__ import annotations

from pathlib import Path

from c360_gateway.settings import GatewaySettings
from c360_policy.errors import refuse_any
from c360_policy.reading.joining import joined
from c360_policy.reading.names import Known, unknown_names
from c360_policy.reading.parsing import decode_policy, parse_policy
from c360_policy.rule import Policy
from c360_policy.store.shipped import ROWS_FILE, policy_text, rows_bytes, rows_text

from c360_cli.publishing import text_in_force, text_of_version

IN_FORCE = "in-force"


def policy_named(name: str, data: Path, known: Known) -> Policy:
    """The policy in a file, or of a version (six digits or more of it), or `in-force`.

    Raises `NotFound` (POLICY_UNKNOWN), and `PolicyInvalid` for one that is refused.
    """
    policy = parse_policy(text_named(name, data))
    refuse_any(unknown_names(policy, known).refused)
    return policy


def text_named(name: str, data: Path) -> str:
    """The text of that policy; before there is an instance the one that ships is in force."""
    if name == IN_FORCE:
        directory = GatewaySettings(data=data).policy_directory
        return text_in_force(data) or joined(policy_text(directory), rows_text(directory))
    file = Path(name)
    if not file.exists():
        return text_of_version(name, data)
    rows = rows_bytes(file.with_name(ROWS_FILE))
    return joined(decode_policy(file.read_bytes()), decode_policy(rows))

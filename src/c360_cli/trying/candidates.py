"""The policies that commands speak of: in a file, of a version that was kept, or in force."""

from __future__ import annotations

from pathlib import Path

from c360_gateway.settings import GatewaySettings
from c360_kernel.errors import Invalid, NotFound
from c360_policy.errors import refuse_any
from c360_policy.reading.names import Known, unknown_names
from c360_policy.reading.parsing import decode_policy, parse_policy
from c360_policy.rule import Policy
from c360_policy.store.versions import VersionFiles

from c360_cli.roles import policy_of

IN_FORCE = "in-force"
_LEAST_DIGITS = 6


def policy_named(name: str, data: Path, known: Known) -> Policy:
    """The policy in a file, or of a version (six digits or more of it), or `in-force`.

    Raises `NotFound` (POLICY_UNKNOWN), and `PolicyInvalid` for one that is refused.
    """
    if name == IN_FORCE:
        return policy_of(data)
    file = Path(name)
    text = decode_policy(file.read_bytes()) if file.exists() else kept_text(name, data)
    policy = parse_policy(text)
    refuse_any(unknown_names(policy, known).refused)
    return policy


def kept_text(version: str, data: Path) -> str:
    """The text of a version. Raises `NotFound` (POLICY_UNKNOWN)."""
    versions = VersionFiles(GatewaySettings(data=data).policy_versions)
    found = versions.named(version) if len(version) >= _LEAST_DIGITS else ()
    if len(found) > 1:
        raise Invalid(f"{len(found)} versions begin with {version}", code="POLICY_UNKNOWN")
    if not found:
        raise NotFound(f"{version} is no file and no version that was kept", code="POLICY_UNKNOWN")
    return versions.text(found[0])

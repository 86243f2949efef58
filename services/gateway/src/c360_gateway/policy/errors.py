"""Why a policy cannot be used."""

from __future__ import annotations

from c360_kernel.errors import SettingsError


class PolicyInvalid(SettingsError):
    """The policy's text is wrong. The message names the line's rule and column."""

    code = "POLICY_INVALID"

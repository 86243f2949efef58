"""The rules of a policy's version, as they are written: for looks that an old version decided."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import TypeAlias

from c360_kernel.errors import NotFound
from c360_policy.errors import PolicyInvalid
from c360_policy.readers import rule_lines
from c360_policy.reading.parsing import parse_policy
from c360_policy.rule import Policy

PolicyText: TypeAlias = Callable[[str], Awaitable[str | None]]
"""The text of a version that was in force; None for one that nobody kept."""
_KEPT = 20


class PolicyVersions:
    """Reads versions that were in force, each of them once."""

    def __init__(self, text_of: PolicyText) -> None:
        self._text_of = text_of
        self._rules: dict[str, Mapping[str, str]] = {}

    async def policy(self, version: str) -> Policy:
        """A version. Raises `NotFound` (POLICY_UNKNOWN) for one whose text is not kept."""
        text = await self._text_of(version)
        if text is None:
            raise NotFound("the text of that policy was not kept", code="POLICY_UNKNOWN")
        return parse_policy(text)

    async def rule(self, version: str, rule_id: str) -> str | None:
        """The line of a rule; None where the version, or the rule in it, is not known."""
        if version not in self._rules:
            if len(self._rules) >= _KEPT:
                self._rules.clear()
            self._rules[version] = await self._read(version)
        return self._rules[version].get(rule_id)

    async def _read(self, version: str) -> Mapping[str, str]:
        text = await self._text_of(version)
        try:
            return {} if text is None else rule_lines(text, parse_policy(text))
        except PolicyInvalid:
            # As it was written by a version of ours that knew more, or fewer, words.
            return {}

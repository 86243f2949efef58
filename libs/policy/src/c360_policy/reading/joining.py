"""A policy and its `rows.yaml` as one text, as versions of it are kept, compared and approved."""

from __future__ import annotations

from c360_policy.reading.seal import sealed

_MARK = "#### rows.yaml ####"


def joined(policy: str, rows: str) -> str:
    """One text of both; the policy's own where there are no rows."""
    if not rows:
        return policy
    body = policy if not policy or policy.endswith("\n") else f"{policy}\n"
    return f"{body}{_MARK}\n{rows}"


def parted(text: str) -> tuple[str, str]:
    """The policy and the rows of a text; no rows where it says nothing of them."""
    before, mark, rows = f"\n{text}".partition(f"\n{_MARK}\n")
    return (f"{before}\n"[1:], rows or "\n") if mark else (text, "")


def keeping_rows(text: str, before: str) -> str:
    """The text, with the rows of the one before it where it says nothing of rows itself.

    To have none is said by `rows: {}`.
    """
    policy, rows = parted(text)
    return joined(policy, rows or parted(before)[1])


def sealed_apart(text: str) -> str:
    """Each part with its own last line. Raises `PolicyInvalid` as `sealed` does."""
    policy, rows = parted(text)
    return joined(sealed(policy), sealed(rows) if rows else "")

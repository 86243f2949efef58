"""The last line of a published policy: `# end` and the SHA-256 of everything before it.

A text that is cut, or was changed since, does not match it. To Casbin's language it is a comment.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator

from c360_policy.errors import PolicyProblem, refuse_any

_SEAL = re.compile(r"# end ([0-9a-f]{64})")
# A seal that was cut or retyped is one all the same, and wrong.
_LIKE_A_SEAL = re.compile(r"\s*#\s*end\s+[0-9a-f]+\s*", re.IGNORECASE)


def sealed(text: str) -> str:
    """The text with its last line. One that is sealed already stays as it is.

    Raises `PolicyInvalid` for a seal that does not match.
    """
    check_seal(text)
    if is_sealed(text):
        return text
    body = text if not text or text.endswith("\n") else f"{text}\n"
    return f"{body}# end {_digest(body)}\n"


def is_sealed(text: str) -> bool:
    """Whether the text has a last line of that kind."""
    return _SEAL.fullmatch(_last_line(text)) is not None


def check_seal(text: str) -> None:
    """Raise `PolicyInvalid` if there is a seal that does not match, or is not the last line."""
    refuse_any(seal_problems(text))


def seal_problems(text: str) -> Iterator[PolicyProblem]:
    """What is wrong with the seals of a text."""
    lines = text.split("\n")
    last = len(lines) - (2 if text.endswith("\n") else 1)
    for number, line in enumerate(lines):
        if _LIKE_A_SEAL.fullmatch(line):
            seal = _SEAL.fullmatch(line)
            body = "\n".join((*lines[:number], ""))
            if seal is None or seal[1] != _digest(body):
                yield PolicyProblem(number + 1, _CHANGED)
            elif number != last:
                yield PolicyProblem(number + 2, "nothing may follow the end line")


_CHANGED = (
    "the end line does not match: the text was cut or changed after it was published; "
    "take the line out and publish the text anew"
)


def _last_line(text: str) -> str:
    return text.removesuffix("\n").rpartition("\n")[2]


def _digest(body: str) -> str:
    return hashlib.sha256(body.encode()).hexdigest()

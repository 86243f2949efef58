"""Whether two names are one person's: nobody looks at their own doing by another way in."""

from __future__ import annotations

_SYSTEM_ACCOUNT = "os:"


def person_of(name: str) -> str:
    """Whose name it is: one person may come with a token and by an account of the system."""
    return name.removeprefix(_SYSTEM_ACCOUNT).casefold()

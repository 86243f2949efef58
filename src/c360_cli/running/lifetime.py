"""How long a token may be asked to live."""

from __future__ import annotations

import re
from pathlib import Path

from c360_kernel.errors import Invalid

_UNITS = {"s": 1, "m": 60, "h": 3_600, "d": 86_400}
_FORM = re.compile(r"([1-9][0-9]{0,8})([smhd])")


def lifetime_of(text: str, data: Path) -> int:
    """Seconds of `30d`, `12h`, `45m` or `90s`.

    Raises `Invalid` (EXPIRES_INVALID), also for more than the gateway of this instance takes.
    """
    # A domain service's image holds this command without the gateway.
    from c360_gateway.settings import GatewaySettings  # noqa: PLC0415

    seconds = seconds_of_life(text)
    longest = int(GatewaySettings(data=data).token_max_life_s)
    if seconds > longest:
        why = f"a token lives at most {longest} s here: raise C360_TOKEN_MAX_LIFE_S"
        raise Invalid(f"{why}, for the gateway too, or ask for less", code=_CODE)
    return seconds


def seconds_of_life(text: str) -> int:
    """Seconds of `30d`, `12h`, `45m` or `90s`. Raises `Invalid` (EXPIRES_INVALID)."""
    read = _FORM.fullmatch(text)
    if read is None:
        raise Invalid("--expires is a number and s, m, h or d: 12h, 30d", code=_CODE)
    return int(read[1]) * _UNITS[read[2]]


_CODE = "EXPIRES_INVALID"

"""What JSON holds, as a type."""

from __future__ import annotations

from typing import Any, TypeAlias

# A recursive alias would be exact, and would make every access of foreign data a cast.
Json: TypeAlias = Any
JsonObject: TypeAlias = dict[str, Any]

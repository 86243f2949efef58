"""The shape of a reader: from merged data to the caller's answer.

A reader returns the value, or None for a plain null, or NULLED for a null that has been
accounted for and must now rise to the nearest place that may be null. It never gets a hole.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

from c360_federation.project.problems import Place, Problems
from c360_federation.values import Json

Reader: TypeAlias = Callable[[Json, Place, Problems], Json]

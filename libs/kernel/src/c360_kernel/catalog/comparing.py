"""What a condition compares with, in the form in which values are stored."""

from __future__ import annotations

from typing import cast

from c360_kernel.catalog.model import TraitType
from c360_kernel.catalog.text import unified


def comparable(operand: object, trait: TraitType | None) -> object:
    """Text in its one form, a synonym of the trait replaced by what it stands for."""
    if isinstance(operand, list):
        return [comparable(one, trait) for one in cast("list[object]", operand)]
    if not isinstance(operand, str):
        return operand
    text = unified(operand)
    return trait.canonical(text) if trait else text

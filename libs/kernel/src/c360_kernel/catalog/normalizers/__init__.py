"""Identifier values brought to one form, so that equal identifiers are equal text."""

from c360_kernel.catalog.normalizers.normalize import (
    NORMALIZERS,
    Normalizers,
    Refusal,
    normalizers_of,
)

__all__ = ["NORMALIZERS", "Normalizers", "Refusal", "normalizers_of"]

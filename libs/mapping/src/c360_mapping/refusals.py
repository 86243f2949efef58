"""What refuses a whole input, and what refuses one row of it. Messages never hold a value."""

from __future__ import annotations

from c360_kernel.errors import C360Error


class InputRefused(C360Error):
    """The input cannot be read as the mapping says."""

    code = "IMPORT_REFUSED"


class MappingInvalid(InputRefused):
    """The mapping file does not say how to read a file. `line` counts from 1."""

    code = "MAPPING_INVALID"

    def __init__(self, line: int, message: str) -> None:
        super().__init__(f"line {line}: {message}")
        self.line = line


class RowRefused(C360Error):
    """One row cannot be sent; `path` names the field of the item that it would have become."""

    code = "ROW_INVALID"

    def __init__(self, code: str, path: str, message: str) -> None:
        super().__init__(message, code=code)
        self.path = path


def digits_lost(field: str) -> RowRefused:
    """A number that names something is not known to its last digit."""
    return RowRefused("DIGITS_LOST", field, f"{field} is a number that has lost digits")

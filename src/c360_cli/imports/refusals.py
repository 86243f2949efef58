"""What stops an import, and what refuses one row of it. Messages never hold a value."""

from __future__ import annotations

from c360_kernel.errors import C360Error


class ImportRefused(C360Error):
    """The import cannot begin as it was asked for. Nothing was sent."""

    code = "IMPORT_REFUSED"


class MappingInvalid(ImportRefused):
    """The mapping file does not say how to read a file. `line` counts from 1."""

    code = "MAPPING_INVALID"

    def __init__(self, line: int, message: str) -> None:
        super().__init__(f"line {line}: {message}")
        self.line = line


class ImportStopped(C360Error):
    """The instance cannot be reached or takes nothing more; the same command goes on later."""

    code = "IMPORT_STOPPED"


class RowRefused(C360Error):
    """One row cannot be sent; `path` names the field of the item that it would have become."""

    code = "ROW_INVALID"

    def __init__(self, code: str, path: str, message: str) -> None:
        super().__init__(message, code=code)
        self.path = path


def digits_lost(field: str) -> RowRefused:
    """A number that names something is not known to its last digit."""
    return RowRefused("DIGITS_LOST", field, f"{field} is a number that has lost digits")

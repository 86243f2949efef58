"""How many customers one answer may be about before it is taken out in bulk."""

from __future__ import annotations

from c360_kernel.errors import Invalid


class ExportRequired(Invalid):
    """The answer is withheld: so many customers leave by an export, a right of its own."""

    code = "EXPORT_REQUIRED"

    def __init__(self, most: int) -> None:
        super().__init__(f"more than {most} customers in one answer are an export: ask for one")


class ExportRefused(Invalid):
    """Nothing but a query takes anything out."""

    code = "EXPORT_INVALID"

    def __init__(self) -> None:
        super().__init__("an export is a query whose answer comes whole")

"""What stops an import. Messages never hold a value."""

from __future__ import annotations

from c360_kernel.errors import C360Error
from c360_mapping.refusals import InputRefused


class ImportRefused(InputRefused):
    """The import cannot begin, or go on, as it was asked for."""


class ImportStopped(C360Error):
    """The instance cannot be reached or takes nothing more; the same command goes on later."""

    code = "IMPORT_STOPPED"

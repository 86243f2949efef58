"""Identifiers of an accepted item that identify nobody: told, so that they do not just vanish."""

from __future__ import annotations

from collections.abc import Iterator

from c360_kernel.catalog.model import Catalog
from c360_kernel.catalog.normalizers import Refusal, normalizers_of
from c360_kernel.catalog.sections import DEFAULT_REGION
from c360_kernel.payload import AccountUpserted
from c360_kernel.record import Identifier

from c360_gateway.collect.items import Warned
from c360_gateway.collect.kinds import Truth

IDENTIFIER_MALFORMED = "IDENTIFIER_MALFORMED"
IDENTIFIER_BLOCKED = "IDENTIFIER_BLOCKED"
_CODES = {Refusal.MALFORMED: IDENTIFIER_MALFORMED, Refusal.BLOCKED: IDENTIFIER_BLOCKED}


class IdentifierWarnings:
    """Judges identifiers as identity does, by the region of the record's source."""

    def __init__(self, catalog: Catalog) -> None:
        self._of_persons = normalizers_of(catalog)
        self._of_accounts = normalizers_of(catalog.of_accounts)
        self._regions = {name: source.region for name, source in catalog.sources.items()}

    def of(self, payload: Truth) -> tuple[Warned, ...]:
        """A warning for each identifier that joins nobody, in their order."""
        return tuple(self._warned(payload)) if hasattr(payload, "identifiers") else ()

    def _warned(self, payload: Truth) -> Iterator[Warned]:
        region = self._regions.get(payload.record.source, DEFAULT_REGION)
        is_account = isinstance(payload, AccountUpserted)
        normalizers = self._of_accounts if is_account else self._of_persons
        identifiers: tuple[Identifier, ...] = getattr(payload, "identifiers", ())
        for identifier in identifiers:
            answer = normalizers.judge(identifier, region)
            code = _CODES.get(answer) if isinstance(answer, Refusal) else None
            if code is not None:
                yield Warned(code, "identifiers", identifier.type)

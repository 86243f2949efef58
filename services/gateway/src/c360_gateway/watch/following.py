"""Which customer an id stands for, as the profiles tell it."""

from __future__ import annotations

from c360_kernel.payload import ProfileChanged
from c360_kernel.version import Version


class Following:
    """Follows one id through merges and back.

    `current` is the customer the id stands for, "" while its records are gone or belong to
    several customers. Profile tells of an ended customer again whenever its successor changes,
    so what it says of the id asked for decides, in whatever order the customers between are told.
    """

    def __init__(self, wanted: str) -> None:
        self._wanted = wanted
        self._versions: dict[str, Version] = {}
        self.current = wanted

    @property
    def customers(self) -> frozenset[str]:
        """Those whose changes have to be heard."""
        return frozenset((self._wanted, self.current)) - {""}

    def begin_at(self, customer: str) -> None:
        """Take somebody else's word for whom the id stands for, if no profile told it yet."""
        if self._wanted not in self._versions:
            self.current = customer

    def take(self, change: ProfileChanged) -> bool:
        """Whether this changes what is followed; a version that is not newer changes nothing."""
        last = self._versions.get(change.customer)
        if last is not None and change.version <= last:
            return False
        self._versions[change.customer] = change.version
        if change.customer != self._wanted:
            return change.customer == self.current and not change.ended
        return self._moved(change)

    def _moved(self, change: ProfileChanged) -> bool:
        before = self.current
        self.current = change.successor if change.ended else self._wanted
        return self.current != before or not change.ended

"""Deliveries into the log: read, mapped as they are, and what they hint at asked for as a whole."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from c360_connectors.pulling.ports import DeadLetter
from c360_connectors.pulling.taking import Taken, Taking
from c360_connectors.receiving.delivery import DeliveryRefused
from c360_connectors.receiving.fetching import Fetching
from c360_connectors.receiving.receive import Receive
from c360_connectors.receiving.signature import Secrets
from c360_connectors.refusals import ConnectorStopped


@dataclass(frozen=True, slots=True)
class DeliveryTaking:
    """`as_they_are` takes the rows of deliveries, `whole` the things that they hint at.

    `secrets` are those that hold by now, as they are for the door: they may have been replaced.
    """

    receive: Receive
    secrets: Callable[[], Secrets]
    as_they_are: Taking
    whole: Taking
    fetching: Fetching | None = None

    async def bodies(self, bodies: Sequence[bytes]) -> Taken:
        """What became of deliveries, in their order. Raises what asking and taking do."""
        rows, letters = self._rows(bodies)
        taken = [await self.as_they_are.rows(rows)]
        if self.fetching is not None:
            ids, unclear = self.fetching.ids(rows)
            letters += unclear
            taken.append(await self.whole.rows(await self.fetching.rows(ids)))
        counts: Counter[str] = Counter()
        identifiers: Counter[str] = Counter()
        for one in taken:
            counts.update(one.counts)
            identifiers.update(one.identifiers)
        aside = [*letters, *(letter for one in taken for letter in one.aside)]
        return Taken(counts, aside, identifiers)

    def _rows(self, bodies: Sequence[bytes]) -> tuple[list[object], list[DeadLetter]]:
        rows: list[object] = []
        letters: list[DeadLetter] = []
        secrets = self.secrets()
        for body in bodies:
            try:
                content = self.receive.reading.content(body, secrets)
            except DeliveryRefused as error:
                text = body.decode(errors="replace")
                letters.append(DeadLetter(error.code, "", error.message, text))
                continue
            rows += self._found(content, letters)
        return rows, letters

    def _found(self, content: object, letters: list[DeadLetter]) -> Sequence[object]:
        try:
            return self.receive.rows.of(content)
        except ConnectorStopped as error:
            # Of what is asked for it would end a walk; what is sent cannot be asked for again.
            letters.append(DeadLetter(error.code, "", error.message, content))
            return []

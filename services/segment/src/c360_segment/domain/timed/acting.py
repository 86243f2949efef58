"""For whom a person acts: links to accounts that hold at the present."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from c360_segment.domain.linked import Link
from c360_segment.domain.timed.happenings import Happening, Moment


@dataclass(frozen=True, slots=True)
class Acting:
    """A link to an account holds, of a kind and with a role ("": any)."""

    kind: str = ""
    role: str = ""

    @property
    def happenings(self) -> tuple[Happening, ...]:
        """What it looks at: no event."""
        return ()

    def means(self, link: Link) -> bool:
        """Whether a link is one of these, at whatever time."""
        return self.kind in ("", link.kind) and self.role in ("", link.role)

    def among(self, moment: Moment) -> Sequence[Link]:
        """Those that hold at a moment."""
        return [one for one in moment.links if self.means(one) and one.holds_at(moment.now)]

    def holds(self, moment: Moment, /) -> bool:
        """Whether one does."""
        return bool(self.among(moment))

    def changes_at(self, moment: Moment) -> int | None:
        """When it may be another by itself: where one begins or ends."""
        bounds = (at for one in moment.links if self.means(one) for at in (one.since, one.until))
        return min((at for at in bounds if at > moment.now), default=None)

    @property
    def plain(self) -> list[object]:
        """It as plain values."""
        return ["account", self.kind, self.role]

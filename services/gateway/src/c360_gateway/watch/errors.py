"""Why a subscription ends before its subscriber wants it to."""

from __future__ import annotations

from c360_federation.execute.transport import TransportError


class Overrun(TransportError):
    """Events came faster than the subscriber took them, and none of them may be left out."""

    code = "SUBSCRIPTION_OVERRUN"
    public_message = "has more events waiting than it keeps for one subscriber"


class Closing(TransportError):
    """This process stops; another one can be asked at once."""

    code = "SUBSCRIPTION_CLOSED"
    public_message = "is being stopped"


class CursorRefused(TransportError):
    """No cursor of these changes: forged, of another list or of another log."""

    code = "CURSOR_INVALID"
    retryable = False
    public_message = "knows no such place to go on from"


class HistorySuppressed(TransportError):
    """Two places are two groups that differ by one customer."""

    code = "SUPPRESSED_SMALL_GROUP"
    retryable = False
    public_message = "tells no history to who is told of no small group"


class LogAway(TransportError):
    """The log cannot be asked now where a cursor stands."""

    public_message = "cannot read the log now"


class SegmentUnknown(TransportError):
    """The segment service cannot be asked now who may hear of a segment."""

    public_message = "cannot find out now whether the segment may be told of"


class CustomerUnknown(TransportError):
    """Identity cannot be asked now whom an id stands for."""

    public_message = "cannot find out now which customer the id stands for"

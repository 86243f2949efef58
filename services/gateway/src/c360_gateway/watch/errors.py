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


class SegmentUnknown(TransportError):
    """The segment service cannot be asked now who may hear of a segment."""

    public_message = "cannot find out now whether the segment may be told of"


class CustomerUnknown(TransportError):
    """Identity cannot be asked now whom an id stands for."""

    public_message = "cannot find out now which customer the id stands for"

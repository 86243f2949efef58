"""What is wrong with a connector, and what ends its run. Messages never hold a value."""

from __future__ import annotations

from c360_kernel.errors import C360Error


class ConnectorInvalid(C360Error):
    """The file does not say how to take from a source."""

    code = "CONNECTOR_INVALID"


class ConnectorStopped(C360Error):
    """The source answers in a way that asking again does not mend: somebody has to look."""

    code = "CONNECTOR_STOPPED"


class Absent(ConnectorStopped):
    """What was asked for is not there, or no more."""

    code = "CONNECTOR_REFUSED"

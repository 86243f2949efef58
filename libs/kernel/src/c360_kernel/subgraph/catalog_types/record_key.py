"""The tag of what a source calls a person or a message.

Sources choose these names themselves, so they may be a phone number or an openid: they are
classified like one, and nullable like everything classified.
"""

from __future__ import annotations

from typing import Annotated, Any

import strawberry

RECORD_KEY = "record_key"

RecordKeyArgument = Annotated[
    str,
    strawberry.federation.argument(
        tags=[RECORD_KEY], description="The source's own key for the person."
    ),
]
"""An argument that is such a name: to look up by it takes the right to read it."""


def record_key_field(description: str) -> Any:  # noqa: ANN401 - Strawberry's field fits any type
    """A field that is such a name."""
    return strawberry.federation.field(tags=[RECORD_KEY], description=description)

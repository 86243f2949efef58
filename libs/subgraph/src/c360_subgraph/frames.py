"""What an error keeps alive: every frame that it passed, and all that these were working on."""

from __future__ import annotations

from collections.abc import Iterable

from graphql import GraphQLError


def forget_frames(errors: Iterable[BaseException]) -> None:
    """Take the frames from errors that have been told, and from all that they come from.

    A frame leads to its run, which leads to its errors: in a circle, which only a collection of
    garbage finds.
    """
    waiting, known = list(errors), set[int]()
    while waiting:
        error = waiting.pop()
        if id(error) in known:
            continue
        known.add(id(error))
        error.__traceback__ = None
        origin = error.original_error if isinstance(error, GraphQLError) else None
        sources = (error.__cause__, error.__context__, origin)
        waiting.extend(source for source in sources if source is not None)

"""What a reply of a subgraph has to look like, before anything of it is used."""

from __future__ import annotations

from c360_federation.execute.transport import SubgraphResponse
from c360_federation.holes import ResponsePlace
from c360_federation.values import Json, JsonObject


def is_usable(response: object) -> bool:
    """Whether this is a GraphQL response: data or errors, each of its shape."""
    if not isinstance(response, SubgraphResponse):
        return False
    data: object = response.data
    errors: Json = response.errors
    if type(data) is dict and type(errors) is list and not errors:
        return True
    if errors is not None and errors != [] and not is_list_of_objects(errors):
        return False
    return isinstance(data, dict) or (data is None and bool(errors))


def is_list_of_objects(value: Json) -> bool:
    """Whether `errors` has the shape that the specification gives it."""
    return isinstance(value, list) and all(isinstance(one, dict) for one in value)


def path_of(error: JsonObject) -> ResponsePlace:
    """The path that a subgraph reported; empty when it is none."""
    path: Json = error.get("path")
    if not isinstance(path, list):
        return ()
    return tuple(path) if all(map(_is_step, path)) else ()


def _is_step(step: Json) -> bool:
    return isinstance(step, str) or (isinstance(step, int) and not isinstance(step, bool))

import sqlite3
from collections.abc import Callable, Sequence

import orjson
import pytest
from c360_kernel.conditions.sqlite import sql_of
from c360_kernel.conditions.tree import ValueCondition, Values

Asking = Callable[[ValueCondition, Sequence[Values]], list[bool]]


@pytest.fixture(scope="session")
def said_by_sql() -> Asking:
    """What SQLite says of a condition and each of some values."""
    database = sqlite3.connect(":memory:")

    def stated(condition: ValueCondition, population: Sequence[Values]) -> list[bool]:
        parameters: dict[str, object] = {}

        def bind(value: object) -> str:
            name = f"p{len(parameters)}"
            parameters[name] = value
            return f":{name}"

        rows = bind(orjson.dumps([orjson.dumps(one).decode() for one in population]).decode())
        sql = f"SELECT {sql_of(condition, 'v.value', bind)} FROM json_each({rows}) v ORDER BY key"
        found = [one for (one,) in database.execute(sql, parameters)]
        assert all(one in (0, 1) and one is not None for one in found)
        return [one == 1 for one in found]

    return stated

"""What the driver's errors mean to us."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager

from c360_kernel.errors import C360Error, Conflict, Invalid, Misaddressed, Transient
from neo4j.exceptions import AuthError, ConstraintError, DriverError, Neo4jError

TIMED_OUT = "STORE_TIMEOUT"
_TIMED_OUT = ("TransactionTimedOut", "TransactionTimedOutClientConfiguration", "LockClientStopped")
_NO_DATABASE = ("Database.DatabaseNotFound", "Database.IllegalAliasChain")
_OVERTAKEN = (
    "DeadlockDetected",
    "ConstraintValidationFailed",
    "EntityNotFound",
    "EquivalentSchemaRuleAlreadyExists",
)


@contextmanager
def store_errors() -> Generator[None]:
    """Turn the driver's errors into ours, without the driver's text: it may quote values."""
    try:
        yield
    except (UnicodeEncodeError, OverflowError):
        raise Invalid("the store cannot hold a value", code="STORE_VALUE") from None
    except Neo4jError as error:
        raise _answered(error) from None
    except (DriverError, OSError, TimeoutError):
        raise Transient("a store cannot answer now", code="STORE_UNAVAILABLE") from None


def _answered(error: Neo4jError) -> C360Error:
    code = error.code or ""
    if isinstance(error, ConstraintError) or code.endswith(_OVERTAKEN):
        return Conflict("somebody else was at the same customers", code="STORE_CONTENDED")
    if isinstance(error, AuthError):
        return Misaddressed("a store refuses its login", code="STORE_LOGIN")
    if code.endswith(_NO_DATABASE):
        return Misaddressed("a store's server has no such database", code="STORE_DATABASE")
    if code.endswith(_TIMED_OUT):
        return Transient("a store took too long", code=TIMED_OUT)
    # Also what an administrator has to put right: entries wait for it, they are not put aside.
    # A code of the server's quotes nothing.
    return Transient(f"a store cannot answer now ({code})", code="STORE_UNAVAILABLE")

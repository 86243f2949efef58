"""Operations compiled to Python closures; what is not compiled runs on graphql-core.

A compiled operation answers what graphql-core would: the same data, the same
errors at the same paths in the same order, and the same awaitables gathered
together, so that data loaders batch alike.
"""

from c360_subgraph.operations import Operations

__all__ = ["Operations"]

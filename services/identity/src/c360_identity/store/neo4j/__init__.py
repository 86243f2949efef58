"""The evidence graph on Neo4j (5.26 or later, Community suffices). Only this package imports it."""

from c360_identity.store.neo4j.address import Address, parse_address
from c360_identity.store.neo4j.store import Neo4jIdentityStore, open_aside, open_store

__all__ = ["Address", "Neo4jIdentityStore", "open_aside", "open_store", "parse_address"]

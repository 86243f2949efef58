"""Serving a service's GraphQL schema as a federation subgraph."""

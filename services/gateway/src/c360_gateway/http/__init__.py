"""The HTTP side: GraphQL as raw ASGI, and a query explorer that needs no network."""

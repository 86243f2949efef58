"""The policy tables as the engine asks them, over the graph and the catalog in use."""

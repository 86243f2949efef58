"""The executor: fetches run, answers merged, transports to subgraphs."""

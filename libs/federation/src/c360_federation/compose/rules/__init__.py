"""What subgraphs must keep to, one family of rules a file."""

"""Subgraph out: accounts, their people, and a customer's accounts."""

from c360_account.graph.schema import account_subgraphs

__all__ = ["account_subgraphs"]

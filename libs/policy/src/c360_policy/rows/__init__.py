"""Whom and how many a role is told of: row rules, consents, smallest groups, budgets."""

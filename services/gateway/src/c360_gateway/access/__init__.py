"""Who saw what, who may see what, and why somebody does not: what auditors ask."""

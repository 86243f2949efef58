"""The catalog: what a company says it holds."""

"""Scored matching: evidence of likeness, where no equal identifier connects two records."""

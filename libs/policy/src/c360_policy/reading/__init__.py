"""A policy's text: read strictly, checked whole, sealed, its names held against what is known."""

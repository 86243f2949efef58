"""Rows of files and items of the API: a mapping says how the ones become the others."""

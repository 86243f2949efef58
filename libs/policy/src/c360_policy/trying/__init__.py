"""A policy tried before it is used: tested, explained, compared, looked through."""

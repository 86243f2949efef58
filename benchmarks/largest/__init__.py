"""A customer of very many records, what changes of it and what is asked of it."""

"""Why records are one customer, on the command line: asked of an instance, said and drawn."""

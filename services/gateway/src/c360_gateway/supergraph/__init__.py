"""Where the supergraph comes from, and keeping it fresh."""

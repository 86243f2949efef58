"""The log in: what is to be sent; and out: asked for at that moment, signed and sent."""

"""Who asks: bearer tokens in, principals out."""

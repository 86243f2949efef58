"""What changed since a place, in pages: for whoever keeps a copy of what is here."""

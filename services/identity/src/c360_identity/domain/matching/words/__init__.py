"""Word lists that ship with the matching: titles, nicknames, abbreviations."""

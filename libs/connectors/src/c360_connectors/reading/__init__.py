"""YAML in: a connector, or what is wrong with its file and where."""

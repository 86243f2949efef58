"""A source in one YAML file: how it is asked, and what its rows become."""

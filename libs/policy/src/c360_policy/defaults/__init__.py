"""The policy that ships with the package, copied to a data directory at first start."""

"""Policies tried before they are used, on the files of an instance."""

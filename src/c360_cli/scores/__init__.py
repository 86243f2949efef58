"""Models of buying fitted on the files of an instance, and what is printed of them."""

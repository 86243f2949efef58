"""The identity store's contract suite and the plain model it is held against."""

"""The one condition language: what a tree of tests means, how it is read, checked and compiled."""

"""Requests that leave the house: to addresses that may be reached, and nowhere else."""

"""What an operator does with what is on record."""

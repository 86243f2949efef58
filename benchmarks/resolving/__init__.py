"""What `identity.py` measures: data sets, the product, the truth, and Splink."""

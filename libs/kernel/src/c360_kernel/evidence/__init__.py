"""The evidence engine: which records are one subject, by what they carry. Pure and order-neutral.

Customers and accounts are both made by it, each of records of their own: a service that solves one
never sees the evidence of the other.
"""

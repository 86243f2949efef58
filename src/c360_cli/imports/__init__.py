"""`c360 import`: files of records, events or consents into a running instance.

A file is surveyed once (readable, every mapped column there) before anything is
sent; then its rows are mapped, sent in batches and answered one by one.
"""

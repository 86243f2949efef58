"""Finding customers by words of their names and addresses.

Everything here is sets of keys: a value has keys, a word that is searched for names the keys that
it is found by. So every store that can look keys up finds the same customers.
"""

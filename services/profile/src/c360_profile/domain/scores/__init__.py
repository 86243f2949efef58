"""What customers are likely to do: how often, how recently and how well they buy, and go on buying.

Models, their fit by maximum likelihood and how they are held against what happened; no store.
"""

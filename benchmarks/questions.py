"""What the benchmarks of our own instance ask."""

ONE_CUSTOMER = """query ($source: String!, $key: String!) {
  customerByRecord(source: $source, key: $key) {
    id
    identifiers { phone email }
    profile { name phone city loyaltyTier }
    segments { name title }
  }
}"""
"""One customer through all three subgraphs."""

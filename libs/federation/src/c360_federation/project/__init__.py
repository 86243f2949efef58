"""The projection: merged data in, the answer as the specification shapes it out."""

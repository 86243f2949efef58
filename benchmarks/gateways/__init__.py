"""What `gateway.py` needs: worlds with plain subgraphs, the gateways, and how they are measured."""

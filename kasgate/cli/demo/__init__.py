"""``kasgate demo``: a gateway, a simulated network, a shop, and a month of example orders."""

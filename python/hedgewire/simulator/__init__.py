"""Local venues: servers that speak each exchange's own protocols, for development, demonstration and tests.

Imports nothing of the client side: an oracle that shared the client's codec could not find the client's faults.
"""

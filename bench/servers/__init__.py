"""Venues that do nothing but answer fast, each in a process of its own: what is measured is the client."""

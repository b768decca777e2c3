"""Venues: configuration, constants and factories; what differs, and nothing else."""

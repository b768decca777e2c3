"""The pair strategy."""

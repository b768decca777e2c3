"""The wire faces of the local venues, one package per venue, written from the venue's documents."""

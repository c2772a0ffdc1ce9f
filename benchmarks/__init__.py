"""Trakt beside its peers: see README.md."""

"""Symbolize the addresses of a crash."""

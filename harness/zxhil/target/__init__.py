"""Targets: kernels, boards, and hosts, each with a name in a TOML file."""

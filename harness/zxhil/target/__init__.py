"""What a user has: kernels, boards and hosts, each by a name in a TOML file."""

"""Known divergences: a TOML file of a kernel's known divergences from its pages, with reasons."""

"""Known divergences: a TOML file of what a kernel is known to do against its pages, and why."""

"""From the addresses of a crash to functions and source lines."""

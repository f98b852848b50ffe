"""The transports: how a guest test gets onto a kernel, and how its output comes back."""

"""The ways in: how a guest test gets onto a kernel, and how what it prints comes back."""

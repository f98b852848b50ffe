"""The Zircon ABI as facts: status values, rights, object types, signals, layouts, calls.

Each number is defined once, here; the C header of the guest tests is generated from these modules.
"""

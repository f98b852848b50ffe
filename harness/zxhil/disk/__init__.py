"""Reading files that may be untrusted, damaged, or of another version.

`files` reads within limits, `shape` checks JSON against a schema, `lines` and `seal` find damage
that a schema does not see.
"""

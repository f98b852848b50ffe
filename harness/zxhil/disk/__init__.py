"""What lies on the disk, read as what it is: other people's, damaged, or of another age.

`files` reads within limits, `shape` checks JSON against a schema, `lines` and `seal` find damage
that a schema does not see.
"""

"""``zxhil sweep``: the suite on many kernels, into a history (docs/sweep.md).

`kernels` chooses them, `runner` builds and runs them with the parts of `zxhil.bisect`, `attempts`
remembers what was done, and `changes` compares neighbours.
"""

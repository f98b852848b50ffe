"""A history of runs in one SQLite file (docs/history.md): what it holds, and questions to it.

`store` opens the file, `add` writes a run into it, `questions` and `site` only read.
"""

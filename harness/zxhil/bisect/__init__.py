"""Bisection: from "it differs" to the change that did it.

`search` decides from verdicts alone what to look at next; `runner` builds or fetches candidates,
looks at them and writes each answer into a `session`; `report` tells the result.
"""

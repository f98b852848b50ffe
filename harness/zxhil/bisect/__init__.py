"""Bisection: from "it differs" to the change that did it.

`search` decides from verdicts alone what to test next; `runner` builds or fetches candidates,
tests them and writes each result into a `session`; `report` renders the outcome.
"""

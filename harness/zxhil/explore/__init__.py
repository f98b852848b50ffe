"""Sequences of calls that no person wrote: made by the model, run on a kernel, judged, reduced."""

"""Reports: what a run found out, for people and for other programs."""

"""What a run has found, written for people and for machines: one module a format."""

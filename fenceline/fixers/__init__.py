"""Rewriting source so that a hazard is gone and nothing else has changed."""

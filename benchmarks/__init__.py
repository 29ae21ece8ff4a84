"""Fenceline beside other linters: how long they take, how much memory, and how that grows with the tree."""

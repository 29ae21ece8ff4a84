"""Fenceline finds concurrency bugs between processes in Python code, and shows the interleaving."""

__version__ = "0.1.0"

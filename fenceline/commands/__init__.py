"""The commands of the program, a module each; :mod:`fenceline.cli` puts them together."""

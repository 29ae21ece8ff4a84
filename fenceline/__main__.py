"""``python -m fenceline``."""

from fenceline.cli import main

if __name__ == "__main__":
    main()

"""``python -m fenceline``."""

from fenceline.start import main

if __name__ == "__main__":
    main()

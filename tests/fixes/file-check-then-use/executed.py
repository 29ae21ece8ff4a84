import os
import shutil
from pathlib import Path

ROOT = "/tmp/fenceline-shared"


def exports():
    if not os.path.isdir(ROOT):
        os.mkdir(ROOT)


def images():
    folder = Path(ROOT) / "images"
    if not folder.exists():
        folder.mkdir()

"""Takes the pictures under ``docs/images``: ``python docs/screenshots.py``.

They show the example project: the HTML report by day, by night and on a phone, one finding in full, and the terminal.
Needs playwright (in the ``test`` extra) and a Chromium; ``CHROMIUM`` says where it is, if not at /usr/bin/chromium.
"""

from __future__ import annotations

import html
import os
import pty
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from playwright.sync_api import sync_playwright

ROOT = Path(__file__).resolve().parents[1]
SHOP = ROOT / "examples" / "shop"
IMAGES = ROOT / "docs" / "images"
CHROMIUM = os.environ.get("CHROMIUM", "/usr/bin/chromium")
TERMINAL = ["check", "shop/billing.py", "shop/tasks.py", "--select", "FEN403,FEN203", "--show-fixes"]
COLUMNS = "124"
SCALE = 1.25
ALL_DRAWN = "for (const one of document.querySelectorAll('.file, .finding')) one.style.contentVisibility = 'visible'"


def main() -> None:
    """Take all pictures."""
    IMAGES.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as started:
        page = Path(folder) / "report.html"
        fenceline = [sys.executable, "-m", "fenceline", "report", str(SHOP), "--root", str(SHOP)]
        subprocess.run([*fenceline, "--output", str(page), "--quiet"], check=True, cwd=ROOT)
        terminal = Path(folder) / "terminal.html"
        terminal.write_text(_terminal_page(), encoding="utf-8")
        browser = started.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"])
        for name, options in _pictures().items():
            _take(browser, page.as_uri(), IMAGES / f"{name}.png", **options)
        _take(browser, terminal.as_uri(), IMAGES / "terminal.png", width=1200, only="pre", scheme="dark")
        browser.close()


def _pictures() -> dict[str, dict[str, Any]]:
    wide, phone = {"width": 1280, "height": 1000}, {"width": 375, "height": 1100}
    return {
        "report-light": wide,
        "report-dark": {**wide, "scheme": "dark", "does": [_opened("FEN304"), _in_sight("FEN304")]},
        "report-narrow": {**phone, "does": [_opened("FEN403"), _in_sight("FEN403")]},
        "report-finding": {**wide, "height": 1800, "only": "[data-rule=FEN401]", "does": [_opened("FEN401")]},
    }


def _opened(rule: str) -> str:
    return f"document.querySelector('[data-rule={rule}].finding').firstElementChild.open = true"


def _in_sight(rule: str) -> str:
    return f"document.querySelector('[data-rule={rule}].finding').scrollIntoView()"


def _take(
    browser: Any,
    address: str,
    to: Path,
    *,
    width: int,
    height: int = 900,
    scheme: str = "light",
    only: str = "",
    does: list[str] | None = None,
) -> None:
    """One picture: of what is to be seen, or of one element; ``does`` is run in the page before."""
    page = browser.new_page(viewport={"width": width, "height": height}, color_scheme=scheme, device_scale_factor=SCALE)
    page.goto(address)
    for script in [ALL_DRAWN, *(does or [])]:
        page.evaluate(script)
    page.wait_for_timeout(300)
    (page.locator(only).first if only else page).screenshot(path=to)
    page.close()
    print(f"{to.relative_to(ROOT)}: {to.stat().st_size // 1024} KiB")  # noqa: T201 - a script says what it does


def _terminal_page() -> str:
    """What the program prints on a terminal, as a page."""
    shown = "".join(_as_markup(_printed()))
    style = (
        "body{margin:0;background:#15171b}pre{width:calc(124ch + 56px);margin:0;padding:22px 28px;background:#15171b;"
        "white-space:pre-wrap;line-break:anywhere;box-sizing:border-box;"
        "color:#d8d6d1;font:13px/1.5 'DejaVu Sans Mono','Liberation Mono',monospace}.b{font-weight:700}.d{opacity:.62}"
        ".i{font-style:italic}.c31{color:#ff8f83}.c32{color:#7fd3a0}.c33{color:#eab454}.c34{color:#8fbdf3}"
        ".c36{color:#74cfd6}"
    )
    command = html.escape(f"$ fenceline {' '.join(TERMINAL)}")
    return (
        f"<!doctype html><meta charset=utf-8><style>{style}</style><pre><span class=b>{command}</span>\n{shown}</pre>"
    )


def _printed() -> str:
    """The output of the program on a terminal."""
    master, slave = pty.openpty()
    env = {**os.environ, "COLUMNS": COLUMNS, "TERM": "xterm-256color", "PYTHONPATH": str(ROOT)}
    env.pop("NO_COLOR", None)
    command = [sys.executable, "-m", "fenceline", *TERMINAL, "--root", "."]
    with subprocess.Popen(command, cwd=SHOP, env=env, stdout=slave, stderr=subprocess.DEVNULL, stdin=slave):
        os.close(slave)
        parts = []
        while True:
            try:
                parts.append(os.read(master, 4096))
            except OSError:  # the program has ended
                break
    return b"".join(parts).decode().replace("\r\n", "\n")


def _as_markup(text: str) -> Iterator[str]:
    """Text with the colours of a terminal as spans."""
    names = {"1": "b", "2": "d", "3": "i"}
    classes: set[str] = set()
    for number, part in enumerate(re.split(r"\x1b\[([\d;]*)m", text)):
        if not number % 2:
            yield (
                f'<span class="{" ".join(sorted(classes))}">{html.escape(part)}</span>'
                if classes
                else html.escape(part)
            )
            continue
        for code in part.split(";"):
            if code in {"", "0"}:
                classes.clear()
            else:
                classes.add(names.get(code, f"c{code}"))


if __name__ == "__main__":
    main()

"""The command line: the commands put together, and every way out with its exit code.

What a command needs is imported when it runs, so that ``--help`` and ``--version`` answer at once.
"""

from __future__ import annotations

import os
import sys
from typing import NoReturn

import click

from fenceline import __version__
from fenceline.commands.about import explain, rules
from fenceline.commands.check import check, fix
from fenceline.commands.fleet import fleet
from fenceline.commands.models import models
from fenceline.commands.report import report
from fenceline.commands.running import FAILED, INTERRUPTED
from fenceline.interrupts import Interrupted, end_on_signals


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110})
@click.version_option(__version__, prog_name="fenceline", message="%(prog)s %(version)s")
def cli() -> None:
    """Find concurrency bugs between processes in Python code, and see the interleaving that shows each."""


for _command in (check, fix, fleet, report, explain, rules, models):
    cli.add_command(_command)


def main() -> NoReturn:
    """The entry point of the program: every way out has its exit code, and none shows a traceback."""
    try:
        end_on_signals()
        cli.main(prog_name="fenceline", standalone_mode=False)
    except click.exceptions.Exit as exit_:
        sys.exit(exit_.exit_code)
    except click.ClickException as error:
        error.show()
        sys.exit(FAILED)
    except Interrupted as interrupted:
        end_of_line = "\n" if sys.stderr.isatty() else ""  # behind what the terminal shows of the key
        click.echo(f"{end_of_line}fenceline: {interrupted}", err=True)
        sys.exit(interrupted.exit_code)
    except (click.Abort, KeyboardInterrupt):
        sys.exit(INTERRUPTED)
    except BrokenPipeError:  # the reader has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(FAILED)
    except Exception as error:
        if os.environ.get("FENCELINE_DEBUG") == "1":
            raise
        click.echo(f"fenceline: internal error: {type(error).__name__}: {error}", err=True)
        sys.exit(FAILED)
    sys.exit(0)

"""``fenceline explain`` and ``fenceline rules``: what the rules say of themselves."""

from __future__ import annotations

import sys

import click

from fenceline.commands.running import Failure
from fenceline.terminal import colour_allowed, terminal_width, write_out


@click.command()
@click.argument("rule", metavar="CODE|NAME")
def explain(rule: str) -> None:
    """What a rule claims, when the code is fine, and what the program says and makes of its examples."""
    from fenceline.report.pages import WIDTH, on_terminal, page
    from fenceline.rules import all_rules
    from fenceline.selection import UnknownSelectorError, rule_called

    try:
        found = rule_called(all_rules(), rule)
    except UnknownSelectorError as error:
        raise Failure(str(error)) from error
    write_out(on_terminal(page(found, terminal_width(sys.stdout) or WIDTH)), colour=colour_allowed(sys.stdout))


@click.command()
@click.option("--output-format", "--format", "output_format", type=click.Choice(["text", "json"]), default="text")
def rules(output_format: str) -> None:
    """List the rules."""
    from fenceline.report.rules import listed_as_json, listed_as_text
    from fenceline.rules import all_rules

    listed = listed_as_json if output_format == "json" else listed_as_text
    write_out(listed(all_rules()), colour=colour_allowed(sys.stdout))

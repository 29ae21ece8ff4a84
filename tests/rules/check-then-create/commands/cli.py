import click
from setup import first_harbour, first_pier


@click.group()
def harbour():
    pass


@harbour.command()
def install():
    first_harbour("north")
    first_pier("a")


@harbour.group("pier")
def piers():
    pass


@piers.command("make")
@click.argument("name")
def make_pier(name):
    first_pier(name)

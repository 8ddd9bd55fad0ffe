"""`instructory secrets`: what docker-compose.yml reads from .env, drawn at random."""

import secrets

import click

NAMES = ("POSTGRES_PASSWORD", "REDIS_PASSWORD")


def print_secrets() -> None:
    """Print one NAME=value a line. Hexadecimal: nothing in it needs quoting in an address or a file."""
    for name in NAMES:
        click.echo(f"{name}={secrets.token_hex(24)}")
    click.echo(f"PREFECT_AUTH=admin:{secrets.token_hex(18)}")

"""The ``hedgewire`` command: data on stdout, everything else on stderr, one exit code per kind of failure."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence

import click

from hedgewire import __version__
from hedgewire.cli.exit_codes import ExitCode
from hedgewire.cli.lazy import LazyCommand, LazyGroup, UnknownCommandError
from hedgewire.errors import HedgewireError

COMMANDS = {
    "demo": LazyCommand("hedgewire.cli.demo", "demo", "Trade pair cycles against local venues, and draw the run."),
    "doctor": LazyCommand(
        "hedgewire.cli.doctor", "doctor", "Check toolchain, extension, keys' format, clock and endpoints."
    ),
    "sim": LazyCommand("hedgewire.cli.sim", "sim", "Serve a local venue until Ctrl-C; print its addresses and keys."),
    "venue": LazyCommand("hedgewire.cli.venue", "venue", "Show what hedgewire knows about a venue."),
}


@click.group(
    cls=LazyGroup,
    lazy=COMMANDS,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110},
    epilog="Exit codes: 0 ok, 1 no, 2 usage, 3 venue unreachable, 4 credentials, 5 risk stop or not flat, "
    "6 timeout, 7 internal, 130 interrupted.",
)
@click.version_option(__version__, prog_name="hedgewire", message="%(prog)s %(version)s")
def cli() -> None:
    """Perpetual-futures venues for NautilusTrader, a delta-neutral pair strategy, and local venues to test on."""


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line and return its exit code. Nothing escapes as a traceback unless it was asked for."""
    try:
        outcome = cli.main(
            args=list(sys.argv[1:] if argv is None else argv), prog_name="hedgewire", standalone_mode=False
        )
    except HedgewireError as error:
        click.echo(error.render(), err=True)
        return error.exit_code
    except click.exceptions.NoArgsIsHelpError as error:
        click.echo(error.format_message(), err=True)
        return ExitCode.USAGE
    except click.ClickException as error:
        click.echo(_render_usage(error), err=True)
        return ExitCode.USAGE
    except (click.Abort, KeyboardInterrupt):
        click.echo("error: interrupted", err=True)
        return ExitCode.INTERRUPTED
    except BrokenPipeError:
        # The reader of stdout left (`hedgewire ... | head`). Python would complain again while flushing at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return ExitCode.NEGATIVE
    except Exception as error:  # noqa: BLE001  the last door: a bug must end as a message and code 7
        return _report_bug(error)
    return int(outcome) if isinstance(outcome, int) else ExitCode.OK


def _render_usage(error: click.ClickException) -> str:
    """Turn click's complaint into our two lines."""
    message, hint = error.format_message().split("\n")[0].rstrip("."), None
    if isinstance(error, UnknownCommandError):
        hint = error.hint
    elif isinstance(error, click.NoSuchOption):
        message = f"unknown option: {error.option_name}"
        hint = _nearest(error.option_name, _options_of(error.ctx))
    if isinstance(error, click.MissingParameter):
        message = message.split(". ")[0]
    if isinstance(error, click.BadParameter) and error.param is not None and isinstance(error.param.type, click.Choice):
        hint = f"one of: {', '.join(map(str, error.param.type.choices))}"
    if hint is None and isinstance(error, click.UsageError) and error.ctx is not None:
        hint = f"'{error.ctx.command_path} --help' shows what is accepted"
    return HedgewireError(message, hint=hint).render()


def _options_of(ctx: click.Context | None) -> list[str]:
    if ctx is None:
        return []
    return [name for param in ctx.command.get_params(ctx) if isinstance(param, click.Option) for name in param.opts]


def _nearest(name: str, known: Sequence[str]) -> str | None:
    from difflib import get_close_matches

    near = get_close_matches(name, known, n=1, cutoff=0.5)
    return f"did you mean '{near[0]}'?" if near else None


def _report_bug(error: Exception) -> int:
    if os.environ.get("HEDGEWIRE_TRACEBACK"):
        import traceback

        traceback.print_exception(error)
    bug = HedgewireError(
        "internal: hedgewire failed in a way it does not know",
        f"{type(error).__name__}: {error}",
        hint="run it again with HEDGEWIRE_TRACEBACK=1 and report what it prints",
    )
    click.echo(bug.render(), err=True)
    return ExitCode.INTERNAL


if __name__ == "__main__":
    sys.exit(main())

"""``hedgewire doctor``: is this machine ready, line by line, with a hint where it is not."""

from __future__ import annotations

import sys
from concurrent.futures import ThreadPoolExecutor

import click

from hedgewire.cli import checks, reach
from hedgewire.cli.checks import Finding, Status
from hedgewire.cli.exit_codes import ExitCode
from hedgewire.cli.output import print_json
from hedgewire.errors import HedgewireError

_COLOURS = {Status.OK: "green", Status.WARN: "yellow", Status.FAIL: "red"}


@click.command()
@click.option("--json", "json_output", is_flag=True, help="Print JSON.")
@click.option("--offline", is_flag=True, help="Ask no endpoint; check this machine only.")
@click.option(
    "--endpoint", metavar="URL", default=None, help="Check this gateway, for example a local venue's, and require it."
)
@click.option(
    "--venue", type=click.Choice(tuple(reach.CLOCKS)), default="nado", show_default=True, help="Whose gateway that is."
)
def doctor(json_output: bool, offline: bool, endpoint: str | None, venue: str) -> int:
    """Check toolchain, extension, keys' format, clock and endpoints. Exit 1 if any fails; only the time is asked."""
    if offline and endpoint is not None:
        raise click.UsageError("--offline and --endpoint exclude each other")
    findings = [*local_findings(), *([] if offline else endpoint_findings(endpoint, venue))]
    failed = any(finding.status is Status.FAIL for finding in findings)
    if json_output:
        print_json({"ok": not failed, "checks": [finding._asdict() for finding in findings]})
    else:
        _print(findings)
    return ExitCode.NEGATIVE if failed else ExitCode.OK


def local_findings() -> list[Finding]:
    """Everything that this machine alone can answer."""
    return [
        checks.check_python(),
        checks.check_nautilus(),
        checks.check_extension(),
        *(checks.check_tool(name) for name in ("cargo", "rustc", "gcc")),
        *checks.check_keys(),
        checks.check_loopback(),
        checks.check_disk(),
    ]


def endpoint_findings(endpoint: str | None, venue: str = "nado") -> list[Finding]:
    """The given gateway, which must answer; or the venues' own, which only real trading needs."""
    if endpoint is not None:
        return reach.check_endpoint("given", endpoint, venue, required=True)
    try:
        gateways = reach.gateways()
    except HedgewireError as error:
        return [Finding("endpoints", Status.FAIL, error.message, error.hint)]
    with ThreadPoolExecutor(max_workers=len(gateways)) as pool:
        answers = pool.map(
            lambda one: reach.check_endpoint(f"{one.venue} {one.environment}", one.url, one.venue, required=False),
            gateways,
        )
        return [finding for findings in answers for finding in findings]


def _print(findings: list[Finding]) -> None:
    width = max(len(finding.name) for finding in findings)
    for finding in findings:
        status = finding.status.value.ljust(4)
        if sys.stdout.isatty():
            status = click.style(status, fg=_COLOURS[finding.status])
        click.echo(f"{status}  {finding.name.ljust(width)}  {finding.detail}")
        if finding.hint is not None:
            click.echo(f"{'':4}  {'':{width}}  hint: {finding.hint}")

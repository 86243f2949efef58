"""The `profile` subcommands: models of what customers are likely to buy."""

from __future__ import annotations

import asyncio
import json
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from c360_cli.api.asking import Api, Token, Url
from c360_cli.catalogs import instance_as_it_is
from c360_cli.commands.model_files import keep_model, refuse_taken
from c360_cli.commands.options import DEFAULT_DATA, Data
from c360_cli.directory import DataDirectory
from c360_cli.recording import by_operator, on_record, put_on_record_if_possible

if TYPE_CHECKING:
    from c360_cli.scores.fitting import Fitted, Wanted

_EPOCH = date(1970, 1, 1).toordinal()
Purpose = Annotated[str, typer.Option(help="Of customers who have granted this purpose alone.")]
app = typer.Typer(rich_markup_mode=None, no_args_is_help=True)


@app.callback()
def begin() -> None:
    """Say what customers are likely to buy."""


@app.command()
def fit(
    version: Annotated[
        str | None, typer.Option(help="What it is called; else the day that it ends on.")
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option(help="File to write to; else scores/VERSION.json in the data directory."),
    ] = None,
    event: Annotated[str, typer.Option(help="The event that is a purchase.")] = "order_completed",
    amount: Annotated[str, typer.Option(help="Its property that says what was paid.")] = "amount",
    currency: Annotated[
        str, typer.Option(help="Of purchases that say a `currency`, those in this one alone.")
    ] = "",
    purpose: Purpose = "",
    until: Annotated[
        datetime | None,
        typer.Option(formats=["%Y-%m-%d"], help="The last day of all; else the last purchase's."),
    ] = None,
    split: Annotated[
        datetime | None,
        typer.Option(formats=["%Y-%m-%d"], help="The last day known at the evaluation; else half."),
    ] = None,
    data: Data = DEFAULT_DATA,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object.")] = False,
) -> None:
    """Fit BG/NBD and Gamma-Gamma to the purchases of an instance, and say how well they predict.

    In what the model is worse than none is said, too. The file holds no customer.
    """
    from c360_profile.domain.scores.model import PurchaseEvent  # noqa: PLC0415 - only here

    from c360_cli.scores.fitting import Wanted  # noqa: PLC0415

    DataDirectory(data).require()
    days = _day(split), _day(until)
    purchase = PurchaseEvent(event, amount, currency)
    wanted = Wanted(version or "", purchase, *days, purpose)
    found, path = _on_record(data, wanted, out)
    _print(found, path, as_json=as_json)


@app.command()
def score(
    model: Annotated[Path, typer.Argument(metavar="MODEL", help="A file of `profile fit`.")],
    weeks: Annotated[float, typer.Option(min=0.1, max=520, help="How far to look ahead.")] = 26,
    until: Annotated[
        datetime | None,
        typer.Option(formats=["%Y-%m-%d"], help="The last day known; else the last purchase's."),
    ] = None,
    rfm_days: Annotated[
        int | None,
        typer.Option(min=1, help="Quintiles are of buyers in so many days; else of all time."),
    ] = None,
    purpose: Purpose = "",
    data: Data = DEFAULT_DATA,
    url: Url = None,
    token: Token = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object.")] = False,
) -> None:
    """Write what a model expects of each customer as records of the source `insight`.

    Sends to the running instance what differs from what is there. Exits with 1 where something is
    refused. A model that counts no better than none is not written.
    """
    from c360_profile.domain.scores.model_file import load_model  # noqa: PLC0415 - only here

    from c360_cli.scores.saying import Ahead, to_be_said  # noqa: PLC0415
    from c360_cli.scores.sending import send  # noqa: PLC0415

    DataDirectory(data).require()
    chosen, ahead = load_model(model), Ahead(weeks, _day(until), rfm_days)
    with on_record(data, by_operator("export", "scores", version=chosen.version)) as details:
        instance = instance_as_it_is(data)
        said = asyncio.run(to_be_said(instance, chosen, ahead, purpose))
        sent = send(Api(data, url, token), said, chosen.version)
        details["records"] = str(sent.taken)
    found = {"version": chosen.version, "written": sent.taken, "refused": sent.refused}
    told = "".join(f", {count} refused: {code}" for code, count in sent.refused.items())
    typer.echo(json.dumps(found) if as_json else f"{chosen.version}: {sent.taken} written{told}")
    if sent.refused:
        raise typer.Exit(1)


@app.command()
def recompute(
    check: Annotated[
        bool, typer.Option("--check", help="Compare and change nothing; there is no other way.")
    ] = False,
    data: Data = DEFAULT_DATA,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object.")] = False,
) -> None:
    """Compare computed traits, as they are kept, with what a batch over all events gives.

    Says how many customers differ and in which traits, and no value. Exits with 1 where one does.
    """
    from c360_cli.projections.recomputing import compared  # noqa: PLC0415 - only here

    if not check:
        raise typer.BadParameter("computed traits are kept up by themselves: give --check")
    DataDirectory(data).require()
    put_on_record_if_possible(data, by_operator("digest", "computed"))
    found = asyncio.run(compared(instance_as_it_is(data)))
    told = {
        "customers": found.customers,
        "differing": found.differing,
        "traits": dict(sorted(found.traits.items())),
    }
    names = "".join(f", {name} of {count}" for name, count in sorted(found.traits.items()))
    line = f"{found.customers} customers compared, {found.differing} differ{names}"
    typer.echo(json.dumps(told) if as_json else line)
    if found.differing:
        raise typer.Exit(1)


def _on_record(data: Path, wanted: Wanted, out: Path | None) -> tuple[Fitted, Path]:
    """What was fitted, and the file that it was written to."""
    from c360_profile.domain.scores.model_file import model_text, read_model  # noqa: PLC0415

    from c360_cli.scores.fitting import fit as fitted_to  # noqa: PLC0415

    with on_record(data, by_operator("export", "model", version=wanted.version)) as details:
        if out is not None:
            refuse_taken(out)
        found = asyncio.run(fitted_to(instance_as_it_is(data), wanted))
        text = model_text(found.model)
        path = out or data / "scores" / f"{found.model.version}.json"
        read_model(text)
        keep_model(path, text)
        details["version"] = found.model.version
    return found, path


def _print(found: Fitted, path: Path, *, as_json: bool) -> None:
    from c360_cli.scores import wording  # noqa: PLC0415

    text = "\n".join(wording.lines(found, path))
    typer.echo(json.dumps(wording.as_json(found, path), ensure_ascii=False) if as_json else text)


def _day(given: datetime | None) -> int | None:
    """Days since 1970-01-01."""
    return None if given is None else given.date().toordinal() - _EPOCH

"""The command tree."""

from __future__ import annotations

import typer

from monitor.cli import (
    alerts,
    asserting,
    care,
    changes,
    check,
    config,
    conflicts,
    corrections,
    db,
    deadlines,
    deliveries,
    demo,
    demo_services,
    diff,
    doctor,
    explain,
    export,
    facts,
    history,
    import_,
    init,
    reextract,
    replay,
    run,
    silences,
    snapshots,
    sources,
    tokens,
    told,
    web,
    worker,
)

app = typer.Typer(
    name="headwater",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
    help="Watch the official documents of LLM providers and tell when an alias, license, endpoint, price, limit, "
    "capability or shutdown date changes.",
    epilog="Exit status: 0 well, 1 the answer is no, 2 wrong usage, 3 configuration, 4 database, 5 not reachable.",
)
app.command("init")(init.init)
app.command("run")(run.run)
app.command("worker")(worker.worker)
app.command("check")(check.check)
app.command("doctor")(doctor.doctor)
app.command("facts")(facts.facts)
app.command("assert")(asserting.assert_)
app.command("history")(history.history)
app.command("diff")(diff.diff)
app.command("explain")(explain.explain)
app.command("reextract")(reextract.reextract)
app.command("export")(export.export)
app.command("import")(import_.import_)
app.command("replay")(replay.replay)
app.command("demo")(demo.demo)
app.command("demo-upstream")(demo_services.demo_upstream)
app.command("demo-mailbox")(demo_services.demo_mailbox)
db.app.command("backup")(care.backup)
db.app.command("restore")(care.restore)
db.app.command("prune")(care.prune)
alerts.app.command("deliveries")(deliveries.deliveries)
alerts.app.command("resend")(deliveries.resend)
alerts.app.command("channels")(deliveries.channels)
app.add_typer(config.app, name="config")
app.add_typer(sources.app, name="sources")
app.add_typer(snapshots.app, name="snapshots")
app.add_typer(changes.app, name="changes")
app.add_typer(conflicts.app, name="conflicts")
app.add_typer(corrections.app, name="corrections")
app.add_typer(alerts.app, name="alerts")
app.add_typer(silences.app, name="silences")
app.add_typer(deadlines.app, name="deadlines")
alerts.app.command("explain")(told.explain)
alerts.app.command("preview")(told.preview)
app.add_typer(db.app, name="db")
app.add_typer(web.app, name="web")
app.add_typer(tokens.app, name="tokens")

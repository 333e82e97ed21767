"""What protects people and money where nothing is broken: budgets, how long things are kept, who would notice."""

from collections.abc import AsyncIterator

from bot.config import Settings
from bot.doctor.findings import Finding, good, warning

ABOUT = "limits and records"


async def look(settings: Settings) -> AsyncIterator[Finding]:
    """Settings that are allowed and seldom meant."""
    if any(each.of == "workspace" for each in settings.helpdesk_budgets):
        yield good(ABOUT, "What all people together may use is limited.")
    else:
        why = "A loop, or many people at once, can cost any amount."
        fix = "Set HELPDESK_BUDGETS, such as: user 0.50usd/day, workspace 200usd/month (docs/costs.md)"
        yield warning(ABOUT, "What all people together may use is not limited.", why, fix)
    if settings.helpdesk_keep_content is None:
        why = "Old conversations hold personal data that nobody needs any more."
        yield warning(
            ABOUT, "What people wrote is kept for ever.", why, "Set HELPDESK_KEEP_CONTENT=90d (docs/privacy.md)"
        )
    if settings.helpdesk_checkpoint_file is None:
        why = "Whoever can write the database could change what was decided, and nobody could tell."
        fix = "Set HELPDESK_CHECKPOINT_FILE to a file on another machine's disk (docs/audit.md)"
        yield warning(ABOUT, "No checkpoints of the log are written outside the database.", why, fix)
    if not (settings.helpdesk_metrics_port or settings.helpdesk_metrics_token):
        why = "Nobody is told when answers fail or cards come late."
        fix = "Set HELPDESK_METRICS_PORT and load deploy/prometheus/alerts.yml (docs/metrics.md)"
        yield warning(ABOUT, "Nobody measures the bot.", why, fix)
    for each in _trials(settings):
        yield each


def _trials(settings: Settings) -> list[Finding]:
    found = []
    if settings.log_level == "DEBUG":
        why = "Logs are large, and libraries say more than they should."
        found.append(warning(ABOUT, "LOG_LEVEL is DEBUG.", why, "Leave LOG_LEVEL out."))
    if settings.helpdesk_demo_data:
        why = "The directory has people who do not exist."
        found.append(warning(ABOUT, "HELPDESK_DEMO_DATA is set.", why, "Leave it out, on a database of its own."))
    return found

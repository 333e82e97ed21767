"""The audit trail: what happened, shown to people, exported, and proven to be what was written."""

from bot.ops.audit.checkpoint import checkpoint
from bot.ops.audit.export import export
from bot.ops.audit.findings import Pinned
from bot.ops.audit.show import Wanted, show
from bot.ops.audit.verify import verified

__all__ = ["Pinned", "Wanted", "checkpoint", "export", "show", "verified"]

"""`helpdesk doctor`: what of an installation is wrong, why that matters, and what to do about it."""

from bot.doctor.examination import examined

__all__ = ["examined"]

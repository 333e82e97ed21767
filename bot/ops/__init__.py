"""What admins run beside the bot: the audit trail, the schema."""

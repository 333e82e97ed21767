"""What performs the steps that `decide` chooses: one worker, one claim a conversation, one task at a time."""

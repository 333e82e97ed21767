"""What operators see of the bot at work: logs, traces, and what neither of them may say."""

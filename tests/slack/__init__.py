"""The Slack edge: what comes in through Bolt, what goes out, and how it looks."""

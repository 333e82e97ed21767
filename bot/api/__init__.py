"""The HTTP door: Slack's events, and the two questions an orchestrator asks."""

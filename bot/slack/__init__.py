"""The Slack edge. In: events and clicks become inbox rows. Out: Slack is made equal to what the log renders."""

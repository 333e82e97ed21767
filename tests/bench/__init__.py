"""How fast the bot is, as ratios to what is measured beside it in the same run: `make bench`, `python -m tests.bench`.

The fakes of Slack and of the model live with the driver in this process (wire, fakes, driver); the bare floor and the
real bot have processes of their own (floor, ours, started by stage) and are asked in turn. Measured are
one process on SQLite (figures); a start, and the way of an approval (approvals); web and worker processes on PostgreSQL
(distributed); growth of what is stored (stored, crowd, disk), of one conversation (long), of its requests (sizes), of a
knowledge base (articles) and of memory. Without PostgreSQL its part is left out. `--quick` is only a look. bench.json
has it all, and what it was measured on (machine). Beside another bot: tests/rivals.
"""

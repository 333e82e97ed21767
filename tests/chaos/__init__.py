"""The program under everything that may go wrong at once, with what must be true at the end.

    python -m tests.chaos [--seed N] [--minutes M] [--threads 200] [--database sqlite|postgresql|both] [--short]

`world` is what is around the processes under test, `weather` and `plan` are the faults, `people` and their
`plays` talk and click, `mind` is the model, `truth` is what must hold.
"""

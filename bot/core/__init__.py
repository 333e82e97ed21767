"""The pure middle: items, their fold, the policy, the decision, the prompt. No I/O, no clock, no randomness."""

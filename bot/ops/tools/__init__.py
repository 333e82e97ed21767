"""`helpdesk tools …`: what tools there are, what each says about itself, and a call of one from the command line."""

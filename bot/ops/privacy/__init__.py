"""`helpdesk privacy`: all that is kept about a person, to be handed to them; and erasing it."""

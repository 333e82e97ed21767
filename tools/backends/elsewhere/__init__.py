"""What is asked of a server of people and groups, whatever it speaks; and the books in the bot's own database."""

"""Prompt files: Markdown with a version on top. The version goes on record with every model output."""

from importlib.resources import files

from bot.run.kit import Instructions


def load(name: str = "helpdesk") -> Instructions:
    """The prompt file of this name. Raises ValueError where it has no version."""
    _, front, body = (files(__package__) / f"{name}.md").read_text("utf-8").split("---\n", 2)
    versions = [line.partition(":")[2].strip() for line in front.splitlines() if line.startswith("version:")]
    if not versions:
        raise ValueError(f"prompt {name} has no version")
    return Instructions(text=body.strip(), version=versions[0])

"""The articles we ship, as Markdown; a package only so that an installation contains them."""

"""The systems behind the tools, one Protocol each. Tools are handed these; which system answers is set up once at start."""

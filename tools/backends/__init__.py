"""The systems behind the tools: one Protocol each, in the file of its name; `sql_*` are the embedded ones.

Tools are handed a Protocol's implementation by its type; which system answers is set up once at start.
"""

"""The scripts' pages: the list, the editor, and what the editor asks while one writes."""

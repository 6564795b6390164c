"""The Content area: Wagtail's editor behind our door, in our shell. Only `middleware` is loaded at start."""

"""Themes: folders of templates that a merchant may edit, rendered by MiniJinja over plain drops.

`engine.render` is the only way in for pages; `services` saves settings and checks edited source in a limited
child process before it may be published. Nothing outside this app imports MiniJinja.
"""

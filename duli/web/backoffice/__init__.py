"""The merchant's face: a shell, a component kit, and screens on them.

A screen is a view, a selector and a template; a button is one call of a service. `kit` knows nothing of
shops and can carry any screen; `selectors` are the reads that only this face needs; `access.screen` lets in
staff with the right permission and speaks their language. Every form works without JavaScript.
"""

"""The shopper's face: pages of the shop rendered by the active theme over drops.

`urls.urlpatterns` are mounted at the root; `middleware.StorefrontMiddleware` reads the language out of the
address and serves anonymous pages from the page cache. Views parse, call selectors and one verb, and render.
"""

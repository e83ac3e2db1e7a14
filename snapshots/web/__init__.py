"""The review pages: what an alert's link opens. Server-rendered, complete without JavaScript.

`app.create_app` puts them together; FastAPI, Jinja2 and uvicorn are imported by that module alone and what it imports,
so that a command which serves nothing does not pay for them. `settings` is free of all of them.
"""

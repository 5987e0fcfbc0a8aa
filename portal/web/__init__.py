"""The web app's frame: factory, sessions, forms, pages, errors, headers. Features hang their controllers into it."""

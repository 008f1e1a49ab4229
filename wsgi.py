"""The entry point of WSGI servers and of `flask --app wsgi`."""

from matchmaker.app import create_app

app = create_app()

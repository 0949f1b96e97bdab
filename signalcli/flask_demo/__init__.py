"""The demo Flask application, its signals and its server."""

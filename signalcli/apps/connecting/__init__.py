"""Record the calls of connect and disconnect of an application, and what lives of their connections."""

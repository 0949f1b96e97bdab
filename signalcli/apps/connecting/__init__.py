"""Record the calls of connect and disconnect of an application, and which connections are left."""

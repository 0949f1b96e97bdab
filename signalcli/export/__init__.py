"""Export a session or an application as code, graph or JSON, and a trace as trace events."""

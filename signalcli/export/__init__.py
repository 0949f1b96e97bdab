"""Export a session or an application as Python, pytest, Mermaid, DOT or JSON."""

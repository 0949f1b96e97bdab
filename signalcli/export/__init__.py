"""Export a session or an application as Python, pytest, Mermaid, DOT or JSON, and a trace in the Trace Event
Format.
"""

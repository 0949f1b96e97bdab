"""Generate Python code: literals, names, functions, connections and sends."""

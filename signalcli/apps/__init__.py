"""An application in a process of its own: import it, find its signals, describe, send and trace them."""

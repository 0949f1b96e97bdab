"""Rules about receivers that were not called because something was not imported, sent or heard."""

"""The shell: run the commands of many lines, from a script or a terminal."""

"""The command line: parse, make one call, render. This is the only folder that imports Click."""

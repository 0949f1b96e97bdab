"""What the plugin adds to the reports of tests and to the summary."""

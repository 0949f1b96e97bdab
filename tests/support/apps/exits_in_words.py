raise SystemExit("no settings\nat all")

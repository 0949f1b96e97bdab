name = "ÿ"

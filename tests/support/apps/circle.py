from circle_back import two; one = 1

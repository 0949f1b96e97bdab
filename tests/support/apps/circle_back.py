from circle import one; two = 2

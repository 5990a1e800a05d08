NAME = "circle"

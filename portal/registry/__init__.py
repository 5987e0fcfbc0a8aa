"""The models: which decides, which score beside it, who made it so, how well they do, and when approval is halted."""

"""Credit rules as JDM decision tables: what a cell may say, whether the rows cover everything, what the law allows."""

"""After the money has left: the repayment schedule."""

"""The credit policy: which one decides, and how another one comes to."""

"""Thresholds on the score that keep their promise: what each pair does, which ones are proven, what is possible."""

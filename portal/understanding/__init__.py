"""What a message means: which questions it answers, what it asks for. Rules and word lists only, so every result can be
explained, and the same words always mean the same; nothing leaves the process.
"""

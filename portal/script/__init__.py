"""The script: what the conversation asks, as data. One folder of `versions` each, kept while drafts go on under it."""

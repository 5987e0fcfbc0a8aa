"""How figures read in sentences: whole yuan, percent with one decimal at most. Chinese and English agree."""


def yuan(fen: int) -> str:
    """`50,000`, half up; the sentence says 元 or yuan."""
    return f"{(fen + 50) // 100:,}"


def percent(bp: float) -> str:
    """Basis points as `32.5%` or `20%`."""
    return f"{bp / 100:.1f}".removesuffix(".0") + "%"

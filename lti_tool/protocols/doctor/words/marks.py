"""Marks texts for translation that are looked up later, in the language of whoever reads."""


def N_(text: str) -> str:
    return text

"""What the user of the generator can mend, said in one line."""


class InputError(Exception):
    """Something the user can mend: says what is wrong, where, and what would be right."""


class UnsupportedError(Exception):
    """What a file or an operator asks for and the generator does not cover; without where, which its reader adds."""


def one_line(reason: object) -> str:
    """What another's error says, on one line of a length to read."""
    text = " ".join(str(reason).split()) or type(reason).__name__
    return text if len(text) <= 200 else f"{text[:197]}..."


def printable(text: str) -> str:
    """`text` with what a reader would not see, or see elsewhere, escaped: control and bidirectional characters."""
    return "".join(char if char.isprintable() else char.encode("unicode_escape").decode() for char in text)

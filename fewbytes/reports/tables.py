"""Numbers and tables as reports show them."""

import pandas as pd


def markdown(table: pd.DataFrame) -> str:
    """Columns with words are aligned left, those with numbers right."""
    aligned = ["left" if table[column].str.contains("[a-z]").any() else "right" for column in table.columns]
    return table.to_markdown(index=False, colalign=aligned, disable_numparse=True)


def whole(value: float) -> str:
    return f"{value:,}"


def ratio(value: float) -> str:
    return f"{value:.2f}×"


def percent(value: float) -> str:
    return f"{100 * value:.2f} %"

"""Money in micro-dollars (millionths of a dollar): how it is read and written."""

import re
from decimal import Decimal, InvalidOperation

MICROS = 1_000_000
MAX_MICROS = 10**15
_GROUPED = re.compile(r"[1-9]\d{0,2}(,\d{3})+(\.\d*)?", re.ASCII)


def dollars(micros: int) -> str:
    """Write an amount with at least cents, and with as many more places as it has: "$12.50", "$0.101", "-$3.00"."""
    whole, fraction = divmod(abs(micros), MICROS)
    places = f"{fraction:06d}".rstrip("0").ljust(2, "0")
    return f"{'-' * (micros < 0)}${whole:,}.{places}"


def rounded_dollars(micros: int) -> str:
    """Write an amount for a summary: in cents, and in whole dollars where it is a large, round limit ("$600")."""
    if abs(micros) >= MICROS and micros % MICROS == 0:
        return dollars(micros).removesuffix(".00")
    cents = (abs(micros) + 5_000) // 10_000
    if cents == 0 and micros:
        return dollars(micros)
    return f"{'-' * (micros < 0)}${cents // 100:,}.{cents % 100:02d}"


def axis_dollars(micros: float) -> str:
    """Write a round amount as the axis of a plot takes it: "$20", "$0.50"."""
    amount = micros / MICROS
    return f"${amount:,.0f}" if amount == int(amount) else f"${amount:,.2f}"


def ungrouped(text: str) -> str:
    """Drop the commas that part thousands. Raises ValueError for any other: "1,5" is not 15."""
    if "," in text and not _GROUPED.fullmatch(text):
        raise ValueError("Write it with a point, such as 1.50: a comma only parts thousands.")
    return text.replace(",", "")


def read_dollars(text: str) -> int:
    """Read an amount such as "12.50", "$1,200" or "0.000123" as micro-dollars. Raises ValueError.

    Refused are negative amounts, more than six decimal places, and more than a billion dollars.
    """
    plain = ungrouped(text.strip().removeprefix("$").strip())
    try:
        amount = Decimal(plain)
    except InvalidOperation:
        raise ValueError("This is no amount of money.") from None
    if not amount.is_finite() or amount < 0:
        raise ValueError("This is no amount of money.")
    if amount > MAX_MICROS // MICROS:
        raise ValueError("This is too much money: at most a billion dollars.")
    micros = amount * MICROS
    if micros != int(micros):
        raise ValueError("At most six decimal places.")
    return int(micros)

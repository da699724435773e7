"""Money in micro-dollars (millionths of a dollar): how it is read and written."""

from decimal import Decimal, InvalidOperation

MICROS = 1_000_000
MAX_MICROS = 10**15


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


def read_dollars(text: str) -> int:
    """Read an amount such as "12.50", "$1,200" or "0.000123" as micro-dollars. Raises ValueError.

    Refused are negative amounts, more than six decimal places, and more than a billion dollars.
    """
    plain = text.strip().removeprefix("$").replace(",", "").strip()
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

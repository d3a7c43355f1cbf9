"""How other languages write a JSON number that they have read: the digits that a parsed and re-written body would hold.

Each function takes a number as it stood in the text and returns how that language writes it again.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping

MAX_DIGITS = 400
SAFE_INTEGER = 2**53
LONG = 2**63


def as_javascript(lexeme: str) -> str:
    """JavaScript and Go's `any`: every number is a double (ECMA-262, Number::toString)."""
    return _in_doubles(lexeme, 21, "e+", plain_zero=False)


def as_python(lexeme: str) -> str:
    """Python: integers of any size stay, floats become their shortest form."""
    return str(int(lexeme)) if _is_whole(lexeme) else _finite(lexeme, repr(float(lexeme)))


def as_ruby(lexeme: str) -> str:
    """Ruby: as Python, with `1.0e+16` in the place of `1e+16`."""
    return str(int(lexeme)) if _is_whole(lexeme) else _finite(lexeme, _with_point(repr(float(lexeme))))


def as_php(lexeme: str) -> str:
    """PHP: integers above 64 bits become doubles, a zero fraction is dropped."""
    if _is_whole(lexeme) and abs(int(lexeme)) < LONG:
        return str(int(lexeme))
    return _in_doubles(lexeme, 17, ".0e+", plain_zero=False)


def as_java(lexeme: str) -> str:
    """Java: integers of any size stay, doubles from 10^7 and below 10^-3 get an exponent (Double.toString)."""
    if _is_whole(lexeme):
        return str(int(lexeme))
    digits, exponent, sign = _parts(lexeme)
    if digits is None:
        return lexeme
    if -3 <= exponent < 7:
        return sign + _plain(digits, exponent, plain_zero=True)
    return f"{sign}{digits[0]}.{digits[1:] or '0'}E{exponent}"


def as_dotnet(lexeme: str) -> str:
    """.NET: as Python, with `1E+16` and `1E-05` (Double.ToString)."""
    return as_python(lexeme).replace("e", "E")


def as_doubles(lexeme: str) -> str:
    """Newtonsoft's Json.NET and others that read every number as a double and write one: `1` becomes `1.0`."""
    text = _finite(lexeme, repr(float(lexeme)))
    return text if "e" not in text else as_java(text)


def as_c(lexeme: str) -> str:
    """C's `%g`: six digits, no zero fraction, an exponent of two digits from 10^6 on."""
    return _finite(lexeme, f"{float(lexeme):g}")


def as_long_c(lexeme: str) -> str:
    """C's `%.17g`."""
    return _finite(lexeme, f"{float(lexeme):.17g}")


def as_big_decimal(lexeme: str) -> str:
    """Java's BigDecimal without trailing zeros: `100` becomes `1E+2`."""
    from decimal import Decimal, InvalidOperation  # few bodies get here

    try:
        return str(Decimal(lexeme).normalize())
    except InvalidOperation:
        return lexeme


LANGUAGES: Mapping[str, Callable[[str], str]] = {
    "JavaScript": as_javascript,
    "Python": as_python,
    "PHP": as_php,
    "Ruby": as_ruby,
    "Java": as_java,
    ".NET": as_dotnet,
}
# Those that are met less often.
FURTHER_LANGUAGES: Mapping[str, Callable[[str], str]] = {
    "a reader of doubles": as_doubles,
    "C": as_c,
    "C with 17 digits": as_long_c,
    "Java's BigDecimal": as_big_decimal,
}


def _is_whole(lexeme: str) -> bool:
    return lexeme.lstrip("-").isdigit() and len(lexeme) < MAX_DIGITS


def _finite(lexeme: str, text: str) -> str:
    return lexeme if "n" in text else text


def _with_point(text: str) -> str:
    mantissa, mark, exponent = text.partition("e")
    return f"{mantissa}.0e{exponent}" if mark and "." not in mantissa else text


def _parts(lexeme: str) -> tuple[str | None, int, str]:
    """The shortest digits of a double, the exponent of the first, and the sign; no digits where it is not finite."""
    number = float(lexeme)
    if not math.isfinite(number):
        return None, 0, ""
    sign = "-" if math.copysign(1, number) < 0 else ""
    mantissa, _, exponent = f"{abs(number)!r}".partition("e")
    whole, _, fraction = mantissa.partition(".")
    digits = (whole + fraction).lstrip("0")
    shift = len(whole) - 1 if whole != "0" else -(len(fraction) - len(fraction.lstrip("0")) + 1)
    return digits.rstrip("0") or "0", int(exponent or 0) + (shift if digits.strip("0") else 0), sign


def _plain(digits: str, exponent: int, plain_zero: bool) -> str:
    if exponent < 0:
        return "0." + "0" * (-exponent - 1) + digits
    whole = digits[: exponent + 1].ljust(exponent + 1, "0")
    fraction = digits[exponent + 1 :]
    return f"{whole}.{fraction or '0'}" if fraction or plain_zero else whole


def _in_doubles(lexeme: str, most: int, mark: str, plain_zero: bool) -> str:
    if _is_whole(lexeme) and abs(int(lexeme)) < SAFE_INTEGER:
        return str(int(lexeme))
    digits, exponent, sign = _parts(lexeme)
    if digits is None:
        return "null"
    if digits == "0":
        return "0"
    if (-7 < exponent < most) if most == 21 else (-5 < exponent < most):
        return sign + _plain(digits, exponent, plain_zero)
    point = f".{digits[1:]}" if len(digits) > 1 else ""
    power = mark.removeprefix(".0") if point else mark
    return f"{sign}{digits[0]}{point}{power if exponent > 0 else power.replace('+', '-')}{abs(exponent)}"

"""Numbers written in words, as news writes them: what digits say, for the tests to say in words."""

UNITS = [
    "",
    "واحد واحدة", "اثنان اثنين اثنتان اثنتين", "ثلاثة ثلاث", "أربعة أربع", "خمسة خمس", "ستة ست", "سبعة سبع",
    "ثمانية ثماني ثمان", "تسعة تسع",
]  # fmt: skip
TENS = ["عشرون", "ثلاثون", "أربعون", "خمسون", "ستون", "سبعون", "ثمانون", "تسعون"]
HUNDREDS = ["مئة", "مئتان", "ثلاثمئة", "أربعمئة", "خمسمئة", "ستمئة", "سبعمئة", "ثمانمئة", "تسعمئة"]
ENGLISH = [
    "zero",
    "one",
    "two",
    "three",
    "four",
    "five",
    "six",
    "seven",
    "eight",
    "nine",
    "ten",
    "eleven",
    "twelve",
    "thirteen",
    "fourteen",
    "fifteen",
    "sixteen",
    "seventeen",
    "eighteen",
    "nineteen",
]
ENGLISH_TENS = ["twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"]


def arabic(number: int, pick: int, oblique: bool, old: bool) -> str:
    """Write 1..9999 in words; `pick` chooses among the forms of the units."""

    def unit(n: int) -> str:
        names = UNITS[n].split()
        return names[pick % len(names)]

    def below_hundred(n: int) -> str:
        if n < 10:
            return unit(n)
        if n == 10:
            return ("عشرة", "عشر")[pick % 2]
        if n < 20:
            head = {11: ("أحد", "إحدى"), 12: ("اثنا", "اثنتي")}.get(n)
            return f"{head[pick % 2] if head else unit(n - 10)} {('عشر', 'عشرة')[pick % 2]}"
        tens = TENS[n // 10 - 2]
        tens = tens[:-2] + "ين" if oblique else tens
        return f"{unit(n % 10)} و{tens}" if n % 10 else tens

    parts = []
    thousands, rest = divmod(number, 1000)
    if thousands:
        parts.append({1: "ألف", 2: "ألفين" if oblique else "ألفان"}.get(thousands, f"{unit(thousands)} آلاف"))
    if rest >= 100:
        hundred = HUNDREDS[rest // 100 - 1]
        hundred = hundred.replace("مئتان", "مئتين") if oblique else hundred
        parts.append(hundred.replace("مئ", "مائ") if old else hundred)
    if rest % 100:
        parts.append(below_hundred(rest % 100))
    return " و".join(parts)


def english(number: int, hyphen: str, conjunction: str) -> str:
    def below_hundred(n: int) -> str:
        if n < 20:
            return ENGLISH[n]
        return ENGLISH_TENS[n // 10 - 2] + (hyphen + ENGLISH[n % 10] if n % 10 else "")

    def below_thousand(n: int) -> str:
        if n < 100:
            return below_hundred(n)
        return f"{ENGLISH[n // 100]} hundred" + (f"{conjunction}{below_hundred(n % 100)}" if n % 100 else "")

    thousands, rest = divmod(number, 1000)
    if not thousands:
        return below_thousand(rest)
    joint = conjunction if rest < 100 else " "
    return f"{below_thousand(thousands)} thousand" + (f"{joint}{below_thousand(rest)}" if rest else "")

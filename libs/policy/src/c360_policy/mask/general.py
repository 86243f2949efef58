"""Masks that say less exactly what they say: the year of a date, the band of an amount, a city."""

from __future__ import annotations

import math
import re

from c360_policy.mask.partial import HIDDEN
from c360_policy.mask.spec import TEXT
from c360_policy.mask.structure import folded

_YEAR = re.compile(r"\d{4}(?=-\d{2}-\d{2})")
_MUNICIPALITIES = ("北京", "上海", "天津", "重庆", "香港", "澳门")
_PROVINCES = (
    "河北", "山西", "辽宁", "吉林", "黑龙江", "江苏", "浙江", "安徽", "福建", "江西", "山东",
    "河南", "湖北", "湖南", "广东", "海南", "四川", "贵州", "云南", "陕西", "甘肃", "青海", "台湾",
    "内蒙古", "广西", "西藏", "宁夏", "新疆",
)  # fmt: skip
_STATE = "(?:省|壮族自治区|回族自治区|维吾尔自治区|自治区|特别行政区|市)?"
# Supermarkets and markets stand in addresses, too, and end in the sign for a city.
_NO_CITY = "超菜夜集鱼股早闹黑"
_SIGNS = "路街道巷弄号村镇乡区县旗里栋座楼室园苑省市盟"
_NAME = rf"[^\W\d_a-zA-Z{_SIGNS}]"
_CITY = rf"(?:{_NAME}{{1,7}}(?:自治州|地区|盟)|{_NAME}{{1,4}}(?<![{_NO_CITY}])市)?"
_CHINESE = re.compile(
    rf"(?:中国|中华人民共和国)?\s*"
    rf"((?:{'|'.join(_MUNICIPALITIES)}){_STATE}|(?:{'|'.join(_PROVINCES)}){_STATE}\s*{_CITY})"
)


def year_of(value: object, scalar: str) -> str | None:
    """The first day of a date's year, in the form of its scalar."""
    rest = "-01-01T00:00:00Z" if scalar == "DateTime" else "-01-01"
    found = _YEAR.match(value) if isinstance(value, str) else None
    if found is None:
        return HIDDEN if scalar in TEXT else None
    return found.group() + rest


def band_of(value: object, width: int, scalar: str) -> int | float | None:
    """The lower end of the band that an amount lies in; null for what is no amount."""
    if not isinstance(value, int | float) or isinstance(value, bool) or not math.isfinite(value):
        return None
    low = math.floor(value / width) * width
    return float(low) if scalar == "Float" else int(low)


def city_of(value: str) -> str:
    """Province and city at the beginning of a Chinese address; of any other text nothing."""
    found = _CHINESE.match(folded(value))
    return HIDDEN if found is None else "".join(found[1].split())
